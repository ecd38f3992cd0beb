# A static zone answers what stands in it. RFC 1034, section 4.3.2: a name is what it owns, an alias of another,
# below a cut, or made of a wildcard; else it does not exist.
zone example.com example.com
query example.com SOA
query example.com NS
query example.com MX
query MAIL.example.com AAAA
query mail.example.com TXT
query nowhere.example.com A
query mail.example.com ANY
query _sip._tcp.example.com SRV
query _tcp.example.com A
# RFC 1034, section 3.6.2: an alias is followed inside our zones, and left to others outside of them.
query away.example.com A
query away.example.com CNAME
query round.example.com A
# RFC 4592, section 3.3.1: the wildcard of the closest encloser, and of no other, stands for a name.
query a.b.w.example.com TXT
query a.w.example.com A
query a.w.example.com MX
query host.w.example.com A
query y.host.w.example.com A
query w.example.com A
query *.w.example.com TXT
# RFC 1034, section 4.2.1: below a cut others know more. RFC 9471: the addresses without which nobody gets there.
query lab.example.com A
query x.lab.example.com A
query ns.lab.example.com A
# RFC 3658, section 2.2.1.1: DS stands on the parent's side.
query lab.example.com DS
query example.com DS
# RFC 6672, section 3.1: DNAME first, then the CNAME that it makes.
query a.old.example.com A
query old.example.com A
query old.example.com DNAME
query b.old.example.com A
# RFC 6672, section 2.2: a name that is too long.
query aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.ddddddddddddddddddddddddddddddddddddddddddddddddddd.old.example.com A
# What no file of could be used yet is not known. The others are served.
zone example.net unread
query www.example.net A edns
query mail.example.com A
zone example.net nothing
query www.example.net A
