# Names that people wrote lead into the federation, and have the addresses of names there.
zone example.com example.com
federation myfed example.com
settings negative-ttl 5
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/dead 192.0.2.2 ready 0 not-ready 1
clusters sync
query shop.example.com A
query shop.example.com AAAA
query shop.example.com CNAME
query alias.w.example.com A
query cart.shop.myfed.svc.b.us.example.com A
# ALIAS: the addresses are its own, with the lesser TTL; other types are as without it.
query example.com A
query example.com AAAA
query example.com TXT
query down.example.com A
# Names of the federated grammar are denied for as long as facts may change, others as the file says.
query nothing.shop.myfed.svc.example.com A
query nothing.example.com A
# What limits the end limits what leads there (RFC 2181, section 5.2).
federation myfed example.com when-all-down all
query shop.example.com A
query down.example.com A
cluster east endpoints shop/cart ready 0 not-ready 1
query shop.example.com A
query example.com A
federation myfed example.com when-all-down nxdomain
query shop.example.com A
query example.com A
