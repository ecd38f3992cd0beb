# What is no fact of a cluster: a reload that failed, complaints that cost answers, and what guards and probers tell
# of themselves. Overrides in force are named beside it.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
verdict
  fine
  1 cluster read and heard; 1 service answered
  clusters: 1 synced; services: 1 healthy
override shop/cart is drained in east, by ada
verdict
  fine
  1 cluster read and heard; 1 service answered
  beside: shop/cart is drained in east, by ada (for 0 s)
  clusters: 1 synced; services: 1 healthy
at 10s
reload fails fedns.yaml:7: unknown key
at 20s
verdict
  attention
  the configuration could not be read again, and the one before it runs: fedns.yaml:7: unknown key (for 10 s)
  beside: shop/cart is drained in east, by ada (for 20 s)
  clusters: 1 synced; services: 1 healthy
reload succeeds
verdict
  fine
  1 cluster read and heard; 1 service answered
  beside: shop/cart is drained in east, by ada (for 20 s)
  clusters: 1 synced; services: 1 healthy
# A complaint that costs no answer leaves it fine.
cluster east has shop/cart 192.0.2.1 ready 1 bad-ttl soon
complaints
  east: service shop/cart: annotation fedns.dev/ttl: "soon" is ignored; expected seconds, or a duration such as 30s
verdict
  fine
  1 cluster read and heard; 1 service answered
  beside: shop/cart is drained in east, by ada (for 20 s)
  clusters: 1 synced; services: 1 healthy
# One that does, and another of its kind.
cluster east has shop/loop 127.0.0.1 ready 1
at 30s
cluster east has shop/loop 127.0.0.1 127.0.0.2 ready 1
at 40s
verdict
  attention
  east: service shop/loop: address 127.0.0.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should (and 1 more of `address_refused`) (for 20 s)
  beside: shop/cart is drained in east, by ada (for 40 s)
  clusters: 1 synced; services: 1 healthy, 1 idle
cluster east loses shop/loop
verdict
  fine
  1 cluster read and heard; 1 service answered
  beside: shop/cart is drained in east, by ada (for 40 s)
  clusters: 1 synced; services: 1 healthy
guard the zone eu is held: 3 of 4 services would leave at once
probe the prober is blind: every probe of east fails at once
verdict
  attention
  the zone eu is held: 3 of 4 services would leave at once (for 0 s)
  the prober is blind: every probe of east fails at once (for 0 s)
  beside: shop/cart is drained in east, by ada (for 40 s)
  clusters: 1 synced; services: 1 healthy
