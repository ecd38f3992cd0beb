# A drained cluster is reserve: others answer in its place, and it answers where nobody else does. What may change by an
# end lives no longer than until then, and 5 s at least.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/lone 192.0.2.9 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
drain cluster east until 1000
log
  drain of cluster east is in force until 2023-11-14T22:30:00Z, by ada: maintenance
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
query lone.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  lone.shop.myfed.svc.a.us.example.com. 30 CNAME lone.shop.myfed.svc.us.example.com.
  lone.shop.myfed.svc.us.example.com. 30 CNAME lone.shop.myfed.svc.example.com.
  lone.shop.myfed.svc.example.com. 30 A 192.0.2.9
query lone.shop.myfed.svc.eu.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
at 900s
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 100 A 192.0.2.2
# Where east does not stand nothing will change.
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
at 998s
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 5 A 192.0.2.2
at 1000s
log
  drain of cluster east ends, by ada: maintenance
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# A drained service inside of a drained region ends first, and is told by all that it is about.
drain region us until 3000
drain service shop/cart in west until 1101
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.2
query lone.shop.myfed.svc.us.example.com A
  NOERROR aa
  lone.shop.myfed.svc.us.example.com. 30 CNAME lone.shop.myfed.svc.example.com.
  lone.shop.myfed.svc.example.com. 30 A 192.0.2.9
# Hard drains give nothing, and names go on to exist.
release all
drain hard service shop/cart until 2000
log
  drain of region us is in force until 2023-11-14T23:03:20Z, by ada: maintenance
  west waits behind others for shop/cart: reserve: drained
  drain of service shop/cart in west is in force until 2023-11-14T22:31:41Z, by ada: maintenance
  west joins shop/cart: 192.0.2.2
  drain of region us ends, by ada: maintenance
  drain of service shop/cart in west ends, by ada: maintenance
  east leaves shop/cart: drained hard
  west leaves shop/cart: drained hard
  shop/cart is down: west was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
  hard drain of service shop/cart is in force until 2023-11-14T22:46:40Z, by ada: maintenance
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700001000 60 30 1209600 5
release
pin shop/cart west until 2000
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 A 192.0.2.2
cluster west endpoints shop/cart ready 0
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 30 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 30 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
log
  east joins shop/cart: 192.0.2.1
  west joins shop/cart: 192.0.2.2
  shop/cart answers again in east; it was down for 0 s
  hard drain of service shop/cart ends, by ada: maintenance
  east waits behind others for shop/cart: reserve: pinned to another cluster
  pin of service shop/cart to west is in force until 2023-11-14T22:46:40Z, by ada: maintenance
  west leaves shop/cart: no ready endpoint
