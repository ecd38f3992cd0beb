# Annotation fedns.dev/publish: "false" opts that cluster's shard out; a Service with a
# deletionTimestamp is gone.
federation myfed example.com
entry east networks 10.8.0.0/14
cluster east zone a.us
cluster west zone b.us
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1
clusters sync
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1 opted-out
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query shop.myfed.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
cluster west has shop/cart 198.51.100.1 ready 1
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 198.51.100.1
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1 deleting
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 198.51.100.1
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
cluster east loses shop/cart
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 198.51.100.1
