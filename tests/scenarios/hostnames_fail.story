# A resolver that fails or times out keeps the last good addresses; NXDOMAIN twice, 30 s apart, is a
# fact; one bad hostname touches no other shard.
federation myfed example.com
cluster east zone a.us
cluster west zone b.eu
cluster west has shop/cart hostname west.example.net ready 1
cluster east has shop/cart hostname east.example.net ready 1
clusters sync
resolver says west.example.net 198.51.100.1
# It fails at the first try: that is no fact, but it has been tried.
resolver fails east.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
resolver says east.example.net 192.0.2.1 2001:db8::1
at 60s
resolver fails east.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
complaints
resolver fails east.example.net
resolver fails east.example.net
complaints
  east: service shop/cart: load-balancer hostname east.example.net can not be resolved; what it resolved to before, if anything, stays until `hostnameStaleLimit`
hostnames
  east.example.net failing for 0 s: 192.0.2.1, 2001:db8::1; SERVFAIL; asked again in 60 s
  west.example.net resolved for 60 s: 198.51.100.1; asked again in 0 s
# One family alone fails: the other one follows, its own last good addresses stay.
at 70s
resolver says east.example.net 192.0.2.2 without ipv6
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 AAAA 2001:db8::1
complaints
# NXDOMAIN is no fact as long as it was said once, or twice within 30 s.
at 100s
resolver denies east.example.net
at 129s
resolver denies east.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.2
# A failure in between says nothing.
resolver fails east.example.net
at 130s
resolver denies east.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
hostnames
  east.example.net gone for 0 s; NXDOMAIN; asked again in 60 s
  west.example.net resolved for 130 s: 198.51.100.1; asked again in 0 s
complaints
  east: service shop/cart: load-balancer hostname east.example.net does not exist (NXDOMAIN twice); its addresses are withdrawn
# What fails then says nothing against the fact.
at 140s
resolver fails east.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
# The load balancer is made anew.
at 150s
resolver says east.example.net 192.0.2.7
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.7
complaints
# Denied, then answered, then denied: the count begins again.
at 160s
resolver denies east.example.net
at 170s
resolver says east.example.net 192.0.2.7
at 191s
resolver denies east.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.7
log
  west joins shop/cart: 198.51.100.1
  east joins shop/cart: 192.0.2.1, 2001:db8::1
  east moves shop/cart to 192.0.2.2, 2001:db8::1
  east leaves shop/cart: its load-balancer hostname is not resolved
  east joins shop/cart: 192.0.2.7
