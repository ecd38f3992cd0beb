# An answer that fits what the client takes to the octet is not cut: 32 addresses make 577 octets
# with OPT. RFC 8914, section 3: an extended error is no reason to cut either.
federation myfed example.com
settings max-addresses 60
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17 192.0.2.18 192.0.2.19 192.0.2.20 192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 192.0.2.25 192.0.2.26 192.0.2.27 192.0.2.28 192.0.2.29 192.0.2.30 192.0.2.31 192.0.2.32 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A udp 577 size
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.4
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.5
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.6
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.7
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.8
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.9
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.10
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.11
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.12
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.13
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.14
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.15
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.16
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.17
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.18
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.19
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.20
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.21
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.22
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.23
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.24
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.25
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.26
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.27
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.28
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.29
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.30
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.31
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.32
  ; 577 octets
query cart.shop.myfed.svc.b.us.example.com A udp 576 size
  NOERROR aa tc
  ; edns udp 1232
  ; 65 octets
