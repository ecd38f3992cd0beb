# At one owner the static zone wins whole; its cuts hide what federations have below; names of federations stop
# wildcards, empty non-terminals too.
zone example.com shared
federation myfed example.com
cluster east zone b.us
cluster west zone c.eu
cluster west has shop/cart 192.0.2.1 ready 1
cluster west has shop/cut 192.0.2.2 ready 1
cluster west has shop/web 192.0.2.3 ready 1
clusters sync
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 300 A 192.0.2.99
query cart.shop.myfed.svc.c.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.eu.example.com. 180 A 192.0.2.1
# The fallback leads to what the zone holds there.
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 300 A 192.0.2.99
query cut.shop.myfed.svc.example.com A
  NOERROR
  ; authority
  cut.shop.myfed.svc.example.com. 300 NS ns1.example.com.
  ; additional
  ns1.example.com. 300 A 192.0.2.53
query web.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  web.shop.myfed.svc.b.us.example.com. 180 CNAME web.shop.myfed.svc.us.example.com.
  web.shop.myfed.svc.us.example.com. 180 CNAME web.shop.myfed.svc.example.com.
  web.shop.myfed.svc.example.com. 180 A 192.0.2.3
query any.example.com TXT
  NOERROR aa
  any.example.com. 300 TXT everything else
query any.thing.example.com TXT
  NOERROR aa
  any.thing.example.com. 300 TXT everything else
query shop.myfed.svc.example.com TXT
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query eu.example.com TXT
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query none.shop.myfed.svc.example.com TXT
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query x.web.shop.myfed.svc.example.com TXT
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query web.shop.myfed.svc.example.com TXT
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query example.com SOA
  NOERROR aa
  example.com. 300 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
# Asked for inside a cluster.
entry west domain west.local networks 10.8.0.0/16
query cart.shop.myfed.svc.cluster.local A
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 300 A 192.0.2.99
query web.shop.myfed.svc.cluster.local A
  NOERROR aa
  web.shop.myfed.svc.cluster.local. 5 CNAME web.shop.myfed.svc.example.com.
  web.shop.myfed.svc.example.com. 180 A 192.0.2.3
zone example.com nothing
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
