# Health is one decision for both families. A level with healthy shards but no address of the asked
# family is NODATA, no way onwards: RFC 1034, section 3.6.2: "If a CNAME RR is present at a node, no
# other data should be present".
federation myfed example.com
cluster east zone b.us
cluster west zone b.eu
cluster far zone z.jp
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 2001:db8::1 ready 1
cluster far has shop/cart 203.0.113.7 2001:db8::7 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.b.eu.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 180 AAAA 2001:db8::1
query cart.shop.myfed.svc.z.jp.example.com A
  NOERROR aa
  cart.shop.myfed.svc.z.jp.example.com. 180 A 203.0.113.7
query cart.shop.myfed.svc.z.jp.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.z.jp.example.com. 180 AAAA 2001:db8::7
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 203.0.113.7
query cart.shop.myfed.svc.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 AAAA 2001:db8::1
  cart.shop.myfed.svc.example.com. 180 AAAA 2001:db8::7
# Behind a chain NODATA is said of the chain's last name (RFC 2308, section 2.2).
cluster east loses shop/cart endpoints
cluster far loses shop/cart endpoints
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.b.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 AAAA 2001:db8::1
