# What an earlier run kept is what the first list after a restart is measured by, as a relist is by
# the list before it (`withdrawGuard`): much that is absent stays until everything has been listed a
# second time, begun at once. What is added or changed applies at once.
federation myfed example.com
entry east guard 50
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.1 ready 1 ; shop/b 192.0.2.2 ready 1 ; shop/c 192.0.2.3 ready 1 ; shop/d 192.0.2.4 ready 1 from 2
cluster east syncs
restarts
# An API server that was restored from an old backup knows one of four, and new ones.
cluster east reached
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.99 ready 1 ; shop/e 192.0.2.5 ready 1 ; shop/f 192.0.2.6 ready 1 from 2
cluster east syncs
log
  east moves shop/a to 192.0.2.99
  east joins shop/e: 192.0.2.5
  east joins shop/f: 192.0.2.6
  east is to list again
complaints
  east: 3 of 4 are absent from its list, which is more than `withdrawGuard` believes at once; they stay until a second list says so too
query a.shop.myfed.svc.example.com A
  NOERROR aa
  a.shop.myfed.svc.example.com. 180 A 192.0.2.99
query b.shop.myfed.svc.example.com A
  NOERROR aa
  b.shop.myfed.svc.example.com. 180 A 192.0.2.2
query e.shop.myfed.svc.example.com A
  NOERROR aa
  e.shop.myfed.svc.example.com. 180 A 192.0.2.5
# The second one has two of them: what neither has is gone.
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.99 ready 1 ; shop/b 192.0.2.2 ready 1 ; shop/e 192.0.2.5 ready 1 ; shop/f 192.0.2.6 ready 1 from 2
cluster east syncs
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
# A second one that has all of it: as if the first had not been.
restarts
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.99 ready 1 from 2
cluster east syncs
log
  east is to list again
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.99 ready 1 ; shop/b 192.0.2.2 ready 1 ; shop/e 192.0.2.5 ready 1 ; shop/f 192.0.2.6 ready 1 from 2
cluster east syncs
log
complaints
# A second one that can not be had: as a cluster that is silent since the restart. What is said to be
# gone, or not ready, is a fact all the same.
cluster east lists shop/a 192.0.2.1 ready 1 ; shop/b 192.0.2.2 ready 1 ; shop/c 192.0.2.3 ready 1 ; shop/d 192.0.2.4 ready 1 from 2
log
  east leaves shop/f: no Service of that name
  east leaves shop/e: no Service of that name
  east moves shop/a to 192.0.2.1
  east joins shop/c: 192.0.2.3
  east joins shop/d: 192.0.2.4
restarts
at 10s
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.1 ready 1 from 2
cluster east syncs
cluster east endpoints shop/c not-ready 1 from 2
log
  east is to list again
  east leaves shop/c: no ready endpoint
  shop/c is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
complaints
  east: 3 of 4 are absent from its list, which is more than `withdrawGuard` believes at once; they stay until a second list says so too
at 60s
log
  east is silent for 60 s: clients go on to get what its 4 services had last
query b.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  b.shop.myfed.svc.example.com. 180 A 192.0.2.2
query c.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000010 60 30 1209600 5
# Kept once more as it stands, it is no less doubted.
restarts
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.1 ready 1 from 2
cluster east syncs
log
  east is to list again
complaints
  east: 3 of 4 are absent from its list, which is more than `withdrawGuard` believes at once; they stay until a second list says so too
# Late, but it comes.
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.1 ready 1 from 2
cluster east syncs
log
  east leaves shop/b: no Service of that name
  east leaves shop/d: no Service of that name
complaints
query b.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000060 60 30 1209600 5
# Two of four is no more than half, and believed at once.
cluster east lists shop/a 192.0.2.1 ready 1 ; shop/b 192.0.2.2 ready 1 ; shop/c 192.0.2.3 ready 1 ; shop/d 192.0.2.4 ready 1 from 2
log
  east joins shop/b: 192.0.2.2
  east joins shop/c: 192.0.2.3
  east joins shop/d: 192.0.2.4
restarts
cluster east lists zone a.us from 1
cluster east lists shop/a 192.0.2.1 ready 1 ; shop/b 192.0.2.2 ready 1 from 2
cluster east syncs
log
  east leaves shop/c: no Service of that name
  east leaves shop/d: no Service of that name
complaints
# Nodes count for themselves: without them the places would be lost.
cluster east lists zone a.us ; zone b.us ; zone c.us from 1
restarts
cluster east lists nothing from 1
cluster east lists shop/a 192.0.2.1 ready 1 ; shop/b 192.0.2.2 ready 1 from 2
cluster east syncs
log
  east is to list again
complaints
  east: 3 of 3 are absent from its list, which is more than `withdrawGuard` believes at once; they stay until a second list says so too
query a.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  a.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
cluster east lists nothing from 1
cluster east lists shop/a 192.0.2.1 ready 1 ; shop/b 192.0.2.2 ready 1 from 2
cluster east syncs
complaints
  east: no region and zone known, so it counts in global answers only; label its nodes topology.kubernetes.io/region and /zone, or set `region` and `zones`
query a.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  a.shop.myfed.svc.b.us.example.com. 180 CNAME a.shop.myfed.svc.us.example.com.
  a.shop.myfed.svc.us.example.com. 180 CNAME a.shop.myfed.svc.example.com.
  a.shop.myfed.svc.example.com. 180 A 192.0.2.1
# A folder's files say facts.
cluster lab zone z.eu
cluster lab has shop/x 192.0.2.1 ready 1
cluster lab has shop/y 192.0.2.1 ready 1
cluster lab has shop/z 192.0.2.1 ready 1
cluster lab syncs
log
  lab joins shop/x: 192.0.2.1
  lab joins shop/y: 192.0.2.1
  lab joins shop/z: 192.0.2.1
restarts
cluster lab lists zone z.eu
cluster lab syncs
log
  lab leaves shop/x: no Service of that name
  lab leaves shop/y: no Service of that name
  lab leaves shop/z: no Service of that name
