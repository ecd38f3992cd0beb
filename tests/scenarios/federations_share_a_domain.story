# Several federations may share a domain. Of the apex they share, the name servers are the union, and
# the first is the SOA's.
federation one example.com ttl 60 ns a.example.com 192.0.2.53 ns b.example.net 192.0.2.54
federation two example.com ttl 90 when-all-down nxdomain ns c.example.com 192.0.2.55,2001:db8::55 ns a.example.com 192.0.2.53
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query cart.shop.one.svc.b.us.example.com A
  NOERROR aa
  cart.shop.one.svc.b.us.example.com. 60 A 192.0.2.1
query cart.shop.two.svc.b.us.example.com A
  NOERROR aa
  cart.shop.two.svc.b.us.example.com. 90 A 192.0.2.1
query one.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA a.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com SOA
  NOERROR aa
  example.com. 60 SOA a.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com NS
  NOERROR aa
  example.com. 3600 NS a.example.com.
  example.com. 3600 NS b.example.net.
  example.com. 3600 NS c.example.com.
  ; additional
  a.example.com. 3600 A 192.0.2.53
  c.example.com. 3600 A 192.0.2.55
  c.example.com. 3600 AAAA 2001:db8::55
query c.example.com AAAA
  NOERROR aa
  c.example.com. 3600 AAAA 2001:db8::55
cluster east loses shop/cart endpoints
query cart.shop.one.svc.us.example.com A
  NOERROR aa
  cart.shop.one.svc.us.example.com. 60 CNAME cart.shop.one.svc.example.com.
  ; authority
  example.com. 5 SOA a.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.two.svc.us.example.com A
  NXDOMAIN aa
  cart.shop.two.svc.us.example.com. 90 CNAME cart.shop.two.svc.example.com.
  ; authority
  example.com. 5 SOA a.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
