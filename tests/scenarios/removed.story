# Removed objects take effect at once; an object that was never there is no fault.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
cluster east loses shop/unknown
cluster east loses node x.y
log
# The Service goes and comes back before its slice: the slice was there all the time.
cluster east loses shop/cart slice
cluster east has shop/cart 192.0.2.1
cluster east endpoints shop/cart ready 1
cluster east loses shop/cart
log
  east leaves shop/cart: no ready endpoint
  shop/cart is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
  east joins shop/cart: 192.0.2.1
  shop/cart answers again in east; it was down for 0 s
  east leaves shop/cart: no Service of that name
query cart.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
