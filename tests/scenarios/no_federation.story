# No federation and no cluster at all is a valid configuration: everything is outside our zones.
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
query cart.shop.myfed.svc.example.com A
  REFUSED
query example.com SOA
  REFUSED
