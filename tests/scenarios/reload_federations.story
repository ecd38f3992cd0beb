# A reload adds, changes and removes federations; services are there at once, compiled or not.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1 labelled
cluster east has shop/plain 192.0.2.2 ready 1
cluster east has other/cart 192.0.2.3 ready 1
clusters sync
query cart.shop.second.svc.a.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
federation second example.com ttl 20
query cart.shop.second.svc.a.us.example.com A
  NOERROR aa
  cart.shop.second.svc.a.us.example.com. 20 A 192.0.2.1
# Another domain of its own, for labelled Services alone.
federation third example.net publish labelled
query cart.shop.third.svc.a.us.example.net A
  NOERROR aa
  cart.shop.third.svc.a.us.example.net. 180 A 192.0.2.1
query plain.shop.third.svc.a.us.example.net A
  NXDOMAIN aa
  ; authority
  example.net. 5 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
query example.net SOA
  NOERROR aa
  example.net. 60 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
# A TTL changes without any service being compiled again.
federation second example.com ttl 60
query cart.shop.second.svc.a.us.example.com A
  NOERROR aa
  cart.shop.second.svc.a.us.example.com. 60 A 192.0.2.1
settings negative-ttl 9 max-addresses 1
query nothing.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 9 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 9
# When all are down: the policy may change while they are.
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 9 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 9
federation myfed example.com when-all-down all
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
federation-ends third
query cart.shop.third.svc.a.us.example.net A
  REFUSED
# A federation that is called like a namespace there is a complaint as long as it exists.
complaints
federation other example.com
complaints
  east: federation other: a namespace is called other like a federation: inside the cluster their names collide; rename one
federation-ends other
complaints
