# `whenAllDown: all` fails open: every published address, for 30 s at most. What is not published does
# not count: deleted, opted out, refused, another type.
federation myfed example.com when-all-down all
entry guest addresses 203.0.113.0/24
cluster east zone b.us
cluster west zone b.eu
cluster guest zone z.jp
cluster east has shop/cart 192.0.2.1 2001:db8::1 ready 0
cluster west has shop/cart 198.51.100.1 ready 0
cluster guest has shop/cart 203.0.113.1 192.0.2.99 ready 0
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 30 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 30 A 198.51.100.1
  cart.shop.myfed.svc.example.com. 30 A 203.0.113.1
query cart.shop.myfed.svc.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 AAAA 2001:db8::1
query cart.shop.myfed.svc.example.com MX
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster west has shop/cart 198.51.100.1 ready 0 opted-out
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 30 A 203.0.113.1
# A TTL below 30 s stays what it is.
cluster east has shop/cart 192.0.2.1 ready 0 ttl 10
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 10 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 10 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 10 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 10 A 203.0.113.1
# One shard heals: it alone answers, as long as ever.
cluster guest endpoints shop/cart ready 1
cluster east has shop/cart 192.0.2.1 ready 0
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 203.0.113.1
