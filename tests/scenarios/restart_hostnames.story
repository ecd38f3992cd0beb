# The last good addresses of hostnames outlive a restart: until one is asked again it counts as failing
# since then, which is no reason to stop answering. The world is asked to resolve it at once.
federation myfed example.com
entry east
entry west hostname-stale-limit 50
cluster east zone a.us
cluster east has shop/cart hostname lb.example.net ready 1
cluster east has shop/new hostname new.example.net ready 1
cluster west zone b.us
cluster west has shop/cart hostname lb.example.net ready 1
clusters sync
resolver says lb.example.net 192.0.2.1 2001:db8::1
log
  east joins shop/cart: 192.0.2.1, 2001:db8::1
  west joins shop/cart: 192.0.2.1, 2001:db8::1
at 100s
restarts
log
hostnames
  lb.example.net failing for 0 s: 192.0.2.1, 2001:db8::1; it was not asked for since the restart; asked again in 0 s
  new.example.net untried for 0 s
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 30 A 192.0.2.1
query new.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  new.shop.myfed.svc.a.us.example.com. 5 CNAME new.shop.myfed.svc.us.example.com.
  new.shop.myfed.svc.us.example.com. 5 CNAME new.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000100 60 30 1209600 5
at 150s
hostnames
  lb.example.net stale for 0 s: 192.0.2.1, 2001:db8::1; it was not asked for since the restart; asked again in 0 s
  new.example.net untried for 50 s
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 30 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 30 A 192.0.2.1
resolver says lb.example.net 192.0.2.7
hostnames
  lb.example.net resolved for 0 s: 192.0.2.7; asked again in 60 s
  new.example.net untried for 50 s
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.7
