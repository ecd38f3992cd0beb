# Never guess before the first sync: resolvers keep good data under SERVFAIL and lose it under a
# guessed CNAME or NODATA.
settings sync-grace 30
federation myfed example.com
entry east networks 10.8.0.0/14
entry nodes region eu
cluster west zone b.us
cluster west has shop/cart 192.0.2.1 ready 1
cluster west syncs
# Whether east has the Service is not known; nor who asks from elsewhere, as `nodes` may.
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 edns
  SERVFAIL
  ; edns udp 1232, ede 14
query cart.shop.myfed.svc.cluster.local A from 192.0.2.200 edns
  SERVFAIL
  ; edns udp 1232, ede 14
query cart.shop.myfed.svc.cluster.local A as west
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.b.us.example.com.
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# What is known already is answered.
cluster east has shop/cart 192.0.2.9 cluster-ip 10.96.0.1 ready 1
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
# Names that can not be anybody's are not waited for.
query -.shop.myfed.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query none.shop.myfed.svc.cluster.local A from 10.8.0.1
  SERVFAIL
cluster east syncs
query none.shop.myfed.svc.cluster.local A from 10.8.0.1
  SERVFAIL
# The grace ends: a cluster that is not known holds up no other answer.
at 31s
query cart.shop.myfed.svc.cluster.local A from 192.0.2.200
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 5 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 5 A 192.0.2.9
query none.shop.myfed.svc.cluster.local A from 10.8.0.1
  SERVFAIL
cluster nodes syncs
query none.shop.myfed.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000031 60 30 1209600 5
