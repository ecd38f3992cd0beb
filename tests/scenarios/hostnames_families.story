# A hostname's families come one by one. What comes counts when it comes; what was known of the other stays.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart hostname lb.example.net ready 1
clusters sync
# The A came, the AAAA is waited for. The shard answers: health is one decision for both families. As nobody
# has spoken of the other family, it may come at any moment: nothing is kept for longer than 30 s.
resolver says lb.example.net 192.0.2.1 awaits ipv6 ttl 300
hostnames
  lb.example.net resolved for 0 s: 192.0.2.1; asked again in 60 s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 30 A 192.0.2.1
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# It is dropped.
resolver says lb.example.net 192.0.2.1 without ipv6 ttl 300
hostnames
  lb.example.net resolved for 0 s: 192.0.2.1; asked again in 60 s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 30 A 192.0.2.1
# It comes.
resolver says lb.example.net 192.0.2.1 2001:db8::1 ttl 300
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 AAAA 2001:db8::1
# The other way round: the A moves while the AAAA is waited for, and dropped.
resolver says lb.example.net 192.0.2.2 awaits ipv6 ttl 60
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 60 A 192.0.2.2
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 60 AAAA 2001:db8::1
resolver says lb.example.net 192.0.2.2 without ipv6 ttl 60
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 60 AAAA 2001:db8::1
# It has no A any more, and the AAAA is dropped: that counts, and what led to the AAAA holds.
resolver says lb.example.net without ipv6
hostnames
  lb.example.net resolved for 0 s: 2001:db8::1; asked again in 60 s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 60 AAAA 2001:db8::1
# It has no AAAA either, and the A is dropped: without addresses this is no fact.
resolver says lb.example.net without ipv4
hostnames
  lb.example.net failing for 0 s: 2001:db8::1; it has no address of one family, and the other fails; asked again in 60 s
query cart.shop.myfed.svc.a.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 60 AAAA 2001:db8::1
