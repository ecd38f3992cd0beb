# A cluster whose `kube-system` namespace has another UID than before is another cluster: old facts
# stay, with a complaint, until its entry or credentials change, `staleLimit` passes, or an operator
# accepts it.
federation myfed example.com
entry east guard 50
cluster east is one
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east syncs
log
at 10s
cluster east is two
complaints
  east: its API server is now that of another cluster (kube-system has UID two); what the former one said stays. If that is meant, say `fedns clusters accept NAME`
# What the other one says is not heard.
cluster east lists nothing
cluster east has shop/cart 192.0.2.66 ready 1
cluster east syncs
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
at 70s
log
  east is silent for 60 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# The former one is back: what it said meanwhile has to be listed.
cluster east is one
log
  east is heard again
  east is to list again
complaints
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# An operator accepts: the former facts stay until the new cluster has said what it has.
cluster east is two
cluster east accepted
log
  east is to list again
complaints
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
cluster east lists zone b.us ; shop/pay 192.0.2.7 ready 1
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
cluster east syncs
query cart.shop.myfed.svc.a.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000070 60 30 1209600 5
query pay.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  pay.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.7
log
  east joins shop/pay: 192.0.2.7
  east leaves shop/cart: no Service of that name
# `staleLimit` accepts by itself.
entry west stale-limit 600
cluster west is one
cluster west zone c.us
cluster west has shop/cart 192.0.2.3 ready 1
cluster west syncs
at 100s
cluster west is three
at 700s
log
  west joins shop/cart: 192.0.2.3
  west is to list again
complaints
