# The locations of every registered cluster exist for every published service, also where it was never
# deployed: Federation v1 lost those clients.
federation myfed example.com
cluster east zone b.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query cart.shop.myfed.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.eu.example.com. 180 CNAME cart.shop.myfed.svc.eu.example.com.
  cart.shop.myfed.svc.eu.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.eu.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
# A cluster that joins brings its places, and no service has to be said again.
at 100s
cluster far zone z.jp
cluster far syncs
query cart.shop.myfed.svc.z.jp.example.com A
  NOERROR aa
  cart.shop.myfed.svc.z.jp.example.com. 180 CNAME cart.shop.myfed.svc.jp.example.com.
  cart.shop.myfed.svc.jp.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
