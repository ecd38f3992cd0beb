# Once answers wait no longer, what a cluster could change that was never read lives `negativeTtl` at most, and
# says so: RFC 8914, section 4.15: 14 is "Not Ready". Bounds bind the whole answer, and a record has one TTL
# whatever is asked (RFC 2181, section 5.2).
federation myfed example.com ttl 180
federation gone example.org when-all-down nxdomain
federation open example.net when-all-down all
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster east has shop/down 192.0.2.2 ready 0
cluster lost nowhere
cluster east syncs
unread
  not ready; never read: lost
# While they wait, what is known is answered as ever, and the rest is not.
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query down.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
at 30s
unread
  ready; never read: lost
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 5 A 192.0.2.1
query cart.shop.myfed.svc.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.example.com. 5 A 192.0.2.1
query cart.shop.myfed.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.us.example.com. 5 A 192.0.2.1
query cart.shop.myfed.b.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.b.example.com. 5 A 192.0.2.1
# Another family, another type: nothing of it is there yet.
query cart.shop.myfed.svc.b.us.example.com AAAA edns
  NOERROR aa
  ; edns udp 1232, ede 14
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
query cart.shop.myfed.svc.b.us.example.com ANY edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 5 HINFO RFC8482
query cart.shop.myfed.svc.b.us.example.com TXT edns
  NOERROR aa
  ; edns udp 1232, ede 14
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
# The way to where nothing is.
query down.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.shop.myfed.svc.b.us.example.com. 5 CNAME down.shop.myfed.svc.us.example.com.
  down.shop.myfed.svc.us.example.com. 5 CNAME down.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
query down.shop.myfed.svc.b.us.example.com CNAME edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.shop.myfed.svc.b.us.example.com. 5 CNAME down.shop.myfed.svc.us.example.com.
query down.shop.gone.svc.b.us.example.org A edns
  NXDOMAIN aa
  ; edns udp 1232, ede 14
  down.shop.gone.svc.b.us.example.org. 5 CNAME down.shop.gone.svc.us.example.org.
  down.shop.gone.svc.us.example.org. 5 CNAME down.shop.gone.svc.example.org.
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000030 60 30 1209600 5
query down.shop.open.svc.b.us.example.net A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.shop.open.svc.b.us.example.net. 5 CNAME down.shop.open.svc.us.example.net.
  down.shop.open.svc.us.example.net. 5 CNAME down.shop.open.svc.example.net.
  down.shop.open.svc.example.net. 5 A 192.0.2.2
# Nobody could change what the zone itself owns, and nobody could bring a name that no Service can have.
query example.com SOA edns
  NOERROR aa
  ; edns udp 1232
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
query ns1.example.com A edns
  NOERROR aa
  ; edns udp 1232
  ns1.example.com. 3600 A 192.0.2.53
query -.shop.myfed.svc.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 5
# What nobody else has is no more denied than before.
query pay.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
# A limit that is lower still stays.
settings negative-ttl 60
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 60 A 192.0.2.1
query down.shop.open.svc.b.us.example.net A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.shop.open.svc.b.us.example.net. 30 CNAME down.shop.open.svc.us.example.net.
  down.shop.open.svc.us.example.net. 30 CNAME down.shop.open.svc.example.net.
  down.shop.open.svc.example.net. 30 A 192.0.2.2
# It is read: nothing is missing.
cluster lost zone c.eu
cluster lost syncs
unread
  ready; never read:
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query down.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  down.shop.myfed.svc.b.us.example.com. 180 CNAME down.shop.myfed.svc.us.example.com.
  down.shop.myfed.svc.us.example.com. 180 CNAME down.shop.myfed.svc.example.com.
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 60
# One that is added later is awaited by nobody, and missed as long as it was not read.
cluster late nowhere
unread
  ready; never read: late
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  cart.shop.myfed.svc.b.us.example.com. 60 A 192.0.2.1
query down.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 14
  down.shop.myfed.svc.b.us.example.com. 60 CNAME down.shop.myfed.svc.us.example.com.
  down.shop.myfed.svc.us.example.com. 60 CNAME down.shop.myfed.svc.example.com.
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000030 60 30 1209600 60
query pay.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
# A silent cluster is another matter, and both are told.
cluster east lost connection refused
at 100s
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3, ede 14
  cart.shop.myfed.svc.b.us.example.com. 60 A 192.0.2.1
cluster late ends
unread
  ready; never read:
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232, ede 3
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
