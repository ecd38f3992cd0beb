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
query cart.shop.myfed.svc.example.com A
log
cluster east endpoints shop/cart not-ready 2 terminating 1
cluster north endpoints shop/cart ready 0
log
query cart.shop.myfed.svc.a.us.example.com A edns
# The last of them that serves is gone, too.
cluster east endpoints shop/cart not-ready 2
query cart.shop.myfed.svc.c.eu.example.com AAAA
query cart.shop.myfed.svc.c.eu.example.com A
cluster west endpoints shop/cart ready 0
log
query cart.shop.myfed.svc.example.com A
