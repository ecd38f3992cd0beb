# A place that a cluster has once shown exists while the cluster stays registered: a node pool scaled
# to zero must not turn names into NXDOMAIN. Who stands in the place follows the facts of now.
federation myfed example.com
cluster east zone b.us
cluster east zone c.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
query cart.shop.myfed.svc.c.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.us.example.com. 180 A 192.0.2.1
at 60s
cluster east loses node c.us
query cart.shop.myfed.svc.c.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.c.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
# The last node goes too: the region's names lead on to the world.
cluster east loses node b.us
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query svc.us.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000060 60 30 1209600 5
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
complaints
  east: no region and zone known, so it counts in global answers only; label its nodes topology.kubernetes.io/region and /zone, or set `region` and `zones`
cluster east zone b.us
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
complaints
