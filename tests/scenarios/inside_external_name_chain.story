# A chain of such Services inside the cluster is followed there. It stops at an owner seen twice or at
# 12 CNAMEs.
federation myfed example.com
federation other example.org publish labelled
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/web cluster-ip 10.96.0.1 ready 1
cluster east has shop/idle cluster-ip 10.96.0.2
cluster east has shop/pods headless pods 10.244.0.8,10.244.0.9
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
# The most common use of all: a Service in another namespace, by the name Kubernetes gives it.
cluster east has front/web type ExternalName external web.shop.svc.cluster.local
cluster east has front/pods type ExternalName external pods.shop.svc.cluster.local
cluster east has front/idle type ExternalName external idle.shop.svc.cluster.local
cluster east has front/gone type ExternalName external gone.shop.svc.cluster.local
cluster east has front/pod type ExternalName external 10-244-0-8.shop.pod.cluster.local
# Outside, these names mean nothing, or what another cluster has.
hostnames
query web.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  web.front.myfed.svc.cluster.local. 5 CNAME web.shop.svc.cluster.local.
  web.shop.svc.cluster.local. 5 A 10.96.0.1
query web.front.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  web.front.myfed.svc.cluster.local. 5 CNAME web.shop.svc.cluster.local.
query pods.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  pods.front.myfed.svc.cluster.local. 5 CNAME pods.shop.svc.cluster.local.
  pods.shop.svc.cluster.local. 5 A 10.244.0.8
  pods.shop.svc.cluster.local. 5 A 10.244.0.9
query idle.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  idle.front.myfed.svc.cluster.local. 5 CNAME idle.shop.svc.cluster.local.
query gone.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  gone.front.myfed.svc.cluster.local. 5 CNAME gone.shop.svc.cluster.local.
query pod.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  pod.front.myfed.svc.cluster.local. 5 CNAME 10-244-0-8.shop.pod.cluster.local.
# By the federation's names inside the cluster, which are followed as if asked.
cluster east has front/a type ExternalName external web.shop.myfed.svc.cluster.local
cluster east has front/b type ExternalName external a.front.svc.cluster.local
cluster east has front/c type ExternalName external cart.shop.myfed.svc.cluster.local
cluster east has front/d type ExternalName external idle.shop.myfed.svc.cluster.local
cluster east has front/e type ExternalName external none.shop.other.svc.cluster.local
cluster east has front/f type ExternalName external myfed.svc.cluster.local
query a.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  a.front.myfed.svc.cluster.local. 5 CNAME web.shop.myfed.svc.cluster.local.
  web.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
query b.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  b.front.myfed.svc.cluster.local. 5 CNAME a.front.svc.cluster.local.
  a.front.svc.cluster.local. 5 CNAME web.shop.myfed.svc.cluster.local.
  web.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
query c.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  c.front.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.cluster.local.
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query d.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  d.front.myfed.svc.cluster.local. 5 CNAME idle.shop.myfed.svc.cluster.local.
  idle.shop.myfed.svc.cluster.local. 5 CNAME idle.shop.myfed.svc.a.us.example.com.
  idle.shop.myfed.svc.a.us.example.com. 180 CNAME idle.shop.myfed.svc.us.example.com.
  idle.shop.myfed.svc.us.example.com. 180 CNAME idle.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query e.front.myfed.svc.cluster.local A from 10.244.0.1
  NXDOMAIN aa
  e.front.myfed.svc.cluster.local. 5 CNAME none.shop.other.svc.cluster.local.
  ; authority
  other.svc.cluster.local. 5 SOA ns1.example.org. hostmaster.other.svc.cluster.local. 1700000000 60 30 1209600 5
query f.front.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  f.front.myfed.svc.cluster.local. 5 CNAME myfed.svc.cluster.local.
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Loops.
cluster east has loop/self type ExternalName external self.loop.myfed.svc.cluster.local
cluster east has loop/own type ExternalName external own.loop.svc.cluster.local
cluster east has loop/a type ExternalName external b.loop.svc.cluster.local
cluster east has loop/b type ExternalName external a.loop.myfed.svc.cluster.local
query self.loop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  self.loop.myfed.svc.cluster.local. 5 CNAME self.loop.myfed.svc.cluster.local.
query own.loop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  own.loop.myfed.svc.cluster.local. 5 CNAME own.loop.svc.cluster.local.
  own.loop.svc.cluster.local. 5 CNAME own.loop.svc.cluster.local.
query a.loop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  a.loop.myfed.svc.cluster.local. 5 CNAME b.loop.svc.cluster.local.
  b.loop.svc.cluster.local. 5 CNAME a.loop.myfed.svc.cluster.local.
