# Behind an ExternalName, names of ours, an apex too, are answered as if asked, whatever type is asked
# for.
settings in-cluster-ttl 60
federation myfed example.com
federation deep in.example.com
cluster east node n1 a.us 10.244.0.0/24
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
cluster east has shop/web cluster-ip 10.96.0.1 ready 1
cluster east has shop/apex type ExternalName external example.com
cluster east has shop/nested type ExternalName external in.example.com
cluster east has shop/inside type ExternalName external myfed.svc.cluster.local
cluster east has shop/host type ExternalName external ns1.example.com
cluster east has shop/inner type ExternalName external myfed.svc.a.us.example.com
cluster east has shop/namespace type ExternalName external shop.myfed.svc.cluster.local
cluster east has shop/gone type ExternalName external none.shop.myfed.svc.example.com
cluster east has shop/shape type ExternalName external a.b.c.d.e.f.example.com
cluster east has shop/cart type ExternalName external cart.shop.myfed.svc.example.com
cluster east has shop/own type ExternalName external web.shop.myfed.svc.cluster.local
cluster east has shop/twice type ExternalName external apex.shop.myfed.svc.cluster.local
cluster east has shop/thrice type ExternalName external twice.shop.svc.cluster.local
# Nothing behind them is unknown, so they live as long as ever; but where a cluster has not spoken.
query gone.shop.myfed.svc.cluster.local A from 10.244.0.1
  SERVFAIL
query gone.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  gone.shop.myfed.svc.cluster.local. 5 CNAME none.shop.myfed.svc.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 60 CNAME cart.shop.myfed.svc.example.com.
clusters sync
query gone.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  gone.shop.myfed.svc.cluster.local. 60 CNAME none.shop.myfed.svc.example.com.
query cart.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 60 CNAME cart.shop.myfed.svc.example.com.
# The apex of a domain.
query apex.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query apex.shop.myfed.svc.cluster.local TXT from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query apex.shop.myfed.svc.cluster.local SOA from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query apex.shop.myfed.svc.cluster.local NS from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  example.com. 3600 NS ns1.example.com.
  example.com. 3600 NS ns2.example.com.
  ; additional
  ns1.example.com. 3600 A 192.0.2.53
  ns2.example.com. 3600 A 192.0.2.54
query apex.shop.myfed.svc.cluster.local DS from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query apex.shop.myfed.svc.cluster.local ANY from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
# Of one below another: DS is the parent's to answer.
query nested.shop.myfed.svc.cluster.local SOA from 10.244.0.1
  NOERROR aa
  nested.shop.myfed.svc.cluster.local. 60 CNAME in.example.com.
  in.example.com. 60 SOA ns1.in.example.com. hostmaster.in.example.com. 1700000000 60 30 1209600 5
query nested.shop.myfed.svc.cluster.local DS from 10.244.0.1
  NOERROR aa
  nested.shop.myfed.svc.cluster.local. 60 CNAME in.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Of a zone inside clusters.
query inside.shop.myfed.svc.cluster.local SOA from 10.244.0.1
  NOERROR aa
  inside.shop.myfed.svc.cluster.local. 60 CNAME myfed.svc.cluster.local.
  myfed.svc.cluster.local. 60 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query inside.shop.myfed.svc.cluster.local NS from 10.244.0.1
  NOERROR aa
  inside.shop.myfed.svc.cluster.local. 60 CNAME myfed.svc.cluster.local.
  myfed.svc.cluster.local. 3600 NS ns1.example.com.
  myfed.svc.cluster.local. 3600 NS ns2.example.com.
query inside.shop.myfed.svc.cluster.local TXT from 10.244.0.1
  NOERROR aa
  inside.shop.myfed.svc.cluster.local. 60 CNAME myfed.svc.cluster.local.
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Name servers, names between, names that do not exist (RFC 6604, section 3).
query host.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  host.shop.myfed.svc.cluster.local. 60 CNAME ns1.example.com.
  ns1.example.com. 3600 A 192.0.2.53
query host.shop.myfed.svc.cluster.local TXT from 10.244.0.1
  NOERROR aa
  host.shop.myfed.svc.cluster.local. 60 CNAME ns1.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query inner.shop.myfed.svc.cluster.local NS from 10.244.0.1
  NOERROR aa
  inner.shop.myfed.svc.cluster.local. 60 CNAME myfed.svc.a.us.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query namespace.shop.myfed.svc.cluster.local SOA from 10.244.0.1
  NOERROR aa
  namespace.shop.myfed.svc.cluster.local. 60 CNAME shop.myfed.svc.cluster.local.
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query gone.shop.myfed.svc.cluster.local SOA from 10.244.0.1
  NXDOMAIN aa
  gone.shop.myfed.svc.cluster.local. 60 CNAME none.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query shape.shop.myfed.svc.cluster.local TXT from 10.244.0.1
  NXDOMAIN aa
  shape.shop.myfed.svc.cluster.local. 60 CNAME a.b.c.d.e.f.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Services.
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 60 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query cart.shop.myfed.svc.cluster.local TXT from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 60 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query own.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  own.shop.myfed.svc.cluster.local. 60 CNAME web.shop.myfed.svc.cluster.local.
  web.shop.myfed.svc.cluster.local. 60 A 10.96.0.1
query own.shop.myfed.svc.cluster.local SOA from 10.244.0.1
  NOERROR aa
  own.shop.myfed.svc.cluster.local. 60 CNAME web.shop.myfed.svc.cluster.local.
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Several aliases after each other.
query thrice.shop.myfed.svc.cluster.local NS from 10.244.0.1
  NOERROR aa
  thrice.shop.myfed.svc.cluster.local. 60 CNAME twice.shop.svc.cluster.local.
  twice.shop.svc.cluster.local. 60 CNAME apex.shop.myfed.svc.cluster.local.
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  example.com. 3600 NS ns1.example.com.
  example.com. 3600 NS ns2.example.com.
  ; additional
  ns1.example.com. 3600 A 192.0.2.53
  ns2.example.com. 3600 A 192.0.2.54
query thrice.shop.deep.svc.cluster.local TXT from 10.244.0.1
  NOERROR aa
  thrice.shop.deep.svc.cluster.local. 60 CNAME twice.shop.svc.cluster.local.
  twice.shop.svc.cluster.local. 60 CNAME apex.shop.myfed.svc.cluster.local.
  apex.shop.myfed.svc.cluster.local. 60 CNAME example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query thrice.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  thrice.shop.myfed.svc.cluster.local. 60 CNAME twice.shop.svc.cluster.local.
# What nobody knows: `negativeTtl`.
cluster east has shop/db type ExternalName external db.example.net
cluster east has shop/idle cluster-ip 10.96.0.2
cluster east has shop/asleep type ExternalName external idle.shop.svc.cluster.local
query db.shop.myfed.svc.cluster.local TXT from 10.244.0.1
  NOERROR aa
  db.shop.myfed.svc.cluster.local. 5 CNAME db.example.net.
query asleep.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  asleep.shop.myfed.svc.cluster.local. 5 CNAME idle.shop.svc.cluster.local.
# A hostname that leads back to us: its own TTL binds both aliases.
cluster east has shop/back type ExternalName external back.example.net
resolver says back.example.net 198.51.100.66 via cart.shop.myfed.svc.example.com ttl 40
query back.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  back.shop.myfed.svc.cluster.local. 40 CNAME back.example.net.
  back.example.net. 40 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query back.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  back.shop.myfed.svc.cluster.local. 40 CNAME back.example.net.
