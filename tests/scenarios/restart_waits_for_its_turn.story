# Behind a restart few clusters are listed at once. That one waits for its turn is our own wish and no
# silence of the cluster, for as long as its server answers: what an earlier run kept is told as ever.
federation myfed example.com
entry east
entry west when-silent withdraw
entry north when-silent withdraw
entry south
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
cluster north zone c.ca
cluster north has shop/cart 192.0.2.3 ready 1
cluster south zone d.ca
cluster south has shop/cart 192.0.2.4 ready 1
clusters sync
log
at 100s
restarts
at 102s
cluster east waits
cluster west waits
cluster north waits
log
at 165s
log
  south is silent for 65 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
# Of the one whose server was never asked nothing is heard since the restart.
query cart.shop.myfed.svc.d.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.d.ca.example.com. 180 A 192.0.2.4
# A server that ceases to answer while its cluster waits is silent, since then.
at 170s
cluster north lost took too long
at 229s
query cart.shop.myfed.svc.c.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.c.ca.example.com. 180 A 192.0.2.3
at 230s
log
  north is silent for 60 s: answers go without its 1 service, as its entry says
query cart.shop.myfed.svc.c.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.c.ca.example.com. 180 CNAME cart.shop.myfed.svc.ca.example.com.
  cart.shop.myfed.svc.ca.example.com. 180 A 192.0.2.4
# It answers again, and waits again: a silence that counts is over when something is seen of the cluster.
at 240s
cluster north waits
log
query cart.shop.myfed.svc.c.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.c.ca.example.com. 180 CNAME cart.shop.myfed.svc.ca.example.com.
  cart.shop.myfed.svc.ca.example.com. 180 A 192.0.2.4
at 250s
cluster north reached
log
  north is heard again
query cart.shop.myfed.svc.c.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.c.ca.example.com. 180 A 192.0.2.3
# A list that moves is sight, however long it takes.
at 260s
cluster east reached
at 400s
log
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# The silence before the turn is taken up by none after it.
cluster east lost connection refused
at 459s
log
at 460s
log
  east is silent for 60 s: clients go on to get what its 1 service had last
