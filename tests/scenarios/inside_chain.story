# A service that the asker's own cluster has not ready, published elsewhere: CNAME (TTL inClusterTtl) to
# the canonical name at the asker's place, and the chain.
federation myfed example.com ttl 60
cluster east node n1 a.us 10.244.0.0/24
cluster west zone b.us
cluster west has shop/cart 192.0.2.1 ready 1
cluster far zone c.eu
cluster far has shop/cart 198.51.100.1 ready 1
clusters sync
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 60 A 192.0.2.1
query cart.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
query cart.shop.myfed.svc.cluster.local ANY from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
query cart.shop.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.cluster.local MX from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster west loses shop/cart endpoints
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 60 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 60 A 198.51.100.1
# Asker unknown: to the global name.
query cart.shop.myfed.svc.cluster.local A
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 60 A 198.51.100.1
# All down.
cluster far loses shop/cart endpoints
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 60 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
federation myfed example.com when-all-down nxdomain
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1 edns
  NXDOMAIN aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# The names take part in compression: the reply of the longest chain stays small.
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1 size
  NXDOMAIN aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
  ; 223 octets
