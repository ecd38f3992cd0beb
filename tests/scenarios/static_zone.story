# A static zone answers what stands in it. RFC 1034, section 4.3.2: a name is what it owns, an alias of another,
# below a cut, or made of a wildcard; else it does not exist.
zone example.com example.com
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query example.com NS
  NOERROR aa
  example.com. 300 NS ns.elsewhere.net.
  example.com. 300 NS ns1.example.com.
  ; additional
  ns1.example.com. 300 A 192.0.2.53
query example.com MX
  NOERROR aa
  example.com. 300 MX 10 mail.example.com.
  ; additional
  mail.example.com. 300 A 192.0.2.25
  mail.example.com. 300 AAAA 2001:db8::25
query MAIL.example.com AAAA
  NOERROR aa
  MAIL.example.com. 300 AAAA 2001:db8::25
query mail.example.com TXT
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query nowhere.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query mail.example.com ANY
  NOERROR aa
  mail.example.com. 300 HINFO RFC8482
query _sip._tcp.example.com SRV
  NOERROR aa
  _sip._tcp.example.com. 300 SRV 0 5 5060 mail.example.com.
  ; additional
  mail.example.com. 300 A 192.0.2.25
  mail.example.com. 300 AAAA 2001:db8::25
query _tcp.example.com A
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
# RFC 1034, section 3.6.2: an alias is followed inside our zones, and left to others outside of them.
query away.example.com A
  NOERROR aa
  away.example.com. 300 CNAME www.elsewhere.net.
query away.example.com CNAME
  NOERROR aa
  away.example.com. 300 CNAME www.elsewhere.net.
query round.example.com A
  NOERROR aa
  round.example.com. 300 CNAME circle.example.com.
  circle.example.com. 300 CNAME round.example.com.
# RFC 4592, section 3.3.1: the wildcard of the closest encloser, and of no other, stands for a name.
query a.b.w.example.com TXT
  NOERROR aa
  a.b.w.example.com. 300 TXT made
query a.w.example.com A
  NOERROR aa
  a.w.example.com. 300 A 192.0.2.9
query a.w.example.com MX
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query host.w.example.com A
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query y.host.w.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query w.example.com A
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query *.w.example.com TXT
  NOERROR aa
  *.w.example.com. 300 TXT made
# RFC 1034, section 4.2.1: below a cut others know more. RFC 9471: the addresses without which nobody gets there.
query lab.example.com A
  NOERROR
  ; authority
  lab.example.com. 300 NS ns.lab.example.com.
  lab.example.com. 300 NS ns2.beside.example.com.
  ; additional
  ns.lab.example.com. 300 A 192.0.2.60
  ns2.beside.example.com. 300 A 192.0.2.61
query x.lab.example.com A
  NOERROR
  ; authority
  lab.example.com. 300 NS ns.lab.example.com.
  lab.example.com. 300 NS ns2.beside.example.com.
  ; additional
  ns.lab.example.com. 300 A 192.0.2.60
  ns2.beside.example.com. 300 A 192.0.2.61
query ns.lab.example.com A
  NOERROR
  ; authority
  lab.example.com. 300 NS ns.lab.example.com.
  lab.example.com. 300 NS ns2.beside.example.com.
  ; additional
  ns.lab.example.com. 300 A 192.0.2.60
  ns2.beside.example.com. 300 A 192.0.2.61
# RFC 3658, section 2.2.1.1: DS stands on the parent's side.
query lab.example.com DS
  NOERROR aa
  lab.example.com. 300 DS AAENAuBtRLgLjx05qVwLDXxl0IRY6IBAm7xoNFcQQjfH+OyN
query example.com DS
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
# RFC 6672, section 3.1: DNAME first, then the CNAME that it makes.
query a.old.example.com A
  NOERROR aa
  old.example.com. 300 DNAME A25ldwdleGFtcGxlA2NvbQA=
  a.old.example.com. 300 CNAME a.new.example.com.
  a.new.example.com. 300 A 192.0.2.11
query old.example.com A
  NOERROR aa
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
query old.example.com DNAME
  NOERROR aa
  old.example.com. 300 DNAME A25ldwdleGFtcGxlA2NvbQA=
query b.old.example.com A
  NXDOMAIN aa
  old.example.com. 300 DNAME A25ldwdleGFtcGxlA2NvbQA=
  b.old.example.com. 300 CNAME b.new.example.com.
  ; authority
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 120
# RFC 6672, section 2.2: a name that is too long.
query aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddd.far.example.com A edns
  RCODE6 aa
  ; edns udp 1232
  far.example.com. 300 DNAME AWEEbmFtZQR0aGF0AmlzBmxvbmdlcgR0aGFuA3RoZQNvbmUGYmVmb3JlA25ldwdleGFtcGxlA2NvbQA=
# What no file of could be used yet is not known. The others are served.
zone example.net unread
query www.example.net A edns
  SERVFAIL
  ; edns udp 1232, ede 14
query mail.example.com A
  NOERROR aa
  mail.example.com. 300 A 192.0.2.25
zone example.net nothing
query www.example.net A
  REFUSED
