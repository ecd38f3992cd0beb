# A Service with a `deletionTimestamp` is gone: its load balancer is being taken down. Where it was
# the only one, its names are gone too, also where all else fails open.
federation myfed example.com when-all-down all
cluster east zone b.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
cluster east has shop/cart 192.0.2.1 ready 1 deleting
log
  east leaves shop/cart: being deleted
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
cluster west loses shop/cart endpoints
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 198.51.100.1
cluster west has shop/cart 198.51.100.1 ready 1 deleting
log
  west leaves shop/cart: no ready endpoint
  shop/cart is down: west was the last cluster that answered; clients get every published address (`whenAllDown: all`, 30 s)
query cart.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
