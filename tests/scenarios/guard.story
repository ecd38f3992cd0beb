# `withdrawGuard`: more than that share of a cluster's shards, and more than 2, absent from a list:
# they are held until a second list, begun at once, says so too. What is added applies at once.
# Objects that are present and not ready are facts.
federation myfed example.com
entry east guard 50
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.1 ; shop/b 192.0.2.2 ; shop/c 192.0.2.3 ; shop/d 192.0.2.4 from 2
cluster east endpoints shop/a ready 1
cluster east endpoints shop/b ready 1
cluster east endpoints shop/c ready 1
cluster east endpoints shop/d ready 1
cluster east syncs
log
# Half of it may go.
cluster east lists shop/a 192.0.2.1 ; shop/b 192.0.2.2 from 2
log
  east leaves shop/c: no Service of that name
  east leaves shop/d: no Service of that name
complaints
cluster east lists shop/a 192.0.2.1 ; shop/b 192.0.2.2 ; shop/c 192.0.2.3 ; shop/d 192.0.2.4 from 2
log
  east joins shop/c: 192.0.2.3
  east joins shop/d: 192.0.2.4
# Three of four are too many. What is there has moved, and that applies.
cluster east lists shop/a 192.0.2.99 from 2
log
  east moves shop/a to 192.0.2.99
  east is to list again
complaints
  east: 3 of 4 are absent from its list, which is more than `withdrawGuard` believes at once; they stay until a second list says so too
query a.shop.myfed.svc.example.com A
  NOERROR aa
  a.shop.myfed.svc.example.com. 180 A 192.0.2.99
query b.shop.myfed.svc.example.com A
  NOERROR aa
  b.shop.myfed.svc.example.com. 180 A 192.0.2.2
# The second list has one of them: only what is absent from both is believed to be gone.
cluster east lists shop/a 192.0.2.99 ; shop/b 192.0.2.2 from 2
log
  east leaves shop/c: no Service of that name
  east leaves shop/d: no Service of that name
complaints
query b.shop.myfed.svc.example.com A
  NOERROR aa
  b.shop.myfed.svc.example.com. 180 A 192.0.2.2
query c.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# An empty list, and a second one that can not be had: the cluster counts as silent.
cluster east lists shop/a 192.0.2.1 ; shop/b 192.0.2.2 ; shop/c 192.0.2.3 ; shop/d 192.0.2.4 from 2
log
  east moves shop/a to 192.0.2.1
  east joins shop/c: 192.0.2.3
  east joins shop/d: 192.0.2.4
at 10s
cluster east lists nothing from 2
log
  east is to list again
at 70s
log
  east is silent for 60 s: clients go on to get what its 4 services had last
query c.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  c.shop.myfed.svc.example.com. 180 A 192.0.2.3
# The second list, late: a fact.
cluster east lists nothing from 2
log
  east leaves shop/a: no Service of that name
  east leaves shop/b: no Service of that name
  east leaves shop/c: no Service of that name
  east leaves shop/d: no Service of that name
  east is heard again
complaints
query c.shop.myfed.svc.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000070 60 30 1209600 5
# The same for nodes: without them the zone would be lost.
cluster east lists shop/a 192.0.2.1 from 2
cluster east lists zone a.us ; zone b.us ; zone c.us from 1
log
  east joins shop/a: 192.0.2.1
cluster east lists nothing from 1
log
  east is to list again
complaints
  east: 3 of 3 are absent from its list, which is more than `withdrawGuard` believes at once; they stay until a second list says so too
query a.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  a.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
cluster east lists nothing from 1
query a.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  a.shop.myfed.svc.b.us.example.com. 180 CNAME a.shop.myfed.svc.us.example.com.
  a.shop.myfed.svc.us.example.com. 180 CNAME a.shop.myfed.svc.example.com.
  a.shop.myfed.svc.example.com. 180 A 192.0.2.1
# Files say facts.
cluster lab zone z.eu
cluster lab has shop/x 192.0.2.1 ready 1
cluster lab has shop/y 192.0.2.1 ready 1
cluster lab has shop/z 192.0.2.1 ready 1
cluster lab syncs
log
  lab joins shop/x: 192.0.2.1
  lab joins shop/y: 192.0.2.1
  lab joins shop/z: 192.0.2.1
cluster lab lists zone z.eu
log
  lab leaves shop/x: no Service of that name
  lab leaves shop/y: no Service of that name
  lab leaves shop/z: no Service of that name
