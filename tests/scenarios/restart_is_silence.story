# What an earlier run kept answers at once, and is no word of the cluster: until that is read it
# counts as silent since the restart, and its entry says what becomes of that.
federation myfed example.com
entry east
entry west when-silent withdraw
entry north stale-limit 3600
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
cluster north zone c.ca
cluster north has shop/cart 192.0.2.3 ready 1
clusters sync
log
at 100s
restarts
log
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
at 159s
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# RFC 8914, section 4.4: EDE 3, "Stale Answer": the resolver was unable to resolve the answer within its
# time limits and decided to answer with previously cached data instead of an error.
at 160s
log
  east is silent for 60 s: clients go on to get what its 1 service had last
  west is silent for 60 s: answers go without its 1 service, as its entry says
  north is silent for 60 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.c.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.c.ca.example.com. 180 A 192.0.2.3
# Once it is read, it is heard; what it does not list is gone then.
cluster east zone a.us
cluster east has shop/cart 192.0.2.4 ready 1
cluster east syncs
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
cluster west syncs
log
  east moves shop/cart to 192.0.2.4
  east is heard again
  west is heard again
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.4
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
at 3700s
log
  north is silent for 3600 s: answers go without its 1 service, as its entry says
query cart.shop.myfed.svc.c.ca.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.c.ca.example.com. 180 CNAME cart.shop.myfed.svc.ca.example.com.
  cart.shop.myfed.svc.ca.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.4
