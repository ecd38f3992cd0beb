# A healthy shard has a published address and at least one ready endpoint.
federation myfed example.com
cluster east zone b.us
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
# No load balancer yet.
cluster east has shop/cart ready 1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
# No slice at all.
cluster east loses shop/cart
cluster east has shop/cart 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
# Only endpoints that are not ready.
cluster east endpoints shop/cart not-ready 3
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
cluster east endpoints shop/cart ready 1 not-ready 2
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# A load balancer known by a hostname that nobody has resolved.
cluster east has shop/cart hostname lb.example.net ready 1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 5 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 5 A 198.51.100.1
complaints
# An address beside a hostname is enough.
cluster east has shop/cart hostname lb.example.net 192.0.2.2 ready 1
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
cluster east has shop/cart 192.0.2.3 ready 1 empty-ingress
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
complaints
  east: service shop/cart: an entry of status.loadBalancer.ingress has neither ip nor hostname
# The slice alone goes: no endpoint is known to be ready.
cluster east loses shop/cart slice
log
  east joins shop/cart: 192.0.2.1
  east leaves shop/cart: its load-balancer hostname is not resolved
  east joins shop/cart: 192.0.2.2
  east moves shop/cart to 192.0.2.3
  east leaves shop/cart: no ready endpoint
