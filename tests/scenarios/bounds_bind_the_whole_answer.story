# Bounds bind the whole answer: what limits its end limits every record that leads to it, also the
# CNAME at a name inside a cluster. RFC 2181, section 5.2: the records of a name and type have one
# TTL, whatever was asked for to get them.
settings in-cluster-ttl 60
federation open example.com when-all-down all
federation last example.org when-all-down last
federation none example.net
cluster east node n1 a.us 10.244.0.0/24
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
cluster west loses shop/cart endpoints
# 30 s of `all`.
query cart.shop.open.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 30 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 30 CNAME cart.shop.open.svc.example.com.
  cart.shop.open.svc.example.com. 30 A 198.51.100.1
query cart.shop.open.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 30 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 30 CNAME cart.shop.open.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.open.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
query cart.shop.open.svc.cluster.local ANY from 10.244.0.1
  NOERROR aa
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
query cart.shop.open.svc.cluster.local MX from 10.244.0.1
  NOERROR aa
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 30 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 30 CNAME cart.shop.open.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.open.svc.cluster.local A
  NOERROR aa
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.example.com.
  cart.shop.open.svc.example.com. 30 A 198.51.100.1
# Of `last`.
query cart.shop.last.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.last.svc.cluster.local. 30 CNAME cart.shop.last.svc.a.us.example.org.
  cart.shop.last.svc.a.us.example.org. 30 CNAME cart.shop.last.svc.us.example.org.
  cart.shop.last.svc.us.example.org. 30 CNAME cart.shop.last.svc.example.org.
  cart.shop.last.svc.example.org. 30 A 198.51.100.1
query cart.shop.last.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  cart.shop.last.svc.cluster.local. 30 CNAME cart.shop.last.svc.a.us.example.org.
# NODATA limits nothing but itself.
query cart.shop.none.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.none.svc.cluster.local. 60 CNAME cart.shop.none.svc.a.us.example.net.
  cart.shop.none.svc.a.us.example.net. 180 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 180 CNAME cart.shop.none.svc.example.net.
  ; authority
  example.net. 5 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
# The same behind aliases inside the cluster, by whichever name, and behind several of them.
cluster east has shop/near type ExternalName external cart.shop.open.svc.example.com
cluster east has shop/far type ExternalName external cart.shop.open.svc.cluster.local
cluster east has shop/further type ExternalName external far.shop.svc.cluster.local
query near.shop.open.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  near.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.example.com.
  cart.shop.open.svc.example.com. 30 A 198.51.100.1
query near.shop.open.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  near.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.example.com.
query far.shop.none.svc.cluster.local MX from 10.244.0.1
  NOERROR aa
  far.shop.none.svc.cluster.local. 30 CNAME cart.shop.open.svc.cluster.local.
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 30 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 30 CNAME cart.shop.open.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query further.shop.none.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  further.shop.none.svc.cluster.local. 30 CNAME far.shop.svc.cluster.local.
  far.shop.svc.cluster.local. 30 CNAME cart.shop.open.svc.cluster.local.
  cart.shop.open.svc.cluster.local. 30 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 30 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 30 CNAME cart.shop.open.svc.example.com.
  cart.shop.open.svc.example.com. 30 A 198.51.100.1
query further.shop.none.svc.cluster.local ANY from 10.244.0.1
  NOERROR aa
  further.shop.none.svc.cluster.local. 30 CNAME far.shop.svc.cluster.local.
# It heals: everything is as long as ever.
cluster west endpoints shop/cart ready 1
query cart.shop.open.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.open.svc.cluster.local. 60 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 180 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 180 CNAME cart.shop.open.svc.example.com.
  cart.shop.open.svc.example.com. 180 A 198.51.100.1
query further.shop.none.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  further.shop.none.svc.cluster.local. 60 CNAME far.shop.svc.cluster.local.
  far.shop.svc.cluster.local. 60 CNAME cart.shop.open.svc.cluster.local.
  cart.shop.open.svc.cluster.local. 60 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 180 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 180 CNAME cart.shop.open.svc.example.com.
  cart.shop.open.svc.example.com. 180 A 198.51.100.1
# A hostname that nobody has asked for yet: `negativeTtl`, of answers that leave its shard out.
cluster west has shop/cart hostname lb.example.edu ready 1
query cart.shop.none.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.none.svc.cluster.local. 5 CNAME cart.shop.none.svc.a.us.example.net.
  cart.shop.none.svc.a.us.example.net. 5 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 5 CNAME cart.shop.none.svc.example.net.
  ; authority
  example.net. 5 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
query cart.shop.none.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  cart.shop.none.svc.cluster.local. 5 CNAME cart.shop.none.svc.a.us.example.net.
query further.shop.none.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  further.shop.none.svc.cluster.local. 5 CNAME far.shop.svc.cluster.local.
  far.shop.svc.cluster.local. 5 CNAME cart.shop.open.svc.cluster.local.
  cart.shop.open.svc.cluster.local. 5 CNAME cart.shop.open.svc.a.us.example.com.
  cart.shop.open.svc.a.us.example.com. 5 CNAME cart.shop.open.svc.us.example.com.
  cart.shop.open.svc.us.example.com. 5 CNAME cart.shop.open.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1
query cart.shop.none.svc.a.us.example.net A
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 180 A 192.0.2.1
query cart.shop.none.svc.example.net A
  NOERROR aa
  cart.shop.none.svc.example.net. 5 A 192.0.2.1
