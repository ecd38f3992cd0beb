# Address sets rotate cyclically, starting at `draw`; CNAMEs never move, owners stand in the chain's
# order. Both families rotate.
federation myfed example.com
cluster east zone b.us
cluster west zone b.eu
cluster west has shop/cart 192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2 ready 1
clusters sync
query cart.shop.myfed.svc.example.com A draw 0
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.example.com A draw 1
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.example.com A draw 2
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.example.com A draw 3
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.example.com AAAA draw 1
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 AAAA 2001:db8::2
  cart.shop.myfed.svc.example.com. 180 AAAA 2001:db8::1
query cart.shop.myfed.svc.b.us.example.com A draw 1
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.example.com A draw 18446744073709551615
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
