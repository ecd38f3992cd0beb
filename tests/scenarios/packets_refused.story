# Order of checks: opcode, sections, EDNS version, QDCOUNT, class, meta-type, zone. AXFR and IXFR are
# refused; other classes too; opcodes other than QUERY are not implemented.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
# NOTIFY and UPDATE
query example.com SOA opcode 4
  NOTIMP
query example.com SOA opcode 5 edns version 1
  NOTIMP
  ; edns udp 1232
# RFC 6891, section 6.1.3: a version that is not known is BADVERS, with ours.
query cart.shop.myfed.svc.b.us.example.com A edns version 1
  BADVERS
  ; edns udp 1232
query version.bind TXT class 3 edns version 1
  BADVERS
  ; edns udp 1232
# CH, ANY, NONE, HS
query version.bind TXT class 3
  REFUSED
query id.server TXT class 3 edns
  REFUSED
  ; edns udp 1232
query example.com SOA class 255
  REFUSED
query example.com SOA class 254
  REFUSED
query example.com SOA class 4
  REFUSED
query example.com AXFR
  REFUSED
query example.com AXFR tcp
  REFUSED
query example.com IXFR tcp
  REFUSED
query example.org AXFR
  REFUSED
query example.com MAILA
  NOTIMP
query example.com TSIG
  FORMERR
query example.com OPT edns
  FORMERR
  ; edns udp 1232
query example.com TYPE128
  FORMERR
query example.com TYPE0
  FORMERR
