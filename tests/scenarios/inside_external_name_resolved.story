# ExternalName inside a cluster: forwarders pass a lone CNAME on and stubs fail, so give the CNAME and
# the addresses that the background resolver has for it.
settings in-cluster-ttl 60
federation myfed example.com
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/db type ExternalName external db.example.net
cluster west zone b.eu
cluster west has shop/db 198.51.100.1 ready 1
clusters sync
hostnames
  db.example.net untried for 0 s
# The CNAME alone while nothing is known, for a moment only.
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
# TTL: the least of both.
resolver says db.example.net 203.0.113.7 203.0.113.8 2001:db8::7 ttl 30
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
  db.example.net. 30 A 203.0.113.7
  db.example.net. 30 A 203.0.113.8
query db.shop.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
  db.example.net. 30 AAAA 2001:db8::7
query db.shop.myfed.svc.cluster.local MX from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
query db.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
query db.shop.myfed.svc.cluster.local ANY from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
query db.shop.myfed.svc.cluster.local A draw 1 from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
  db.example.net. 30 A 203.0.113.8
  db.example.net. 30 A 203.0.113.7
resolver says db.example.net 203.0.113.7 ttl 300
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME db.example.net.
  db.example.net. 60 A 203.0.113.7
query db.shop.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME db.example.net.
# Others are sent to what is published.
query db.shop.myfed.svc.cluster.local A as west
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME db.shop.myfed.svc.b.eu.example.com.
  db.shop.myfed.svc.b.eu.example.com. 180 A 198.51.100.1
# A resolver that fails keeps the last good addresses; three times in a row is a complaint.
at 300s
resolver fails db.example.net
resolver fails db.example.net
resolver fails db.example.net
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME db.example.net.
  db.example.net. 60 A 203.0.113.7
complaints
  east: service shop/db: spec.externalName db.example.net can not be resolved from here; inside its cluster its CNAME is answered, with the addresses of before, if any, until `hostnameStaleLimit`
# hostnameStaleLimit holds here too.
entry east hostname-stale-limit 60
at 361s
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
entry east
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME db.example.net.
  db.example.net. 60 A 203.0.113.7
# NXDOMAIN twice, 30 s apart, is a fact.
resolver denies db.example.net
at 392s
resolver denies db.example.net
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
complaints
  east: service shop/db: spec.externalName db.example.net can not be resolved from here; inside its cluster its CNAME is answered, with the addresses of before, if any, until `hostnameStaleLimit`
resolver says db.example.net 203.0.113.7
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME db.example.net.
  db.example.net. 60 A 203.0.113.7
complaints
# What was known outlives a restart.
restarts
hostnames
  db.example.net failing for 0 s: 203.0.113.7; it was not asked for since the restart; asked again in 0 s
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 30 CNAME db.example.net.
  db.example.net. 30 A 203.0.113.7
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/db type ExternalName external db.example.net
clusters sync
# Another name, another type, an opt-out, the end.
cluster east has shop/db type ExternalName external other.example.net
cluster east has shop/cache type ExternalName external other.example.net
hostnames
  other.example.net untried for 0 s
resolver says other.example.net 203.0.113.9
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 CNAME other.example.net.
  other.example.net. 60 A 203.0.113.9
query cache.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cache.shop.myfed.svc.cluster.local. 60 CNAME other.example.net.
  other.example.net. 60 A 203.0.113.9
cluster east has shop/cache type ExternalName external other.example.net opted-out
hostnames
  other.example.net resolved for 0 s: 203.0.113.9; asked again in 60 s
query cache.shop.myfed.svc.cluster.local A from 10.244.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000392 60 30 1209600 5
cluster east has shop/db cluster-ip 10.96.0.1 ready 1
hostnames
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 60 A 10.96.0.1
cluster east has shop/db type ExternalName external other.example.net
cluster east ends
hostnames
