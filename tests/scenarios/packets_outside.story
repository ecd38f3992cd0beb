# Outside our zones: REFUSED with question and OPT, nothing else. Root queries are CoreDNS's health
# check.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query . NS
  REFUSED
query com A edns rd
  REFUSED rd
  ; edns udp 1232
query notexample.com A
  REFUSED
query cart.shop.myfed.svc.b.us.example.org A
  REFUSED
query cart.shop.svc.cluster.local A
  REFUSED
