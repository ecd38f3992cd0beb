# A cluster of which one source could never be read has said what it can: answers do not wait for it,
# but what it may hold is not denied.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east file broken.yaml unreadable line 3: not YAML
cluster east syncs partly
complaints
  east: file broken.yaml: line 3: not YAML; what was read of it before stays. If nothing was, names that nobody else has stay SERVFAIL: mend it, or take it out of the folder
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query pay.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
cluster east file broken.yaml fine
cluster east syncs
complaints
query pay.shop.myfed.svc.b.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Nor do answers that lead elsewhere, or to who asks from inside it.
cluster west zone c.eu
cluster west file broken.yaml unreadable line 3: not YAML
cluster west syncs partly
query cart.shop.myfed.svc.c.eu.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.eu.example.com. 180 CNAME cart.shop.myfed.svc.eu.example.com.
  cart.shop.myfed.svc.eu.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.cluster.local A as west
  NOERROR aa
  cart.shop.myfed.svc.cluster.local. 5 CNAME cart.shop.myfed.svc.c.eu.example.com.
  cart.shop.myfed.svc.c.eu.example.com. 180 CNAME cart.shop.myfed.svc.eu.example.com.
  cart.shop.myfed.svc.eu.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
