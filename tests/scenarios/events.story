# What changed, when, and why: a cluster that is read is one event, whatever it has.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/web 192.0.2.2 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.3 ready 1
cluster far zone c.eu
cluster far has shop/cart 192.0.2.4 ready 1
at 2s
clusters sync
events
  2s cluster info: east is synced: read and heard, with 2 services; it was awaited for 2 s
  2s cluster info: west is synced: read and heard, with 1 service; it was awaited for 2 s
  2s cluster info: far is synced: read and heard, with 1 service; it was awaited for 2 s
# So is one that comes later.
cluster late zone a.us
cluster late has shop/web 192.0.2.9 ready 1
cluster late has shop/cart 192.0.2.5 ready 1
at 4s
cluster late syncs
events
  4s cluster info: late is synced: read and heard, with 2 services; it was awaited for 2 s
# Who leaves, and which level answers there then; nothing of levels where others stand at the same place.
at 10s
cluster late loses shop/cart endpoints
events
  10s service info: late leaves shop/cart: no ready endpoint
at 11s
cluster east loses shop/cart endpoints
events
  11s service info: east leaves shop/cart: no ready endpoint; at a.us the region answers
at 12s
cluster west loses shop/cart endpoints
events
  12s service info: west leaves shop/cart: no ready endpoint; at b.us the world answers
at 13s
cluster far loses shop/cart endpoints
events
  13s service info: far leaves shop/cart: no ready endpoint
  13s service warning: shop/cart is down: far was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
# The first that is back says for how long it was down.
at 60s
cluster east endpoints shop/cart ready 1
events
  60s service info: east joins shop/cart: 192.0.2.1
  60s service info: shop/cart answers again in east; it was down for 47 s
# Other addresses, and what makes no difference to anybody.
cluster east has shop/cart 192.0.2.7 ready 1
cluster east has shop/cart 192.0.2.7 ready 2
events
  60s service info: east moves shop/cart to 192.0.2.7
