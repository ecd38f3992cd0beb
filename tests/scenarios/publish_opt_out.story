# Annotation `fedns.dev/publish: "false"` opts one cluster's shard out; its names stay while another
# cluster publishes the service.
federation myfed example.com
cluster east zone b.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
cluster east has shop/cart 192.0.2.1 ready 1 opted-out
log
  east leaves shop/cart: opted out by annotation fedns.dev/publish
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
cluster west has shop/cart 198.51.100.1 ready 1 opted-out
log
  west leaves shop/cart: opted out by annotation fedns.dev/publish
query cart.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
