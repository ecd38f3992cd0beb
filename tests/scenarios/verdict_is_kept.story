# What was missed before a restart is missed after it, by its own age; also where the wall clock was set back.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/new 192.0.2.9 ready 0 not-ready 1
clusters sync
at 10s
cluster east loses shop/cart endpoints
at 3600s
restarts
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 0 not-ready 1
cluster east has shop/new 192.0.2.9 ready 0 not-ready 1
clusters sync
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 59 min)
  clusters: 1 synced; services: 1 down, 1 idle
at 604809s
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 6 days)
  clusters: 1 synced; services: 1 down, 1 idle
at 604870s
verdict
  fine
  1 cluster read and heard; 0 services answered, 2 idle
  clusters: 1 synced; services: 2 idle
