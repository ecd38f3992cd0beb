# `hostnameStaleLimit` of a cluster, off where none is given: how long the last good addresses
# count of a hostname that can not be resolved any more. Two clusters name the same one.
federation myfed example.com
entry east hostname-stale-limit 100
cluster east zone a.us
cluster west zone b.eu
cluster east has shop/cart hostname lb.example.net ready 1
cluster west has shop/cart hostname lb.example.net ready 1
clusters sync
resolver says lb.example.net 192.0.2.1 2001:db8::1
# However long its TTL is: time counts from the first failure on.
at 1000s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
resolver fails lb.example.net
at 1099s
resolver fails lb.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
hostnames
  lb.example.net failing for 99 s: 192.0.2.1, 2001:db8::1; SERVFAIL; asked again in 60 s
at 1100s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 180 A 192.0.2.1
hostnames
  lb.example.net stale for 0 s: 192.0.2.1, 2001:db8::1; SERVFAIL; asked again in 59 s
# One family comes back, then the other.
at 1110s
resolver says lb.example.net 192.0.2.2 without ipv6
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700001110 60 30 1209600 5
query cart.shop.myfed.svc.b.eu.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 180 AAAA 2001:db8::1
resolver says lb.example.net 192.0.2.2 2001:db8::2
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 AAAA 2001:db8::2
# Another limit counts at once.
resolver fails lb.example.net
at 1200s
entry east hostname-stale-limit 30
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
entry east
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.2
log
  east joins shop/cart: 192.0.2.1, 2001:db8::1
  west joins shop/cart: 192.0.2.1, 2001:db8::1
  east leaves shop/cart: its load-balancer hostname is not resolved
  east joins shop/cart: 192.0.2.2
  west moves shop/cart to 192.0.2.2, 2001:db8::1
  east moves shop/cart to 192.0.2.2, 2001:db8::2
  west moves shop/cart to 192.0.2.2, 2001:db8::2
  east leaves shop/cart: its load-balancer hostname is not resolved
  east joins shop/cart: 192.0.2.2, 2001:db8::2
