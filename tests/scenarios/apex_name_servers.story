# A/AAAA of name servers that lie in the zone answer too; the names between exist, those below do not.
# A zone with one name server only is a complaint.
federation myfed example.com ns ns1.dns.example.com 192.0.2.53,2001:db8::53 ns ns.example.net 192.0.2.54
federation lonely example.org ns example.org 192.0.2.55
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query example.com NS
  NOERROR aa
  example.com. 3600 NS ns1.dns.example.com.
  example.com. 3600 NS ns.example.net.
  ; additional
  ns1.dns.example.com. 3600 A 192.0.2.53
  ns1.dns.example.com. 3600 AAAA 2001:db8::53
query example.com NS tcp
  NOERROR aa
  example.com. 3600 NS ns1.dns.example.com.
  example.com. 3600 NS ns.example.net.
  ; additional
  ns1.dns.example.com. 3600 A 192.0.2.53
  ns1.dns.example.com. 3600 AAAA 2001:db8::53
query ns1.dns.example.com A
  NOERROR aa
  ns1.dns.example.com. 3600 A 192.0.2.53
query ns1.dns.example.com AAAA
  NOERROR aa
  ns1.dns.example.com. 3600 AAAA 2001:db8::53
query ns1.dns.example.com MX
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.dns.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query ns1.dns.example.com ANY
  NOERROR aa
  ns1.dns.example.com. 3600 HINFO RFC8482
query dns.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.dns.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query x.ns1.dns.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.dns.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query ns.example.net A
  REFUSED
# A name server may be called like the apex itself.
query example.org NS
  NOERROR aa
  example.org. 3600 NS example.org.
  ; additional
  example.org. 3600 A 192.0.2.55
query example.org A
  NOERROR aa
  example.org. 3600 A 192.0.2.55
query example.org AAAA
  NOERROR aa
  ; authority
  example.org. 5 SOA example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
complaints
  federation lonely: one name server only; a second one keeps the zone reachable (RFC 1034 4.1)