# A long chain.
cluster east has long/a1 type ExternalName external a2.long.svc.cluster.local
cluster east has long/a2 type ExternalName external a3.long.svc.cluster.local
cluster east has long/a3 type ExternalName external a4.long.svc.cluster.local
cluster east has long/a4 type ExternalName external a5.long.svc.cluster.local
cluster east has long/a5 type ExternalName external a6.long.svc.cluster.local
cluster east has long/a6 type ExternalName external a7.long.svc.cluster.local
cluster east has long/a7 type ExternalName external a8.long.svc.cluster.local
cluster east has long/a8 type ExternalName external a9.long.svc.cluster.local
cluster east has long/a9 type ExternalName external a10.long.svc.cluster.local
cluster east has long/a10 type ExternalName external a11.long.svc.cluster.local
cluster east has long/a11 type ExternalName external a12.long.svc.cluster.local
cluster east has long/a12 type ExternalName external a13.long.svc.cluster.local
cluster east has long/a13 type ExternalName external web.shop.svc.cluster.local
query a1.long.myfed.svc.cluster.local A edns from 10.244.0.1
  NOERROR aa
  ; edns udp 1232
  a1.long.myfed.svc.cluster.local. 5 CNAME a2.long.svc.cluster.local.
  a2.long.svc.cluster.local. 5 CNAME a3.long.svc.cluster.local.
  a3.long.svc.cluster.local. 5 CNAME a4.long.svc.cluster.local.
  a4.long.svc.cluster.local. 5 CNAME a5.long.svc.cluster.local.
  a5.long.svc.cluster.local. 5 CNAME a6.long.svc.cluster.local.
  a6.long.svc.cluster.local. 5 CNAME a7.long.svc.cluster.local.
  a7.long.svc.cluster.local. 5 CNAME a8.long.svc.cluster.local.
  a8.long.svc.cluster.local. 5 CNAME a9.long.svc.cluster.local.
  a9.long.svc.cluster.local. 5 CNAME a10.long.svc.cluster.local.
  a10.long.svc.cluster.local. 5 CNAME a11.long.svc.cluster.local.
  a11.long.svc.cluster.local. 5 CNAME a12.long.svc.cluster.local.
  a12.long.svc.cluster.local. 5 CNAME a13.long.svc.cluster.local.
query a2.long.myfed.svc.cluster.local A edns from 10.244.0.1
  NOERROR aa
  ; edns udp 1232
  a2.long.myfed.svc.cluster.local. 5 CNAME a3.long.svc.cluster.local.
  a3.long.svc.cluster.local. 5 CNAME a4.long.svc.cluster.local.
  a4.long.svc.cluster.local. 5 CNAME a5.long.svc.cluster.local.
  a5.long.svc.cluster.local. 5 CNAME a6.long.svc.cluster.local.
  a6.long.svc.cluster.local. 5 CNAME a7.long.svc.cluster.local.
  a7.long.svc.cluster.local. 5 CNAME a8.long.svc.cluster.local.
  a8.long.svc.cluster.local. 5 CNAME a9.long.svc.cluster.local.
  a9.long.svc.cluster.local. 5 CNAME a10.long.svc.cluster.local.
  a10.long.svc.cluster.local. 5 CNAME a11.long.svc.cluster.local.
  a11.long.svc.cluster.local. 5 CNAME a12.long.svc.cluster.local.
  a12.long.svc.cluster.local. 5 CNAME a13.long.svc.cluster.local.
  a13.long.svc.cluster.local. 5 CNAME web.shop.svc.cluster.local.
  web.shop.svc.cluster.local. 5 A 10.96.0.1
query a3.long.myfed.svc.cluster.local A edns from 10.244.0.1
  NOERROR aa
  ; edns udp 1232
  a3.long.myfed.svc.cluster.local. 5 CNAME a4.long.svc.cluster.local.
  a4.long.svc.cluster.local. 5 CNAME a5.long.svc.cluster.local.
  a5.long.svc.cluster.local. 5 CNAME a6.long.svc.cluster.local.
  a6.long.svc.cluster.local. 5 CNAME a7.long.svc.cluster.local.
  a7.long.svc.cluster.local. 5 CNAME a8.long.svc.cluster.local.
  a8.long.svc.cluster.local. 5 CNAME a9.long.svc.cluster.local.
  a9.long.svc.cluster.local. 5 CNAME a10.long.svc.cluster.local.
  a10.long.svc.cluster.local. 5 CNAME a11.long.svc.cluster.local.
  a11.long.svc.cluster.local. 5 CNAME a12.long.svc.cluster.local.
  a12.long.svc.cluster.local. 5 CNAME a13.long.svc.cluster.local.
  a13.long.svc.cluster.local. 5 CNAME web.shop.svc.cluster.local.
  web.shop.svc.cluster.local. 5 A 10.96.0.1
# Whom nobody knows has no cluster whose Services could be followed.
query web.front.myfed.svc.cluster.local A
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Where federations take labelled Services alone, others stand for nothing and are not asked for.
cluster east has shop/db type ExternalName external db.example.net
hostnames
  db.example.net untried for 0 s
federation-ends myfed
hostnames
query db.shop.other.svc.cluster.local A from 10.244.0.1
  NXDOMAIN aa
  ; authority
  other.svc.cluster.local. 5 SOA ns1.example.org. hostmaster.other.svc.cluster.local. 1700000000 60 30 1209600 5
cluster east has shop/db type ExternalName external db.example.net labelled
resolver says db.example.net 203.0.113.1
query db.shop.other.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.other.svc.cluster.local. 5 CNAME db.example.net.
  db.example.net. 5 A 203.0.113.1
cluster east has shop/cache type ExternalName external cache.example.net
federation again example.com
hostnames
  cache.example.net untried for 0 s
  db.example.net resolved for 0 s: 203.0.113.1; asked again in 60 s
