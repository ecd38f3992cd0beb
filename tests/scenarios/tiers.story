# Weight 0 stands by, and so does a shard whose last endpoints terminate and serve on: they answer where no active shard
# is left in the world, for 30 s, the whole chain. Zones and regions lead on meanwhile: no form depends on a draw.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 2
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 weight 0 ready 1
cluster north zone c.eu
cluster north has shop/cart 192.0.2.3 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.3
log
cluster east endpoints shop/cart not-ready 2 terminating 1
cluster north endpoints shop/cart ready 0
log
  east waits behind others for shop/cart: standby: its last endpoints are terminating
  north leaves shop/cart: no ready endpoint
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 30 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.2
# The last of them that serves is gone, too.
cluster east endpoints shop/cart not-ready 2
query cart.shop.myfed.svc.c.eu.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.c.eu.example.com. 30 CNAME cart.shop.myfed.svc.eu.example.com.
  cart.shop.myfed.svc.eu.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.c.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.eu.example.com. 30 CNAME cart.shop.myfed.svc.eu.example.com.
  cart.shop.myfed.svc.eu.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.2
cluster west endpoints shop/cart ready 0
log
  east leaves shop/cart: no ready endpoint
  west leaves shop/cart: no ready endpoint
  shop/cart is down: west was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
