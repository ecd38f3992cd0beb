# Asked for are the hostnames that answers may rest on, and no others.
federation myfed example.com
entry east namespaces shop
cluster east zone a.us
cluster east has shop/a hostname a.example.net ready 1
cluster east has shop/b hostname b.example.net ready 1 opted-out
cluster east has shop/c hostname c.example.net ready 1 deleting
cluster east has shop/d hostname d.example.net ready 1 type NodePort
cluster east has other/e hostname e.example.net ready 1
cluster east has shop/f hostname a.example.net hostname f.example.net
clusters sync
hostnames
  a.example.net untried for 0 s
  f.example.net untried for 0 s
entry east
cluster east has shop/b hostname b.example.net ready 1
hostnames
  a.example.net untried for 0 s
  b.example.net untried for 0 s
  e.example.net untried for 0 s
  f.example.net untried for 0 s
# The last one that names it goes.
cluster east loses shop/a
hostnames
  a.example.net untried for 0 s
  b.example.net untried for 0 s
  e.example.net untried for 0 s
  f.example.net untried for 0 s
cluster east has shop/f hostname f.example.net hostname g.example.net
hostnames
  b.example.net untried for 0 s
  e.example.net untried for 0 s
  f.example.net untried for 0 s
  g.example.net untried for 0 s
# A relist that does not have them, a cluster that is read from elsewhere, one that ends.
cluster east lists shop/f hostname f.example.net ready 1
hostnames
  f.example.net untried for 0 s
resolver says f.example.net 192.0.2.1
cluster east moves
query f.shop.myfed.svc.example.com A
  NOERROR aa
  f.shop.myfed.svc.example.com. 180 A 192.0.2.1
cluster east ends
hostnames
# A word about a hostname that nobody wants says nothing.
resolver says f.example.net 192.0.2.2
hostnames
