# Asked from inside a cluster that was never read: what it has of its own would go before all else. Once answers
# wait no longer, they go without it for `negativeTtl` at most, and say so (RFC 8914, section 4.15).
settings in-cluster-ttl 60 negative-ttl 7
federation myfed example.com
entry own networks 10.8.0.0/14 namespaces shop
cluster west zone b.us
cluster west has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1
cluster west has other/cart 192.0.2.2 ready 1
cluster west has shop/alias type ExternalName external cart.shop.myfed.svc.example.com
cluster west syncs
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 edns
  SERVFAIL
  ; edns udp 1232, ede 14
at 30s
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.cluster.local. 7 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 7 A 192.0.2.1
query cart.shop.myfed.svc.cluster.local CNAME from 10.8.0.1 edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.cluster.local. 7 CNAME cart.shop.myfed.svc.example.com.
# Nothing of that namespace may come of it where others ask; but its own askers ask itself first.
query cart.other.myfed.svc.cluster.local A from 10.8.0.1 edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.other.myfed.svc.cluster.local. 7 CNAME cart.other.myfed.svc.example.com.
  cart.other.myfed.svc.example.com. 180 A 192.0.2.2
# Who asks is known, and its cluster has been read.
query cart.shop.myfed.svc.cluster.local A as west edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 60 A 10.96.0.1
query cart.other.myfed.svc.cluster.local A as west edns
  NOERROR aa
  ; edns udp 1232
  cart.other.myfed.svc.cluster.local. 60 CNAME cart.other.myfed.svc.b.us.example.com.
  cart.other.myfed.svc.b.us.example.com. 180 A 192.0.2.2
# An alias that leads to what may change.
query alias.shop.myfed.svc.cluster.local A as west edns
  NOERROR aa
  ; edns udp 1232, ede 14
  alias.shop.myfed.svc.cluster.local. 7 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 7 A 192.0.2.1
# Some of its objects have come, and not all.
cluster own has shop/cart 192.0.2.9 cluster-ip 10.97.0.1 ready 1
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.cluster.local. 7 A 10.97.0.1
# A name that no Service can have waits for nobody.
query -.shop.myfed.svc.cluster.local A from 10.8.0.1 edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  myfed.svc.cluster.local. 7 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000030 60 30 1209600 7
query myfed.svc.cluster.local SOA from 10.8.0.1 edns
  NOERROR aa
  ; edns udp 1232
  myfed.svc.cluster.local. 60 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000030 60 30 1209600 7
# One whose askers are told by its nodes: anybody may ask from there.
cluster nodes nowhere
query cart.other.myfed.svc.cluster.local A from 192.0.2.200 edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.other.myfed.svc.cluster.local. 7 CNAME cart.other.myfed.svc.example.com.
  cart.other.myfed.svc.example.com. 7 A 192.0.2.2
query cart.other.myfed.svc.cluster.local A as west edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.other.myfed.svc.cluster.local. 7 CNAME cart.other.myfed.svc.b.us.example.com.
  cart.other.myfed.svc.b.us.example.com. 7 A 192.0.2.2
cluster nodes ends
cluster own syncs
query cart.shop.myfed.svc.cluster.local A from 10.8.0.1 edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.cluster.local. 60 A 10.97.0.1
query cart.other.myfed.svc.cluster.local A from 192.0.2.200 edns
  NOERROR aa
  ; edns udp 1232
  cart.other.myfed.svc.cluster.local. 60 CNAME cart.other.myfed.svc.example.com.
  cart.other.myfed.svc.example.com. 180 A 192.0.2.2
