# A drained place takes clusters out there: who stands elsewhere too goes on there and in all that is wider; who stands
# nowhere else is reserve everywhere. A hard drain of a place is hard there alone.
federation myfed example.com when-all-down all
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster both zone a.us
cluster both zone c.eu
cluster both has shop/cart 192.0.2.2 ready 1
clusters sync
drain zone a in us until 1000
query cart.shop.myfed.svc.a.us.example.com A
query cart.shop.myfed.svc.us.example.com A
query cart.shop.myfed.svc.eu.example.com A
query cart.shop.myfed.svc.example.com A
cluster both endpoints shop/cart ready 0
query cart.shop.myfed.svc.example.com A
release
drain hard region us until 1000
# Open to what is merely not ready, and to nothing that was taken out.
query cart.shop.myfed.svc.example.com A
log
restarts
query cart.shop.myfed.svc.example.com A
at 1000s
query cart.shop.myfed.svc.a.us.example.com A
log
