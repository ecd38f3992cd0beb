# Several clusters share an address: it is given once, and stays while one of them is healthy.
federation myfed example.com
cluster east zone b.us
cluster west zone b.us
cluster east has shop/cart 192.0.2.1 192.0.2.1 192.0.2.2 ready 1
cluster west has shop/cart 192.0.2.1 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
cluster west loses shop/cart endpoints
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
