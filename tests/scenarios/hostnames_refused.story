# What a cluster may not name as an address it may not name by a hostname either: loopback and its
# like are refused unless listed, and so are addresses outside `addresses`.
federation myfed example.com
entry west addresses 198.51.100.0/24,127.0.0.0/8
cluster east zone a.us
cluster west zone b.eu
cluster east has shop/cart hostname east.example.net ready 1
cluster west has shop/cart hostname west.example.net ready 1
clusters sync
resolver says east.example.net 127.0.0.1 169.254.1.1 ::1
resolver says west.example.net 192.0.2.1 198.51.100.1 127.0.0.1
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 127.0.0.1
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
complaints
  east: service shop/cart: load-balancer hostname east.example.net resolves to 127.0.0.1, which is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart: load-balancer hostname east.example.net resolves to 169.254.1.1, which is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart: load-balancer hostname east.example.net resolves to ::1, which is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  west: service shop/cart: load-balancer hostname west.example.net resolves to 192.0.2.1, which is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
resolver says east.example.net 127.0.0.1 192.0.2.1
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
entry west addresses 192.0.2.0/24
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 180 A 192.0.2.1
log
  west joins shop/cart: 127.0.0.1, 198.51.100.1
  east joins shop/cart: 192.0.2.1
  west moves shop/cart to 192.0.2.1
