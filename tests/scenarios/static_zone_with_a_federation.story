# Names that people wrote lead into the federation, and have the addresses of names there.
zone example.com example.com
federation myfed example.com
settings negative-ttl 5
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/dead 192.0.2.2 ready 0 not-ready 1
clusters sync
query shop.example.com A
  NOERROR aa
  shop.example.com. 600 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query shop.example.com AAAA
  NOERROR aa
  shop.example.com. 600 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query shop.example.com CNAME
  NOERROR aa
  shop.example.com. 600 CNAME cart.shop.myfed.svc.example.com.
query alias.w.example.com A
  NOERROR aa
  alias.w.example.com. 300 CNAME shop.example.com.
  shop.example.com. 600 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# ALIAS: the addresses are its own, with the lesser TTL; other types are as without it.
query example.com A
  NOERROR aa
  example.com. 60 A 192.0.2.1
query example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query example.com TXT
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query down.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
# Names of the federated grammar are denied for as long as facts may change, others as the file says.
query nothing.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query nothing.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
# What limits the end limits what leads there (RFC 2181, section 5.2).
federation myfed example.com when-all-down all
query shop.example.com A
  NOERROR aa
  shop.example.com. 600 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query down.example.com A
  NOERROR aa
  down.example.com. 30 A 192.0.2.2
cluster east endpoints shop/cart ready 0 not-ready 1
query shop.example.com A
  NOERROR aa
  shop.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
query example.com A
  NOERROR aa
  example.com. 30 A 192.0.2.1
federation myfed example.com when-all-down nxdomain
query shop.example.com A
  NXDOMAIN aa
  shop.example.com. 600 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
