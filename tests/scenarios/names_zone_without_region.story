# A zone without a region is known by its zone-only name and falls back to the world. Places match as
# (region, zone): it is not the zone of that name in some region.
federation myfed example.com
cluster lab zone bench
cluster east zone bench.us-east1
cluster lab has shop/cart 192.0.2.1 ready 1
cluster east has shop/cart 192.0.2.2 ready 1
cluster east has shop/pay 192.0.2.3 ready 1
cluster west zone rack
cluster west has shop/cart 192.0.2.4 ready 0
clusters sync
query cart.shop.myfed.svc.bench.example.com A
  NOERROR aa
  cart.shop.myfed.svc.bench.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.bench.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.bench.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.svc.bench.us-east1.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.rack.example.com A
  NOERROR aa
  cart.shop.myfed.svc.rack.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
query cart.shop.myfed.rack.example.com A
  NOERROR aa
  cart.shop.myfed.rack.example.com. 180 CNAME cart.shop.myfed.example.com.
  cart.shop.myfed.example.com. 180 A 192.0.2.1
  cart.shop.myfed.example.com. 180 A 192.0.2.2
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.bench.example.com A
  NOERROR aa
  cart.shop.myfed.svc.bench.example.com. 180 A 192.0.2.1
cluster lab loses shop/cart endpoints
cluster west endpoints shop/cart ready 1
query cart.shop.myfed.svc.bench.example.com A
  NOERROR aa
  cart.shop.myfed.svc.bench.example.com. 180 CNAME cart.shop.myfed.svc.us-east1.example.com.
  cart.shop.myfed.svc.us-east1.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.4
