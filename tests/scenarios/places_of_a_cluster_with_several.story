# A cluster that spans zones publishes in all of them.
federation myfed example.com
cluster east zone a.us
cluster east zone b.us
cluster east zone c.eu
cluster west zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.c.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.eu.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.eu.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
