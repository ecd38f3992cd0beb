# Below an existing service name nothing exists: NXDOMAIN, no wildcard.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query www.cart.shop.myfed.svc.us-east1-b.us-east1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query www.cart.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query www.cart.shop.myfed.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query a.b.c.d.e.f.cart.shop.myfed.us-east1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query _tcp.cart.shop.myfed.svc.example.com SRV
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query _http._tcp.cart.shop.myfed.svc.us-east1.example.com SRV
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
