# A drained cluster is reserve: others answer in its place, and it answers where nobody else does. What may change by an
# end lives no longer than until then, and 5 s at least.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/lone 192.0.2.9 ready 1
cluster west zone b.us
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
drain cluster east until 1000
log
query cart.shop.myfed.svc.a.us.example.com A
query cart.shop.myfed.svc.example.com A
query lone.shop.myfed.svc.a.us.example.com A
query lone.shop.myfed.svc.eu.example.com A
at 900s
query cart.shop.myfed.svc.us.example.com A
# Where east does not stand nothing will change.
query cart.shop.myfed.svc.b.us.example.com A
at 998s
query cart.shop.myfed.svc.us.example.com A
at 1000s
log
query cart.shop.myfed.svc.a.us.example.com A
# A drained service inside of a drained region ends first, and is told by all that it is about.
drain region us until 3000
drain service shop/cart in west until 1101
query cart.shop.myfed.svc.us.example.com A
query lone.shop.myfed.svc.us.example.com A
# Hard drains give nothing, and names go on to exist.
release all
drain hard service shop/cart until 2000
log
query cart.shop.myfed.svc.us.example.com A
release
pin shop/cart west until 2000
query cart.shop.myfed.svc.a.us.example.com A
cluster west endpoints shop/cart ready 0
query cart.shop.myfed.svc.a.us.example.com A
log
