# TTL: the federation's, or the least of those that published shards ask for; a cluster without one
# has no say, an invalid one is a complaint. CNAME and addresses alike.
federation myfed example.com ttl 300
federation brief second.example.com ttl 20
cluster east zone b.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 0
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 300 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 300 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 300 A 198.51.100.1
cluster east has shop/cart 192.0.2.1 ready 0 ttl 60
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 60 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 60 A 198.51.100.1
query cart.shop.brief.svc.b.eu.second.example.com A
  NOERROR aa
  cart.shop.brief.svc.b.eu.second.example.com. 60 A 198.51.100.1
cluster west has shop/cart 198.51.100.1 ready 1 ttl 15
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 15 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 15 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 15 A 198.51.100.1
cluster west has shop/cart 198.51.100.1 ready 1 bad-ttl soon
complaints
  west: service shop/cart: annotation fedns.dev/ttl: "soon" is ignored; expected seconds, or a duration such as 30s
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 60 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 60 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 60 A 198.51.100.1
# A shard that is not published has no say.
cluster east has shop/cart 192.0.2.1 ready 1 ttl 60 opted-out
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 300 A 198.51.100.1
cluster west has shop/cart 198.51.100.1 ready 1 ttl 0
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 0 A 198.51.100.1
complaints
