# Headless Services are reached by their ready endpoints.
federation myfed example.com
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/db type ClusterIP headless pods 10.244.0.7,10.244.0.8 waiting 10.244.0.9
clusters sync
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 A 10.244.0.7
  db.shop.myfed.svc.cluster.local. 5 A 10.244.0.8
query db.shop.myfed.svc.cluster.local A from 10.244.0.1 draw 1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 A 10.244.0.8
  db.shop.myfed.svc.cluster.local. 5 A 10.244.0.7
query db.shop.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
cluster east endpoints shop/db pods 10.244.0.7,fd00::7
query db.shop.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 AAAA fd00::7
# Under publishNotReadyAddresses every endpoint counts as ready.
cluster east has shop/db type ClusterIP headless publish-not-ready waiting 10.244.0.9
query db.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 A 10.244.0.9
# Endpoints that are known before their Service are not forgotten.
cluster east endpoints shop/late pods 10.244.0.11
cluster east has shop/late type ClusterIP headless
query late.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  late.shop.myfed.svc.cluster.local. 5 A 10.244.0.11
# A Service that turns headless has no addresses until its slices are read again.
cluster east has shop/turns type ClusterIP cluster-ip 10.96.0.1 pods 10.244.0.12
cluster east has shop/turns type ClusterIP headless
query turns.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
complaints
  east: service shop/turns: it is headless now, and the addresses of its endpoints are not known until its EndpointSlices are read again; a manifest of them has to be changed or touched
cluster east endpoints shop/turns pods 10.244.0.12
query turns.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  turns.shop.myfed.svc.cluster.local. 5 A 10.244.0.12
complaints
