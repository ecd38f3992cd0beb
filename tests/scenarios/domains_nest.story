# Domains may nest: the deepest apex owns the name. RFC 1034, section 4.2.1: a name at or below a cut
# is in the child zone, also where the parent has data for it.
federation myfed example.com
federation second second.example.com
federation deep eu.example.com
cluster east zone b.us
cluster west zone c.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 192.0.2.2 ready 1
clusters sync
query cart.shop.second.svc.b.us.second.example.com A
  NOERROR aa
  cart.shop.second.svc.b.us.second.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.second.example.com A
  NXDOMAIN aa
  ; authority
  second.example.com. 5 SOA ns1.second.example.com. hostmaster.second.example.com. 1700000000 60 30 1209600 5
query second.example.com SOA
  NOERROR aa
  second.example.com. 60 SOA ns1.second.example.com. hostmaster.second.example.com. 1700000000 60 30 1209600 5
query x.second.example.com A
  NXDOMAIN aa
  ; authority
  second.example.com. 5 SOA ns1.second.example.com. hostmaster.second.example.com. 1700000000 60 30 1209600 5
# Region `eu` and the apex `eu.example.com` are one name: the apex takes it.
query eu.example.com SOA
  NOERROR aa
  eu.example.com. 60 SOA ns1.eu.example.com. hostmaster.eu.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.eu.example.com A
  NXDOMAIN aa
  ; authority
  eu.example.com. 5 SOA ns1.eu.example.com. hostmaster.eu.example.com. 1700000000 60 30 1209600 5
query cart.shop.deep.svc.c.eu.eu.example.com A
  NOERROR aa
  cart.shop.deep.svc.c.eu.eu.example.com. 180 A 192.0.2.2
# From the zone-only name the way would lead into the other zone's names: it leads to the world.
cluster west loses shop/cart endpoints
query cart.shop.myfed.svc.c.example.com A
  NOERROR aa
  cart.shop.myfed.svc.c.example.com. 180 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.deep.svc.c.eu.eu.example.com A
  NOERROR aa
  cart.shop.deep.svc.c.eu.eu.example.com. 180 CNAME cart.shop.deep.svc.eu.eu.example.com.
  cart.shop.deep.svc.eu.eu.example.com. 180 CNAME cart.shop.deep.svc.eu.example.com.
  cart.shop.deep.svc.eu.example.com. 180 A 192.0.2.1
# RFC 4035, section 3.1.4.1: DS at a cut is the parent's to answer.
query second.example.com DS
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query eu.example.com DS
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com DS
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
