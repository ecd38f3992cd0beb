# What a Service itself says drains this cluster's shard alone; what its end changes lives no longer than that. Whoever
# sets the wall clock brings the end nearer, or what ended back.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1 drained 100
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 100 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 100 A 192.0.2.2
restarts
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 100 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 100 A 192.0.2.2
at 50s
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 50 A 192.0.2.2
wall-clock 1700000200
at 81s
log
  east joins shop/cart: 192.0.2.1
  east is silent for 81 s: clients go on to get what its 1 service had last
  west is silent for 81 s: clients go on to get what its 1 service had last
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
wall-clock 1700000000
cluster west endpoints shop/cart ready 1
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 100 A 192.0.2.2
