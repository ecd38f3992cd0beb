# A federation without clusters: the apex answers, and nothing below it exists.
federation myfed example.com
at 0s
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
query cart.shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
