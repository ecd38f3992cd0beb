# A list that still moves is worth waiting for: `syncGrace` passes without one, or is extended, ten times at most.
settings sync-grace 30
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 0
cluster large nowhere
cluster east syncs
at 29s
cluster large list-moves
at 58s
unread
  not ready; never read: large
query cart.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
# A list that is whole is one that has moved; of a cluster that was read it makes nothing more complete.
cluster large lists shop/pay 192.0.2.2 ready 1 from 5
at 70s
cluster east list-moves
cluster east lists zone b.us; shop/cart 192.0.2.1 ready 0
at 87s
unread
  not ready; never read: large
at 88s
unread
  ready; never read: large
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 5 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000058 60 30 1209600 5
# What moves then is too late: ready stays ready.
cluster large list-moves
unread
  ready; never read: large
cluster large syncs
unread
  ready; never read:
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000058 60 30 1209600 5
