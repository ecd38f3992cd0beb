# A cluster without zone and region counts in global only; a complaint says so, but not before the
# cluster has said all.
federation myfed example.com
cluster east zone b.us
cluster nomad nowhere
cluster nomad has shop/cart 192.0.2.9 ready 1
complaints
clusters sync
complaints
  nomad: no region and zone known, so it counts in global answers only; label its nodes topology.kubernetes.io/region and /zone, or set `region` and `zones`
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.9
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.9
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.9
# A region alone is a place too: it has no zone to be asked for.
cluster nomad region us
complaints
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.9
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.9
