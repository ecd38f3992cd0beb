# What a cluster that was never read could change ends where its entry ends: `namespaces`, `region`, `zones`.
federation myfed example.com
entry pays namespaces pay-* region us zones a
entry eu region eu
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has pay-in/card 192.0.2.2 ready 1
cluster east has pay-in/down 192.0.2.3 ready 0
cluster west zone b.us
cluster west has shop/cart 192.0.2.4 ready 1
cluster west has pay-in/card 192.0.2.5 ready 1
cluster north zone c.eu
cluster north has shop/cart 192.0.2.6 ready 1
cluster east syncs
cluster west syncs
cluster north syncs
# While answers wait, they wait for nobody who could not change them.
query down.pay-in.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
at 30s
unread
  ready; never read: pays, eu
# `pays` may publish nothing of shop, and `eu` stands in none of these places.
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.4
# `pays` may stand in its zone, and so in the region and the world.
query card.pay-in.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  card.pay-in.myfed.svc.a.us.example.com. 5 A 192.0.2.2
query card.pay-in.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  card.pay-in.myfed.svc.us.example.com. 5 A 192.0.2.2
  card.pay-in.myfed.svc.us.example.com. 5 A 192.0.2.5
query card.pay-in.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  card.pay-in.myfed.svc.b.us.example.com. 180 A 192.0.2.5
# A way that leads to where something may be missing is as short as that.
query down.pay-in.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.pay-in.myfed.svc.b.us.example.com. 5 CNAME down.pay-in.myfed.svc.us.example.com.
  down.pay-in.myfed.svc.us.example.com. 5 CNAME down.pay-in.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
query down.pay-in.myfed.svc.b.us.example.com CNAME edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.pay-in.myfed.svc.b.us.example.com. 5 CNAME down.pay-in.myfed.svc.us.example.com.
# `eu` stands in any zone of its region.
query cart.shop.myfed.svc.c.eu.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.c.eu.example.com. 5 A 192.0.2.6
query cart.shop.myfed.svc.eu.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.eu.example.com. 5 A 192.0.2.6
query cart.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.example.com. 5 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 5 A 192.0.2.4
  cart.shop.myfed.svc.example.com. 5 A 192.0.2.6
# An entry that is changed to say less is believed at once.
entry eu namespaces none
query cart.shop.myfed.svc.c.eu.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.c.eu.example.com. 180 A 192.0.2.6
query cart.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.4
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.6
cluster pays ends
query card.pay-in.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  card.pay-in.myfed.svc.a.us.example.com. 180 A 192.0.2.2
unread
  ready; never read: eu
