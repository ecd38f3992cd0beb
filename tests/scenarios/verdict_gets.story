# What clients get of a service that is down, as each federation's whenAllDown has it.
federation myfed example.com
federation open example.net when-all-down all
federation last example.org when-all-down last
federation gone example.edu when-all-down nxdomain
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
at 10s
cluster east loses shop/cart endpoints
log
  east leaves shop/cart: no ready endpoint
  shop/cart is down: east was the last cluster that answered; clients get NXDOMAIN (kept for 5 s at most) in gone; every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in myfed; the addresses that were healthy last (`whenAllDown: last`, 30 s) in last
verdict
  clients are hurt
  shop/cart is down: no cluster answers for it; clients get NXDOMAIN (kept for 5 s at most) in gone; every published address (`whenAllDown: all`, 30 s) in open; no address (NODATA, kept for 5 s at most) in myfed; the addresses that were healthy last (`whenAllDown: last`, 30 s) in last (for 0 s)
  clusters: 1 synced; services: 1 down
