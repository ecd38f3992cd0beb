# A region's last healthy cluster falls: the zone's name leads on to the world, zone -> region
# -> global, never by a shortcut, and back again when the cluster has recovered.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster west zone eu-west1-b.eu-west1
cluster east has shop/cart 192.0.2.1 ready 2
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
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
at 40s
cluster east loses shop/cart endpoints
log
  east leaves shop/cart: no ready endpoint
query cart.shop.myfed.svc.us-east1-b.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us-east1-b.us-east1.example.com. 180 CNAME cart.shop.myfed.svc.us-east1.example.com.
  cart.shop.myfed.svc.us-east1.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query cart.shop.myfed.svc.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us-east1.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query cart.shop.myfed.svc.eu-west1-b.eu-west1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.eu-west1-b.eu-west1.example.com. 180 A 198.51.100.1
complaints
at 50s
cluster east endpoints shop/cart ready 1
log
  east joins shop/cart: 192.0.2.1
query cart.shop.myfed.svc.us-east1-b.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us-east1-b.us-east1.example.com. 180 A 192.0.2.1
