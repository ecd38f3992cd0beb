# A source that holds nothing, where an earlier run kept facts, is mostly one that is not mounted, or an
# API server restored from nothing: it is not believed, and is silence since the restart.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east syncs
restarts
at 10s
cluster east lists nothing
cluster east syncs
complaints
  east: its source holds nothing, which is not believed: what an earlier run kept of it answers until the source holds an object. If the cluster is empty, take its entry out
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
at 60s
log
  east is silent for 60 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# Something in it, and it is believed as a whole.
cluster east zone a.us
complaints
log
  east leaves shop/cart: no Service of that name
  east is heard again
query cart.shop.myfed.svc.a.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000060 60 30 1209600 5
