# A domain below a region of another one owns the canonical names there, and those alone: whoever
# would be sent to such a name is sent to the world (the deepest apex owns the name).
federation myfed example.org
federation other svc.us.example.org
cluster east zone a.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.myfed.svc.us.example.org A
  NXDOMAIN aa
  ; authority
  svc.us.example.org. 5 SOA ns1.svc.us.example.org. hostmaster.svc.us.example.org. 1700000000 60 30 1209600 5
query cart.shop.myfed.us.example.org A
  NOERROR aa
  cart.shop.myfed.us.example.org. 180 A 192.0.2.1
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.a.us.example.org A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.org. 180 CNAME cart.shop.myfed.svc.example.org.
  cart.shop.myfed.svc.example.org. 180 A 192.0.2.2
query cart.shop.myfed.svc.a.example.org A
  NOERROR aa
  cart.shop.myfed.svc.a.example.org. 180 CNAME cart.shop.myfed.svc.example.org.
  cart.shop.myfed.svc.example.org. 180 A 192.0.2.2
query cart.shop.myfed.a.us.example.org A
  NOERROR aa
  cart.shop.myfed.a.us.example.org. 180 CNAME cart.shop.myfed.us.example.org.
  cart.shop.myfed.us.example.org. 180 CNAME cart.shop.myfed.example.org.
  cart.shop.myfed.example.org. 180 A 192.0.2.2
