# Loopback, link-local, multicast and unspecified addresses are refused unless listed: they reach
# nobody's load balancer.
federation myfed example.com
entry lab addresses 127.0.0.0/8,::1/128
cluster east zone b.us
cluster east has shop/cart 127.0.0.1 169.254.1.1 224.0.0.1 0.0.0.0 255.255.255.255 192.0.2.1 ready 1
cluster east has shop/cart6 ::1 fe80::1 ff02::1 :: 2001:db8::1 ready 1
cluster east has shop/none 127.0.0.1 ready 1
# RFC 4291, section 2.5.5.2: ::ffff:127.0.0.1 is 127.0.0.1, written for IPv6.
cluster east has shop/mapped ::ffff:127.0.0.1 ::ffff:169.254.1.1 2001:db8::2 ready 1
cluster lab zone b.eu
cluster lab has shop/test 127.0.0.1 ::1 ready 1
clusters sync
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart6.shop.myfed.svc.example.com AAAA
  NOERROR aa
  cart6.shop.myfed.svc.example.com. 180 AAAA 2001:db8::1
query none.shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query mapped.shop.myfed.svc.example.com AAAA
  NOERROR aa
  mapped.shop.myfed.svc.example.com. 180 AAAA 2001:db8::2
query test.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  test.shop.myfed.svc.b.eu.example.com. 180 A 127.0.0.1
query test.shop.myfed.svc.b.eu.example.com AAAA
  NOERROR aa
  test.shop.myfed.svc.b.eu.example.com. 180 AAAA ::1
complaints
  east: service shop/cart: address 0.0.0.0 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart: address 127.0.0.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart: address 169.254.1.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart: address 224.0.0.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart: address 255.255.255.255 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart6: address :: is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart6: address ::1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart6: address fe80::1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/cart6: address ff02::1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/mapped: address ::ffff:127.0.0.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/mapped: address ::ffff:169.254.1.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  east: service shop/none: address 127.0.0.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
