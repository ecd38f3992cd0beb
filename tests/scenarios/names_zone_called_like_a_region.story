# One label is a region if there is one of that name: a zone called like a region has no zone-only
# name.
federation myfed example.com
cluster one zone north.south
cluster two zone a.north
cluster one has shop/cart 192.0.2.1 ready 1
cluster two has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.myfed.svc.north.example.com A
  NOERROR aa
  cart.shop.myfed.svc.north.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.north.south.example.com A
  NOERROR aa
  cart.shop.myfed.svc.north.south.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.a.north.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.north.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.a.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.example.com. 180 A 192.0.2.2
