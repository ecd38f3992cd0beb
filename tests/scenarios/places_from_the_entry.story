# `region` and `zones` of a cluster's entry override its nodes' labels, and make its places known
# before the cluster has said anything. `region` alone keeps the nodes' zones.
federation myfed example.com
entry lab region north zones a,b
entry dock region west
cluster lab zone x.y
cluster dock zone quay.east
cluster lab has shop/cart 192.0.2.1 ready 1
cluster dock has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.myfed.svc.a.north.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.north.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.north.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.north.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.x.y.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.quay.west.example.com A
  NOERROR aa
  cart.shop.myfed.svc.quay.west.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.quay.east.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.west.example.com A
  NOERROR aa
  cart.shop.myfed.svc.west.example.com. 180 A 192.0.2.2
