# While a cluster has never synced, well-formed service names, and places, that no one else has are
# SERVFAIL with EDE 14, never NXDOMAIN. Never guess before the first sync: resolvers keep good data
# under SERVFAIL and lose it under a guessed CNAME or NODATA. RFC 8914, section 4.15: 14 is "Not
# Ready".
federation myfed example.com
entry pinned region jp zones z
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west nowhere
cluster east syncs
# A name that no one has, and a place that no one has.
query pay.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query cart.shop.myfed.svc.mars.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query mars.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query other.myfed.svc.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
# Without EDNS there is no place for the reason.
query pay.shop.myfed.svc.b.us.example.com A
  SERVFAIL
# A federation that is none, and names of no shape, do not wait for clusters.
query pay.shop.nofed.svc.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query a.b.c.d.e.f.g.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# What a synced cluster has is answered.
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query svc.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# But no way onwards is guessed: west may turn out to stand here, healthy.
cluster east loses shop/cart endpoints
query cart.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query cart.shop.myfed.svc.z.jp.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query cart.shop.myfed.svc.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
# West has said all: only where `pinned` may stand is something still awaited.
cluster west zone b.eu
cluster west has shop/cart 198.51.100.1 ready 1
cluster west syncs
query cart.shop.myfed.svc.b.us.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 CNAME cart.shop.myfed.svc.us.example.com.
  cart.shop.myfed.svc.us.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query cart.shop.myfed.svc.z.jp.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query pay.shop.myfed.svc.b.us.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
cluster pinned syncs
query cart.shop.myfed.svc.z.jp.example.com A edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.z.jp.example.com. 180 CNAME cart.shop.myfed.svc.jp.example.com.
  cart.shop.myfed.svc.jp.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 198.51.100.1
query pay.shop.myfed.svc.b.us.example.com A edns
  NXDOMAIN aa
  ; edns udp 1232
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
