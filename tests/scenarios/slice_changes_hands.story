# An EndpointSlice belongs to the service that its label `kubernetes.io/service-name` names. When
# somebody edits the label, the service that it named before has lost its endpoints, and at once.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/pay 192.0.2.2
cluster east has other/pay 192.0.2.3 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query pay.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  pay.shop.myfed.svc.b.us.example.com. 180 CNAME pay.shop.myfed.svc.us.example.com.
  pay.shop.myfed.svc.us.example.com. 180 CNAME pay.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# The slice of cart is one of pay now.
cluster east relabels shop/cart-1 shop/pay
log
  east leaves shop/cart: no ready endpoint
  east joins shop/pay: 192.0.2.2
  shop/cart is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query pay.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  pay.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
# A slice of that name in another namespace is another slice.
cluster east relabels shop/pay-1 shop/cart
log
  east joins shop/cart: 192.0.2.1
  shop/cart answers again in east; it was down for 0 s
query pay.other.myfed.svc.b.us.example.com A
  NOERROR aa
  pay.other.myfed.svc.b.us.example.com. 180 A 192.0.2.3
# Said once more it changes nothing.
cluster east relabels shop/cart-1 shop/pay
log
# The label is gone: the slice is nobody's.
cluster east relabels shop/cart-1 nothing
log
  east leaves shop/pay: no ready endpoint
  shop/pay is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
query pay.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  pay.shop.myfed.svc.b.us.example.com. 180 CNAME pay.shop.myfed.svc.us.example.com.
  pay.shop.myfed.svc.us.example.com. 180 CNAME pay.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# What was never anybody's says nothing.
cluster east relabels shop/stranger-1 nothing
log
