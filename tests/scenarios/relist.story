# A list says all that a source holds: what was there and is absent is gone (event `Listed`).
# Objects of another source are not concerned, and all of one event take effect together.
federation myfed example.com
cluster east zone b.us
cluster east lists zone b.us; shop/cart 192.0.2.1 ready 1; shop/pay 192.0.2.2 ready 1
cluster east lists shop/other 192.0.2.3 ready 1; zone c.us from 2
clusters sync
query pay.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  pay.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
query other.shop.myfed.svc.c.us.example.com A
  NOERROR aa
  other.shop.myfed.svc.c.us.example.com. 180 A 192.0.2.3
# Pay is absent from the next list, cart has another address; a node moved to another zone.
cluster east lists zone d.us; shop/cart 192.0.2.9 ready 1
log
  east leaves shop/pay: no Service of that name
  east moves shop/cart to 192.0.2.9
query pay.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.9
query cart.shop.myfed.svc.d.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.d.us.example.com. 180 A 192.0.2.9
query other.shop.myfed.svc.c.us.example.com A
  NOERROR aa
  other.shop.myfed.svc.c.us.example.com. 180 A 192.0.2.3
# The same list again changes nothing.
cluster east lists zone d.us; shop/cart 192.0.2.9 ready 1
log
# Source 2 gives the same Service too; when it drops it again, it is gone: it held it last.
cluster east lists shop/cart 192.0.2.10 ready 1; zone c.us from 2
log
  east leaves shop/other: no Service of that name
  east moves shop/cart to 192.0.2.10
query cart.shop.myfed.svc.c.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.us.example.com. 180 A 192.0.2.10
cluster east lists nothing from 2
log
  east leaves shop/cart: no Service of that name
query cart.shop.myfed.svc.d.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Flaws go with the object they are about.
cluster east lists zone d.us; shop/bad 127.0.0.1 ready 1 empty-ingress
complaints
  east: service shop/bad: address 127.0.0.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/bad: an entry of status.loadBalancer.ingress has neither ip nor hostname
cluster east lists nothing
complaints
  east: no region and zone known, so it counts in global answers only; label its nodes topology.kubernetes.io/region and /zone, or set `region` and `zones`
query svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
