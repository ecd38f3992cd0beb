# The wall clock is set while the server runs. Serials only go up, and nothing else follows from that
# clock: not for how long a cluster is silent, not a TTL.
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east syncs
cluster east lost refused
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# An hour ahead: one second of silence is no hour.
wall-clock 1700003600
at 1s
cluster east has shop/new 192.0.2.2 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700003601 60 30 1209600 5
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
# Two hours back, and to before 1970: one more than before.
wall-clock 1699996400
at 2s
cluster east has shop/new 192.0.2.3 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700003602 60 30 1209600 5
wall-clock -100
at 3s
cluster east has shop/new 192.0.2.4 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700003603 60 30 1209600 5
at 3.5s
cluster east has shop/new 192.0.2.44 ready 1
at 4s
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700003604 60 30 1209600 5
# RFC 1982, section 3.2: a serial is less than another if that is ahead of it by less than 2^31. The year
# 2100 is further ahead than that, and a secondary would take it for the past.
wall-clock 4102444800
at 5s
cluster east has shop/new 192.0.2.5 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700003605 60 30 1209600 5
# The year 2040 is not.
wall-clock 2208988800
at 6s
cluster east has shop/new 192.0.2.6 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 2208988801 60 30 1209600 5
wall-clock 1700000006
at 7s
cluster east has shop/new 192.0.2.7 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 2208988802 60 30 1209600 5
# A minute without a word is a minute.
at 60s
log
  east joins shop/new: 192.0.2.2
  east moves shop/new to 192.0.2.3
  east moves shop/new to 192.0.2.4
  east moves shop/new to 192.0.2.44
  east moves shop/new to 192.0.2.5
  east moves shop/new to 192.0.2.6
  east moves shop/new to 192.0.2.7
  east is silent for 60 s: clients go on to get what its 2 services had last
query cart.shop.myfed.svc.a.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.a.us.example.com. 180 A 192.0.2.1
