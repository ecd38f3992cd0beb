# At one owner the static zone wins whole; its cuts hide what federations have below; names of federations stop
# wildcards, empty non-terminals too.
zone example.com shared
federation myfed example.com
cluster east zone b.us
cluster west zone c.eu
cluster west has shop/cart 192.0.2.1 ready 1
cluster west has shop/cut 192.0.2.2 ready 1
cluster west has shop/web 192.0.2.3 ready 1
clusters sync
query cart.shop.myfed.svc.example.com A
query cart.shop.myfed.svc.c.eu.example.com A
# The fallback leads to what the zone holds there.
query cart.shop.myfed.svc.b.us.example.com A
query cut.shop.myfed.svc.example.com A
query web.shop.myfed.svc.b.us.example.com A
query any.example.com TXT
query any.thing.example.com TXT
query shop.myfed.svc.example.com TXT
query eu.example.com TXT
query none.shop.myfed.svc.example.com TXT
query x.web.shop.myfed.svc.example.com TXT
query web.shop.myfed.svc.example.com TXT
query example.com SOA
# Asked for inside a cluster.
entry west domain west.local networks 10.8.0.0/16
query cart.shop.myfed.svc.cluster.local A
query web.shop.myfed.svc.cluster.local A
zone example.com nothing
query cart.shop.myfed.svc.b.us.example.com A
