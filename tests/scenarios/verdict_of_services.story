# A service that did well within a week is missed, as long as some cluster has an endpoint of it, or had one within
# the hour: it is down. Another one that does not answer is idle, and hurts nobody.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/new 192.0.2.9 not-ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
log
verdict
  fine
  2 clusters read and heard; 1 service answered, 1 idle
  clusters: 2 synced; services: 1 healthy, 1 idle
# One of two clusters: nobody is hurt.
at 10s
cluster east loses shop/cart endpoints
log
  east leaves shop/cart: no ready endpoint
verdict
  fine
  2 clusters read and heard; 1 service answered, 1 idle
  clusters: 2 synced; services: 1 degraded, 1 idle
# The last one leaves.
at 20s
cluster west loses shop/cart endpoints
log
  west leaves shop/cart: no ready endpoint
  shop/cart is down: west was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
at 62s
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 42 s)
  clusters: 2 synced; services: 1 down, 1 idle
cluster west endpoints shop/cart ready 1
log
  west joins shop/cart: 192.0.2.2
  shop/cart answers again in west; it was down for 42 s
verdict
  fine
  2 clusters read and heard; 1 service answered, 1 idle
  clusters: 2 synced; services: 1 degraded, 1 idle
# Scaled to nothing in one cluster, and then everywhere: it is missed for an hour, and then idle.
cluster east has shop/cart 192.0.2.1
cluster east loses shop/cart slice
cluster west loses shop/cart slice
at 100s
log
  west leaves shop/cart: no ready endpoint
  shop/cart is down: west was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 38 s)
  clusters: 2 synced; services: 1 down, 1 idle
at 3700s
verdict
  fine
  2 clusters read and heard; 0 services answered, 2 idle
  clusters: 2 synced; services: 2 idle
# Endpoints that do not get ready: somebody wants it again, and it did well within a week.
cluster west endpoints shop/cart ready 0 not-ready 1
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 60 min)
  clusters: 2 synced; services: 1 down, 1 idle
cluster west endpoints shop/cart ready 1
log
  west joins shop/cart: 192.0.2.2
  shop/cart answers again in west; it was down for 60 min
verdict
  fine
  2 clusters read and heard; 1 service answered, 1 idle
  clusters: 2 synced; services: 1 degraded, 1 idle
# Not for ever: after a week nobody misses it.
cluster west loses shop/cart endpoints
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 0 s)
  clusters: 2 synced; services: 1 down, 1 idle
at 608600s
verdict
  fine
  2 clusters read and heard; 0 services answered, 2 idle
  clusters: 2 synced; services: 2 idle
# A cluster that is withdrawn takes its services with it.
entry east when-silent withdraw
cluster east endpoints shop/cart ready 1
log
  west leaves shop/cart: no ready endpoint
  shop/cart is down: west was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
  east joins shop/cart: 192.0.2.1
cluster east lost time-out
at 608700s
log
  shop/cart is down: no cluster answers any more; clients get no address (NODATA, kept for 5 s at most)
  east is silent for 100 s: answers go without its 2 services, as its entry says
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get no address (NODATA, kept for 5 s at most) (for 0 s)
  east is withdrawn: it is silent, and answers go without its 2 services: time-out (for 100 s)
  clusters: 1 synced, 1 withdrawn; services: 1 down, 1 idle
cluster east reached
log
  shop/cart answers again; it was down for 0 s
  east is heard again
# One that its owners take out is no service any more.
cluster east loses shop/cart
cluster west loses shop/cart
log
  east leaves shop/cart: no Service of that name
  shop/cart is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
verdict
  fine
  2 clusters read and heard; 0 services answered, 1 idle
  clusters: 2 synced; services: 1 idle
