# A zone or region that is not a DNS label, or is `svc`, is refused with a complaint naming cluster
# and value; never truncated or mended. The node counts without it.
federation myfed example.com
cluster east zone b.us
cluster east bad-label b.us zone svc names of services hold this label
cluster east has shop/cart 192.0.2.1 ready 1
cluster east bad-label c.us region us_east '_' is not a letter, digit or hyphen
clusters sync
complaints
  east: no region and zone known, so it counts in global answers only; label its nodes topology.kubernetes.io/region and /zone, or set `region` and `zones`
  east: node node-b.us: label topology.kubernetes.io/zone: "svc" is no place: names of services hold this label; the node counts without it
  east: node node-c.us: label topology.kubernetes.io/region: "us_east" is no place: '_' is not a letter, digit or hyphen; the node counts without it
query cart.shop.myfed.svc.svc.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.us_east.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
# Mended labels take the complaints back.
cluster east zone b.us
cluster east zone c.us
complaints
query cart.shop.myfed.svc.c.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.us.example.com. 180 A 192.0.2.1
