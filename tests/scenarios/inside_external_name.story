# ExternalName in the asker's own cluster: CNAME to it. A chain that leaves our zones ends there: NOERROR,
# no SOA.
federation myfed example.com
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/db type ExternalName external db.example.net
cluster west zone b.eu
cluster west has shop/db 198.51.100.1 ready 1
clusters sync
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
query db.shop.myfed.svc.cluster.local MX from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
query db.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
query db.shop.myfed.svc.cluster.local A as west
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.shop.myfed.svc.b.eu.example.com.
  db.shop.myfed.svc.b.eu.example.com. 180 A 198.51.100.1
# Opt-out holds here too.
cluster east has shop/db type ExternalName external db.example.net opted-out
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.shop.myfed.svc.a.us.example.com.
  db.shop.myfed.svc.a.us.example.com. 180 CNAME db.shop.myfed.svc.us.example.com.
  db.shop.myfed.svc.us.example.com. 180 CNAME db.shop.myfed.svc.example.com.
  db.shop.myfed.svc.example.com. 180 A 198.51.100.1
