# `whenAllDown: last` gives the last healthy set, for 30 s at most, and only addresses that a Service
# still publishes: released cloud addresses can be taken over.
federation myfed example.com when-all-down last
cluster east zone b.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 198.51.100.1 198.51.100.2 ready 1
cluster east has shop/pay 192.0.2.7 ready 0
clusters sync
# None was seen healthy: NODATA.
query pay.shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# East falls first and is no part of the last healthy set.
cluster east loses shop/cart endpoints
cluster west loses shop/cart endpoints
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 30 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 198.51.100.1
  cart.shop.myfed.svc.example.com. 30 A 198.51.100.2
query cart.shop.myfed.svc.example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# West releases one of its addresses: it is not given any more.
cluster west has shop/cart 198.51.100.2 ready 0
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 198.51.100.2
# A new address of a Service that is not healthy was never healthy.
cluster west has shop/cart 198.51.100.2 198.51.100.9 ready 0
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 198.51.100.2
# The Service goes: nothing is left to give.
cluster west loses shop/cart
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Health returns, and falls again: the last healthy set is the new one.
cluster east endpoints shop/cart ready 1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
