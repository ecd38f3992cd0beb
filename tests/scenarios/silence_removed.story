# A cluster is taken out of the configuration while it is silent: that is the operator's word, and holds
# at once. What stays rests on nobody who is silent: no RFC 8914 code 3 any more.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
log
at 100s
cluster west lost connection refused
at 160s
log
  west is silent for 60 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
cluster west ends
log
  west leaves shop/cart: the cluster is no longer registered
query cart.shop.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000160 60 30 1209600 5
# Days later nothing of it is left that could have an end.
at 259200s
query cart.shop.myfed.svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
log