query cart.shop.none.svc.b.eu.example.net A
  NOERROR aa
  cart.shop.none.svc.b.eu.example.net. 5 CNAME cart.shop.none.svc.eu.example.net.
  cart.shop.none.svc.eu.example.net. 5 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 5 A 192.0.2.1
query cart.shop.none.svc.b.eu.example.net CNAME
  NOERROR aa
  cart.shop.none.svc.b.eu.example.net. 5 CNAME cart.shop.none.svc.eu.example.net.
cluster east loses shop/cart
# The TTL that the hostname was answered with, 30 s at least, of answers that rest on it.
resolver says lb.example.edu 198.51.100.7 ttl 45
query cart.shop.none.svc.b.eu.example.net A
  NOERROR aa
  cart.shop.none.svc.b.eu.example.net. 45 A 198.51.100.7
query cart.shop.none.svc.b.eu.example.net AAAA
  NOERROR aa
  ; authority
  example.net. 5 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
query cart.shop.none.svc.a.us.example.net A
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 45 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 45 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 45 A 198.51.100.7
query cart.shop.none.svc.a.us.example.net CNAME
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 45 CNAME cart.shop.none.svc.us.example.net.
query cart.shop.none.svc.a.us.example.net AAAA
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 45 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 45 CNAME cart.shop.none.svc.example.net.
  ; authority
  example.net. 5 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
query cart.shop.none.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.none.svc.cluster.local. 45 CNAME cart.shop.none.svc.a.us.example.net.
  cart.shop.none.svc.a.us.example.net. 45 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 45 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 45 A 198.51.100.7
query further.shop.none.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  further.shop.none.svc.cluster.local. 45 CNAME far.shop.svc.cluster.local.
resolver says lb.example.edu 198.51.100.7 ttl 5
query cart.shop.none.svc.a.us.example.net A
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 30 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 30 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 30 A 198.51.100.7
cluster west has shop/cart hostname lb.example.edu ready 1 ttl 20
query cart.shop.none.svc.a.us.example.net A
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 20 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 20 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 20 A 198.51.100.7
query cart.shop.none.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.none.svc.cluster.local. 30 CNAME cart.shop.none.svc.a.us.example.net.
  cart.shop.none.svc.a.us.example.net. 20 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 20 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 20 A 198.51.100.7
cluster west has shop/cart hostname lb.example.edu ready 1
resolver says lb.example.edu 198.51.100.7 ttl 600
query cart.shop.none.svc.a.us.example.net A
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 180 CNAME cart.shop.none.svc.us.example.net.
  cart.shop.none.svc.us.example.net. 180 CNAME cart.shop.none.svc.example.net.
  cart.shop.none.svc.example.net. 180 A 198.51.100.7
# Two hostnames, and a place that rests on neither.
resolver says lb.example.edu 198.51.100.7 ttl 90
cluster west has shop/cart hostname lb.example.edu hostname lc.example.edu ready 1
resolver says lc.example.edu 198.51.100.8 ttl 40
cluster east has shop/cart 192.0.2.1 ready 1
query cart.shop.none.svc.b.eu.example.net A
  NOERROR aa
  cart.shop.none.svc.b.eu.example.net. 40 A 198.51.100.7
  cart.shop.none.svc.b.eu.example.net. 40 A 198.51.100.8
query cart.shop.none.svc.example.net A
  NOERROR aa
  cart.shop.none.svc.example.net. 40 A 192.0.2.1
  cart.shop.none.svc.example.net. 40 A 198.51.100.7
  cart.shop.none.svc.example.net. 40 A 198.51.100.8
query cart.shop.none.svc.a.us.example.net A
  NOERROR aa
  cart.shop.none.svc.a.us.example.net. 180 A 192.0.2.1
# The resolver fails: the last good addresses, as long as ever.
resolver fails lc.example.edu
query cart.shop.none.svc.b.eu.example.net A
  NOERROR aa
  cart.shop.none.svc.b.eu.example.net. 40 A 198.51.100.7
  cart.shop.none.svc.b.eu.example.net. 40 A 198.51.100.8
# An address that is refused is no part of the answer, nor is how long it may be kept.
entry west addresses 198.51.100.7/32
query cart.shop.none.svc.b.eu.example.net A
  NOERROR aa
  cart.shop.none.svc.b.eu.example.net. 90 A 198.51.100.7
log
  west leaves shop/cart: no ready endpoint
  shop/cart is down: west was the last cluster that answered; clients get every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in none; the addresses that were healthy last (`whenAllDown: last`, 30 s) in last
  west joins shop/cart: 198.51.100.1
  shop/cart answers again in west; it was down for 0 s
  west leaves shop/cart: its load-balancer hostname is not resolved
  shop/cart is down: west was the last cluster that answered; clients get every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in none; the addresses that were healthy last (`whenAllDown: last`, 30 s) in last
  east joins shop/cart: 192.0.2.1
  shop/cart answers again in east; it was down for 0 s
  east leaves shop/cart: no Service of that name
  shop/cart is down: east was the last cluster that answered; clients get every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in none; the addresses that were healthy last (`whenAllDown: last`, 30 s) in last
  west joins shop/cart: 198.51.100.7
  shop/cart answers again in west; it was down for 0 s
  west moves shop/cart to 198.51.100.7, 198.51.100.8
  east joins shop/cart: 192.0.2.1
  west moves shop/cart to 198.51.100.7
