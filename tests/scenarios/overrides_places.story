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
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.eu.example.com. 180 A 192.0.2.2
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.2
cluster both endpoints shop/cart ready 0
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.1
release
drain hard region us until 1000
# Open to what is merely not ready, and to nothing that was taken out.
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.2
log
  drain of zone a of region us is in force until 2023-11-14T22:30:00Z, by ada: maintenance
  both leaves shop/cart: no ready endpoint
  drain of zone a of region us ends, by ada: maintenance
  shop/cart is down: no cluster answers any more; clients get every published address (`whenAllDown: all`, 30 s)
  hard drain of region us is in force until 2023-11-14T22:30:00Z, by ada: maintenance
restarts
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 30 A 192.0.2.2
at 1000s
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
log
  shop/cart is down: no cluster answers any more; clients get every published address (`whenAllDown: all`, 30 s)
  hard drain of region us is in force until 2023-11-14T22:30:00Z, by ada: maintenance
  shop/cart answers again; it was down for 16 min
  hard drain of region us ends, by ada: maintenance
  east is silent for 1000 s: clients go on to get what its 1 service had last
  both is silent for 1000 s: clients go on to get what its 1 service had last
