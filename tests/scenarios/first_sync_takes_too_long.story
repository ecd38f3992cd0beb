# `syncGrace` (30 s) bounds how long answers wait for clusters. Then the way leads on, but a name that
# nobody has is still not denied: a cluster that never spoke may have it.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 0
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
cluster lost nowhere
cluster east syncs
cluster west syncs
at 29s
query cart.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query cart.shop.myfed.svc.b.eu.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.eu.example.com. 180 A 198.51.100.1
at 30s
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 5 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 5 A 198.51.100.1
query pay.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query www.sub.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
# Ready stays ready, also when clusters are added.
cluster late nowhere
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 5 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 5 A 198.51.100.1
cluster lost syncs
cluster late syncs
query pay.shop.myfed.svc.b.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000029 60 30 1209600 5
