# The deepest apex owns a name, also a name server's: whichever federation names it, its addresses are
# answered where the name lies.
federation myfed example.com ns ns1.second.example.com 192.0.2.53 ns ns2.example.com 192.0.2.54
federation second second.example.com ns ns2.example.com 192.0.2.54 ns ns.example.net 192.0.2.55
at 0s
query example.com NS
  NOERROR aa
  example.com. 3600 NS ns1.second.example.com.
  example.com. 3600 NS ns2.example.com.
  ; additional
  ns1.second.example.com. 3600 A 192.0.2.53
  ns2.example.com. 3600 A 192.0.2.54
query ns1.second.example.com A
  NOERROR aa
  ns1.second.example.com. 3600 A 192.0.2.53
query ns2.example.com A
  NOERROR aa
  ns2.example.com. 3600 A 192.0.2.54
query second.example.com NS
  NOERROR aa
  second.example.com. 3600 NS ns2.example.com.
  second.example.com. 3600 NS ns.example.net.
