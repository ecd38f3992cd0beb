# The asker's own cluster has a Service of that name (any type but ExternalName, not opted out) with a
# ready endpoint: A/AAAA of its ClusterIPs, TTL inClusterTtl.
federation myfed example.com
entry east networks 10.8.0.0/14
entry west networks 10.12.0.0/14
cluster east zone a.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.10,fd00:96::10 ready 1
cluster west has shop/cart 198.51.100.1 cluster-ip 10.97.0.10 ready 1
cluster east has shop/plain type ClusterIP cluster-ip 10.96.0.20 ready 2
clusters sync
query cart.shop.myfed.svc.cluster.local A from 10.8.1.7
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.10
query cart.shop.myfed.svc.cluster.local AAAA from 10.8.1.7
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 AAAA fd00:96::10
query CART.Shop.myfed.SVC.cluster.local A from 10.12.1.7 edns
  NOERROR aa
  ; edns udp 1232
  CART.Shop.myfed.SVC.cluster.local. 5 A 10.97.0.10
# No ClusterIP of the asked family: NODATA, never the load balancer's address.
query cart.shop.myfed.svc.cluster.local AAAA from 10.12.1.7
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.cluster.local CNAME from 10.12.1.7
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.cluster.local ANY from 10.12.1.7
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 HINFO RFC8482
query plain.shop.myfed.svc.cluster.local A from 10.8.1.7
  NOERROR aa
  plain.shop.myfed.svc.cluster.local. 5 A 10.96.0.20
# Published nowhere, and not in the asker's cluster.
query plain.shop.myfed.svc.cluster.local A from 10.12.1.7
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# RFC 4291, section 2.5.5.2: an IPv4-mapped source is an IPv4 one.
query cart.shop.myfed.svc.cluster.local A from ::ffff:10.8.1.7
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.10
# Without a ready endpoint it is not used; nor where it is not known what its addresses are.
cluster east endpoints shop/cart ready 0 not-ready 3
query cart.shop.myfed.svc.cluster.local A from 10.8.1.7
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
cluster east has shop/cart 192.0.2.1 ready 1
query cart.shop.myfed.svc.cluster.local A from 10.8.1.7
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# Published nowhere: NODATA where the asker's cluster has a Service of that name.
cluster east endpoints shop/plain ready 0 not-ready 2
query plain.shop.myfed.svc.cluster.local A from 10.8.1.7
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query plain.shop.myfed.svc.cluster.local A from 10.12.1.7
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
settings in-cluster-ttl 30
cluster east endpoints shop/plain ready 1
query plain.shop.myfed.svc.cluster.local A from 10.8.1.7
  NOERROR aa
  plain.shop.myfed.svc.cluster.local. 30 A 10.96.0.20
