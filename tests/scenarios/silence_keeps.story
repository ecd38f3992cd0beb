# A cluster that falls silent states nothing: its last facts stay. EDE 3 where an answer rests on a
# cluster silent for 60 s. RFC 8914, section 4.4: 3 is "Stale Answer".
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
cluster west has shop/pay 192.0.2.3 ready 1
clusters sync
log
at 100s
cluster east lost connection refused
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# Not yet: an API server that is restarted is back within a minute.
at 159s
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
log
at 160s
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
log
  east is silent for 60 s: clients go on to get what its 1 service had last
# Without EDNS there is no place to say so, and the answer is the same.
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# What does not rest on east says nothing of it.
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
# The region's answer holds an address of east.
query cart.shop.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
# That pay is not in zone a is the last word of east.
query pay.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  pay.shop.myfed.svc.a.us.example.com. 180 CNAME pay.shop.myfed.svc.us.example.com.
  pay.shop.myfed.svc.us.example.com. 180 A 192.0.2.3
query pay.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  pay.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
# Days later nothing else is true, and the reason may change.
at 259200s
cluster east lost no route to host
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
log
# A fact is a fact, also of a cluster that was silent.
cluster east reached
cluster east endpoints shop/cart ready 0 not-ready 1
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
log
  east is heard again
  east leaves shop/cart: no ready endpoint
