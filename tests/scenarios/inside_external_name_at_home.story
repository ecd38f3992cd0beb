# A name in a domain of ours that a Service stands for is followed by our own walk, and never asked
# of a resolver: it would ask us.
federation myfed example.com
federation other example.org ttl 60
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/near type ExternalName external cart.shop.myfed.svc.a.us.example.com
cluster east has shop/far type ExternalName external cart.shop.other.b.eu.example.org
cluster east has shop/none type ExternalName external none.shop.myfed.svc.example.com
cluster east has shop/inner type ExternalName external svc.example.com
cluster east has shop/apex type ExternalName external example.com
cluster east has shop/host type ExternalName external ns1.example.com
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
hostnames
complaints
query near.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  near.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query NEAR.shop.myfed.svc.cluster.local AAAA from 10.244.0.1
  NOERROR aa
  NEAR.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query far.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  far.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.other.b.eu.example.org.
  cart.shop.other.b.eu.example.org. 60 A 198.51.100.1
query near.shop.other.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  near.shop.other.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query near.shop.myfed.svc.cluster.local CNAME from 10.244.0.1
  NOERROR aa
  near.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
# RFC 6604, section 3: the rcode is that of the last name.
query none.shop.myfed.svc.cluster.local A from 10.244.0.1
  NXDOMAIN aa
  none.shop.myfed.svc.cluster.local. 5 CNAME none.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query inner.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  inner.shop.myfed.svc.cluster.local. 5 CNAME svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query apex.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 5 CNAME example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query apex.shop.myfed.svc.cluster.local MX from 10.244.0.1
  NOERROR aa
  apex.shop.myfed.svc.cluster.local. 5 CNAME example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query host.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  host.shop.myfed.svc.cluster.local. 5 CNAME ns1.example.com.
  ns1.example.com. 3600 A 192.0.2.53
cluster west loses shop/cart endpoints
query near.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  near.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.a.us.example.com.
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster west endpoints shop/cart ready 1
# A name elsewhere that leads back to us: the names on the way are left out.
cluster east has shop/back type ExternalName external back.example.net
resolver says back.example.net 198.51.100.66 via x.example.net,cart.shop.myfed.svc.example.com
query back.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  back.shop.myfed.svc.cluster.local. 5 CNAME back.example.net.
  back.example.net. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
complaints
# A reload makes a domain another one's.
federation-ends other
hostnames
  back.example.net own: it leads into a zone that is served here
  cart.shop.other.b.eu.example.org untried for 0 s
resolver says cart.shop.other.b.eu.example.org 203.0.113.1
query far.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  far.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.other.b.eu.example.org.
  cart.shop.other.b.eu.example.org. 5 A 203.0.113.1
