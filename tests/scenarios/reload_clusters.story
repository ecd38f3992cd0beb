# A reload adds, changes and removes clusters. A place that a cluster has once shown exists while that
# cluster stays registered; changing the cluster's own entry forgets.
federation myfed example.com
cluster east zone a.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 180 A 192.0.2.2
entry west region asia zones x
log
query cart.shop.myfed.svc.x.asia.example.com A
  NOERROR aa
  cart.shop.myfed.svc.x.asia.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.b.eu.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# It may not publish the namespace any more.
entry west region asia zones x namespaces pay-*
log
  west leaves shop/cart: the cluster may not publish this namespace
complaints
  west: service shop/cart: this cluster may not publish the namespace; add it under `namespaces` of the cluster if it should
query cart.shop.myfed.svc.x.asia.example.com A
  NOERROR aa
  cart.shop.myfed.svc.x.asia.example.com. 180 CNAME cart.shop.myfed.svc.asia.example.com.
  cart.shop.myfed.svc.asia.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
entry west region asia zones x
log
  west joins shop/cart: 192.0.2.2
complaints
# It is read from another folder: what it said counts until that has been read.
cluster west moves
query cart.shop.myfed.svc.x.asia.example.com A
  NOERROR aa
  cart.shop.myfed.svc.x.asia.example.com. 180 A 192.0.2.2
cluster west lists shop/cart 192.0.2.9 ready 1
query cart.shop.myfed.svc.x.asia.example.com A
  NOERROR aa
  cart.shop.myfed.svc.x.asia.example.com. 180 A 192.0.2.9
cluster west has shop/new 192.0.2.10 ready 1
cluster west syncs
query new.shop.myfed.svc.x.asia.example.com A
  NOERROR aa
  new.shop.myfed.svc.x.asia.example.com. 180 A 192.0.2.10
# It is taken out: its places and its shards go with it.
cluster west ends
log
  west moves shop/cart to 192.0.2.9
  west joins shop/new: 192.0.2.10
  west leaves shop/new: the cluster is no longer registered
  west leaves shop/cart: the cluster is no longer registered
query cart.shop.myfed.svc.x.asia.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query new.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# A new cluster takes its number, and nothing else of it.
cluster north zone n.eu
cluster north has shop/cart 192.0.2.3 ready 1
cluster north syncs
query cart.shop.myfed.svc.n.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.n.eu.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
