# More than `maxAddresses` (here 2 a family): the first so many of the rotated set, so that answers
# fit UDP and yet every address gets its share.
federation myfed example.com
settings max-addresses 2
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 192.0.2.2 192.0.2.3 2001:db8::1 2001:db8::2 2001:db8::3 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A draw 0
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.b.us.example.com A draw 1
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
query cart.shop.myfed.svc.b.us.example.com A draw 2
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com AAAA draw 2
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 AAAA 2001:db8::3
  cart.shop.myfed.svc.b.us.example.com. 180 AAAA 2001:db8::1
query cart.shop.myfed.svc.b.us.example.com A tcp draw 1
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
