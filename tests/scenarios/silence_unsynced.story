# A cluster that has never synced is awaited, and not silent: there are no last facts.
federation myfed example.com
cluster east zone a.us
cluster east lost connection refused
at 120s
log
query cart.shop.myfed.svc.a.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
cluster east reached
cluster east has shop/cart 192.0.2.1 ready 1
cluster east syncs
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
log
  east joins shop/cart: 192.0.2.1
