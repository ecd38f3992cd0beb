# A hostname inside our own zones is a complaint: asking for it would be asking ourselves. It is never
# asked for; neither is an alias into one of our zones followed.
federation myfed example.com
cluster east zone a.us
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
cluster east has shop/cart hostname cart.shop.myfed.svc.example.com ready 1
cluster east has shop/near hostname lb.notexample.com ready 1
clusters sync
hostnames
  cart.shop.myfed.svc.example.com own: it leads into a zone that is served here; nobody asks for it
  lb.notexample.com untried for 0 s
# It will not be asked for, so nothing is pending.
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
resolver says cart.shop.myfed.svc.example.com 192.0.2.66
query cart.shop.myfed.svc.a.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
# A lying alias.
resolver says lb.notexample.com 192.0.2.66 via x.example.net,lb.example.com
query near.shop.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
complaints
  east: service shop/cart: load-balancer hostname cart.shop.myfed.svc.example.com lies in a zone that is served here, or is an alias into one; it is not followed
  east: service shop/near: load-balancer hostname lb.notexample.com lies in a zone that is served here, or is an alias into one; it is not followed
hostnames
  cart.shop.myfed.svc.example.com own: it leads into a zone that is served here; nobody asks for it
  lb.notexample.com own: it leads into a zone that is served here
resolver says lb.notexample.com 192.0.2.5 via x.example.net
query near.shop.myfed.svc.example.com A
  NOERROR aa
  near.shop.myfed.svc.example.com. 180 A 192.0.2.5
# A reload makes the domain another one: what was ours is asked for, what was not is no more.
federation other notexample.com
federation-ends myfed
federation myfed example.org
hostnames
  cart.shop.myfed.svc.example.com untried for 0 s
  lb.notexample.com own: it leads into a zone that is served here; nobody asks for it
resolver says cart.shop.myfed.svc.example.com 192.0.2.4
query cart.shop.myfed.svc.a.us.example.org A
  NOERROR aa
  cart.shop.myfed.svc.a.us.example.org. 180 A 192.0.2.4
query near.shop.myfed.svc.example.org A
  NOERROR aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
complaints
  east: service shop/near: load-balancer hostname lb.notexample.com lies in a zone that is served here, or is an alias into one; it is not followed
log
  east joins shop/near: 192.0.2.5
  east leaves shop/near: its load-balancer hostname is not resolved
  shop/near is down: east was the last cluster that answered; clients get no address (NODATA, kept for 5 s at most)
  east joins shop/cart: 192.0.2.4
