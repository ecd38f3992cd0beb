# `onClusterLost: withdraw` and `staleLimit`: then silence ends what was said, and nothing else of the
# service. Names exist as before; nothing is compiled again.
federation myfed example.com when-all-down nodata
federation open example.net when-all-down all
federation last example.org when-all-down last
entry east when-silent withdraw
entry west stale-limit 3600
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/lone 192.0.2.9 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
log
at 10s
cluster east lost time-out
at 70s
log
  shop/lone is down: no cluster answers any more; clients get every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in myfed, last
  east is silent for 60 s: answers go without its 2 services, as its entry says
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
# All down is what whenAllDown says, of what was healthy when it was seen last.
query lone.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000070 60 30 1209600 5
query lone.shop.open.svc.example.net A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  lone.shop.open.svc.example.net. 30 A 192.0.2.9
query lone.shop.last.svc.example.org A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  lone.shop.last.svc.example.org. 30 A 192.0.2.9
cluster west lost time-out
at 1000s
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
at 3671s
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700003671 60 30 1209600 5
log
  west is silent for 930 s: clients go on to get what its 1 service had last
  shop/cart is down: no cluster answers any more; clients get every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in myfed, last
  west is silent for 3601 s: answers go without its 1 service, as its entry says
# Heard again: all that it said last is there at once.
cluster east reached
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
log
  shop/cart answers again; it was down for 0 s
  shop/lone answers again; it was down for 60 min
  east is heard again
# A limit that the operator sets now holds from the start of the silence.
entry west stale-limit 999999
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
log
  west is silent for 3601 s: clients go on to get what its 1 service had last
