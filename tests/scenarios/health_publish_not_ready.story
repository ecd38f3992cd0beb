# `publishNotReadyAddresses` makes every endpoint count as ready, but an endpoint there must be.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 not-ready 2 publish-not-ready
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
cluster east has shop/cart 192.0.2.1 not-ready 0 publish-not-ready
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster east has shop/cart 192.0.2.1 not-ready 2
log
  east leaves shop/cart: no ready endpoint
  shop/cart is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
