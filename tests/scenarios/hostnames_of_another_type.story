# A Service that stood for a name is given a load balancer by that very name, and the reverse: the
# name is asked for all the while, and what was known of it stays.
federation myfed example.com
cluster east node n1 a.us 10.244.0.0/24
cluster east has shop/cart type ExternalName external lb.example.net
clusters sync
resolver says lb.example.net 192.0.2.7
cluster east has shop/cart hostname lb.example.net ready 1
hostnames
  lb.example.net resolved for 0 s: 192.0.2.7; asked again in 60 s
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.7
cluster east has shop/cart type ExternalName external lb.example.net
hostnames
  lb.example.net resolved for 0 s: 192.0.2.7; asked again in 60 s
query cart.shop.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME lb.example.net.
  lb.example.net. 5 A 192.0.2.7
cluster east loses shop/cart
hostnames
