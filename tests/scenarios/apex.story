# Each apex has SOA and NS, and nothing else: TTL 3600 for name servers, 60 for the SOA. RFC 1034,
# section 4.2.1: every zone has both.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com NS
  NOERROR aa
  example.com. 3600 NS ns1.example.com.
  example.com. 3600 NS ns2.example.com.
  ; additional
  ns1.example.com. 3600 A 192.0.2.53
  ns2.example.com. 3600 A 192.0.2.54
query ExamPle.com NS
  NOERROR aa
  ExamPle.com. 3600 NS ns1.ExamPle.com.
  ExamPle.com. 3600 NS ns2.ExamPle.com.
  ; additional
  ns1.ExamPle.com. 3600 A 192.0.2.53
  ns2.ExamPle.com. 3600 A 192.0.2.54
query example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com MX
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com CNAME
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com DS
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# RFC 8482, section 4.2: ANY is answered with a synthesised HINFO.
query example.com ANY
  NOERROR aa
  example.com. 3600 HINFO RFC8482
query example.com TXT
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
