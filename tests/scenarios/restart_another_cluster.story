# Who a cluster is outlives a restart: another one behind the same address says nothing that counts.
federation myfed example.com
cluster east is uid-1
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east syncs
restarts
cluster east reached
cluster east is uid-2
cluster east lists shop/other 192.0.2.9 ready 1
cluster east syncs
complaints
  east: its API server is now that of another cluster (kube-system has UID uid-2); what the former one said stays. If that is meant, say `fedns clusters accept NAME`
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
at 60s
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# The right one comes back, and is asked for all that it has.
cluster east is uid-1
cluster east lists zone a.us ; shop/cart 192.0.2.2 ready 1
cluster east syncs
log
  east is silent for 60 s: clients go on to get what its 1 service had last
  east is heard again
  east is to list again
  east moves shop/cart to 192.0.2.2
complaints
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.2
