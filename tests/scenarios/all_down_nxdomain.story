# `whenAllDown: nxdomain`: the chain, then NXDOMAIN, as Federation v1. RFC 6604, section 2.1: the
# rcode is that of the last name; the SOA stands behind the chain (RFC 2308, section 2.1).
federation myfed example.com when-all-down nxdomain
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 0
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.us.example.com MX
  NXDOMAIN aa
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# A CNAME asked for is found, and not followed.
query cart.shop.myfed.svc.b.us.example.com CNAME
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
# The names above the service exist all the same.
query shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
