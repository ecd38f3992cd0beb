# What watches a cluster panics, which is a fault of fedns: that cluster alone is silent, its facts
# stay, and it is heard again once all of it was read anew.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east file cart.yaml unreadable it holds nothing
cluster east syncs
cluster west zone b.us
cluster west has shop/pay 192.0.2.2 ready 1
cluster west syncs
log
  west joins shop/pay: 192.0.2.2
at 10s
cluster east panics a panic at src/x.rs:7
# What was said of its files is said again by whoever reads them anew.
complaints
  east: this is a fault of fedns: what watches it ended with a panic at src/x.rs:7; what it said before stays, and it is watched anew after a pause. Please report this line with the version of fedns
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# Again, before it was read: it is unheard since the first one.
at 40s
cluster east panics a panic at src/y.rs:8
at 70s
log
  east is silent for 60 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query pay.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  pay.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
# A list alone is not all; then all was read anew.
cluster east lists zone a.us ; shop/cart 192.0.2.9 ready 1
complaints
  east: this is a fault of fedns: what watches it ended with a panic at src/y.rs:8; what it said before stays, and it is watched anew after a pause. Please report this line with the version of fedns
cluster east syncs
log
  east moves shop/cart to 192.0.2.9
  east is heard again
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.9
# The complaint stays until the watch has gone on for long.
complaints
  east: this is a fault of fedns: what watches it ended with a panic at src/y.rs:8; what it said before stays, and it is watched anew after a pause. Please report this line with the version of fedns
cluster east is-well
complaints
# A folder's files have other numbers when they are read anew: what is not there any more goes once
# all of them were read, and not while one of them can not be.
cluster east has shop/old 192.0.2.3 ready 1
cluster east panics a panic at src/x.rs:7 renumbered
cluster east lists zone a.us ; shop/cart 192.0.2.9 ready 1 from 9
cluster east syncs partly
query old.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  old.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.3
cluster east syncs
query old.shop.myfed.svc.a.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000070 60 30 1209600 5
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.9
# Before a cluster has said anything nothing changes by it.
cluster north panics a panic at src/x.rs:7
complaints
  east: this is a fault of fedns: what watches it ended with a panic at src/x.rs:7; what it said before stays, and it is watched anew after a pause. Please report this line with the version of fedns
  north: this is a fault of fedns: what watches it ended with a panic at src/x.rs:7; what it said before stays, and it is watched anew after a pause. Please report this line with the version of fedns
