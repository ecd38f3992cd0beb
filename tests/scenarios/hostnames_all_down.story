# whenAllDown: all and last give only addresses that a Service still publishes: those of a hostname
# that is gone may belong to a stranger by now.
federation open example.com when-all-down all
federation last example.org when-all-down last
cluster east zone a.us
cluster east has shop/cart hostname lb.example.net ready 1
clusters sync
query cart.shop.open.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
resolver says lb.example.net 192.0.2.1
cluster east loses shop/cart endpoints
query cart.shop.open.svc.example.com A
  NOERROR aa
  cart.shop.open.svc.example.com. 30 A 192.0.2.1
query cart.shop.last.svc.example.org A
  NOERROR aa
  cart.shop.last.svc.example.org. 30 A 192.0.2.1
resolver fails lb.example.net
query cart.shop.open.svc.example.com A
  NOERROR aa
  cart.shop.open.svc.example.com. 30 A 192.0.2.1
query cart.shop.last.svc.example.org A
  NOERROR aa
  cart.shop.last.svc.example.org. 30 A 192.0.2.1
resolver denies lb.example.net
at 30s
resolver denies lb.example.net
query cart.shop.open.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
query cart.shop.last.svc.example.org A
  NOERROR aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000030 60 30 1209600 5
