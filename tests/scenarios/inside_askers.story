# The asker is the cluster whose own listener was asked, then option 65001, then networks. Option
# 65001 counts from trusted clients only: the clusters' own networks and loopback.
federation myfed example.com
entry east networks 10.8.0.0/14
entry west networks 10.8.1.0/24
entry north networks 10.99.0.0/16
entry south networks 10.99.0.0/16
cluster east zone a.us
cluster west zone b.eu
cluster north zone c.asia
cluster south zone d.asia
cluster east has shop/cart type ClusterIP cluster-ip 10.96.0.1 ready 1
cluster west has shop/cart type ClusterIP cluster-ip 10.97.0.1 ready 1
cluster north has shop/cart 192.0.2.3 cluster-ip 10.98.0.1 ready 1
cluster south has shop/cart type ClusterIP cluster-ip 10.99.0.1 ready 1
clusters sync
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
# Longest prefix first.
query cart.shop.myfed.svc.cluster.local A from 10.8.1.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.97.0.1
# Ambiguous = unknown.
query cart.shop.myfed.svc.cluster.local A from 10.99.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.cluster.local A from 10.99.0.1 as south
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.99.0.1
query cart.shop.myfed.svc.cluster.local A from 10.99.0.1 option south
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.99.0.1
query cart.shop.myfed.svc.cluster.local A from 127.0.0.1 option West
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.97.0.1
query cart.shop.myfed.svc.cluster.local A from ::1 option west
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.97.0.1
query cart.shop.myfed.svc.cluster.local A from ::ffff:127.0.0.1 option west
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.97.0.1
# The listener wins.
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 as north option west
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.98.0.1
# Not trusted: the option says nothing.
query cart.shop.myfed.svc.cluster.local A from 192.0.2.200 option west
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
# An unknown id names nobody.
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 option nobody
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 option ""
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
settings trusted 192.0.2.0/24
query cart.shop.myfed.svc.cluster.local A from 192.0.2.200 option west
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.97.0.1
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 option west
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 5 A 10.96.0.1
# A listener of a cluster that has gone names nobody.
cluster north ends
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 as north
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# With it goes what made the networks of the other ambiguous.
query cart.shop.myfed.svc.cluster.local A from 10.99.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 A 10.99.0.1
