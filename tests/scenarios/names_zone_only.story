# A zone's name alone: the union over the regions that have such a zone.
federation myfed example.com
cluster one zone a.north
cluster two zone a.south
cluster three zone c.south
cluster one has shop/cart 192.0.2.1 ready 1
cluster two has shop/cart 192.0.2.2 ready 1
cluster three has shop/cart 192.0.2.3 ready 1
clusters sync
query cart.shop.myfed.svc.a.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.a.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.c.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.example.com. 180 A 192.0.2.3
# One of the two zones falls: the other still answers.
cluster one loses shop/cart endpoints
query cart.shop.myfed.svc.a.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.example.com. 180 A 192.0.2.2
# Both fall: two regions have a zone `a`, so the way leads to the world and not to one region.
cluster two loses shop/cart endpoints
query cart.shop.myfed.svc.a.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
# Zone `c` is in one region alone: the way leads there.
cluster three loses shop/cart endpoints
cluster two endpoints shop/cart ready 1
query cart.shop.myfed.svc.c.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.example.com. 180 CNAME cart.shop.myfed.svc.south.example.com.
  cart.shop.myfed.svc.south.example.com. 180 A 192.0.2.2
query cart.shop.myfed.c.example.com A
  NOERROR aa
  cart.shop.myfed.c.example.com. 180 CNAME cart.shop.myfed.south.example.com.
  cart.shop.myfed.south.example.com. 180 A 192.0.2.2
