# A cluster of which one source could never be read has said what it can: answers do not wait for
# it, but what it may hold is not denied (DESIGN, section 3.3).
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
