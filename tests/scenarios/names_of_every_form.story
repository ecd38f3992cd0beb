# Every form of a federated name answers the same: canonical with the literal `svc`, short without it,
# and zone-only; at zone, region and world.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster west zone eu-west1-b.eu-west1
cluster east has shop/cart 192.0.2.1 ready 2
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
# canonical
query cart.shop.myfed.svc.us-east1-b.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us-east1-b.us-east1.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us-east1.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
# short
query cart.shop.myfed.us-east1-b.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.us-east1-b.us-east1.example.com. 180 A 192.0.2.1
query cart.shop.myfed.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.us-east1.example.com. 180 A 192.0.2.1
query cart.shop.myfed.example.com A
  NOERROR aa
  cart.shop.myfed.example.com. 180 A 192.0.2.1
  cart.shop.myfed.example.com. 180 A 198.51.100.1
# zone-only
query cart.shop.myfed.svc.us-east1-b.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us-east1-b.example.com. 180 A 192.0.2.1
query cart.shop.myfed.us-east1-b.example.com A
  NOERROR aa
  cart.shop.myfed.us-east1-b.example.com. 180 A 192.0.2.1
# A pair of labels is a zone in its region; a zone is not known in another region.
query cart.shop.myfed.svc.us-east1-b.eu-west1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Region before zone is no place.
query cart.shop.myfed.svc.us-east1.us-east1-b.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Three labels are no place.
query cart.shop.myfed.svc.a.us-east1-b.us-east1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
