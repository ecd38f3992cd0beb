# Where an asker is. By source: the zone of the node whose pod CIDR or address holds the source, if that
# is one of the cluster's zones; else the cluster's single zone; else that node's region; else the
# cluster's single region; else global. By listener or option: its single zone, else single region, else
# global.
federation myfed example.com
entry fixed region r zones z1,z2
cluster wide node n1 a.us 192.168.0.1 10.1.0.0/24
cluster wide node n2 b.us 192.168.0.2 10.1.1.0/24
cluster wide node n3 .eu 10.1.2.0/24
cluster wide node n4 nowhere 10.1.3.0/24
cluster one node m1 a.us 10.2.0.0/24
cluster one node m2 nowhere 10.2.1.0/24
cluster region node r1 .us 10.3.0.0/24
cluster fixed node f1 z2.elsewhere 10.4.0.0/24
cluster fixed node f2 z9.elsewhere 10.4.1.0/24
cluster lone node l1 x 10.5.0.0/24
cluster far zone q.asia
cluster far has shop/cart 192.0.2.1 ready 1
clusters sync
query cart.shop.myfed.svc.cluster.local CNAME from 10.1.0.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 192.168.0.2
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.b.us.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.1.2.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.eu.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.1.3.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
query cart.shop.myfed.svc.cluster.local CNAME as wide
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.2.0.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.2.1.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
query cart.shop.myfed.svc.cluster.local CNAME as one
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.3.0.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.us.example.com.
# The overrides of the entry hold for nodes too.
query cart.shop.myfed.svc.cluster.local CNAME from 10.4.0.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.z2.r.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.4.1.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.r.example.com.
query cart.shop.myfed.svc.cluster.local CNAME as fixed
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.r.example.com.
# A zone without a region has its zone-only name.
query cart.shop.myfed.svc.cluster.local CNAME from 10.5.0.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.x.example.com.
# Nodes come and go.
cluster wide loses node n2
query cart.shop.myfed.svc.cluster.local CNAME from 192.168.0.2
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
cluster wide node n2 b.us 192.168.0.9
query cart.shop.myfed.svc.cluster.local CNAME from 192.168.0.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.b.us.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.1.1.9
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
