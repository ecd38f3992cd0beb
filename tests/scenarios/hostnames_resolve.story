# Load-balancer hostnames are resolved in the background and again as their own TTL ends. A hostname
# that nobody has asked for yet: its shard is left out, and what leaves it out carries at most
# `negativeTtl`, because the shard may join a moment later.
federation myfed example.com
cluster east zone a.us
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
cluster east has shop/cart hostname lb.example.net ready 1
clusters sync
hostnames
  lb.example.net untried for 0 s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 5 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 5 A 198.51.100.1
# The first answer brings the shard in, with both families, and the TTL is the usual one.
resolver says lb.example.net 192.0.2.2 192.0.2.1 2001:db8::1
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 AAAA 2001:db8::1
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
# The addresses move. What is said again changes nothing.
at 60s
resolver says lb.example.net 192.0.2.3
at 120s
resolver says lb.example.net 192.0.2.3
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000120 60 30 1209600 5
hostnames
  lb.example.net resolved for 120 s: 192.0.2.3; asked again in 60 s
# Health is what it always is: an address, and a ready endpoint.
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
cluster east endpoints shop/cart ready 1
# `ip` and `hostname` in different entries: both count.
cluster east has shop/cart 192.0.2.9 hostname lb.example.net
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.9
# Nobody names it any more: it is forgotten, and asked for anew when somebody does.
cluster east has shop/cart 192.0.2.9
hostnames
cluster east has shop/cart hostname lb.example.net
hostnames
  lb.example.net untried for 0 s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 5 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 5 A 198.51.100.1
log
  east joins shop/cart: 192.0.2.1, 192.0.2.2, 2001:db8::1
  east moves shop/cart to 192.0.2.3
  east leaves shop/cart: no ready endpoint
  east joins shop/cart: 192.0.2.3
  east moves shop/cart to 192.0.2.9, 192.0.2.3
  east moves shop/cart to 192.0.2.9
  east leaves shop/cart: its load-balancer hostname is not resolved
complaints
