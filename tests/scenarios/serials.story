# Serial: max(the last, unix seconds), at most one step a second, so that it only goes up. At 0 s it
# is second 1,700,000,000.
federation myfed example.com
cluster east zone b.us
clusters sync
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
at 0.4s
cluster east has shop/cart 192.0.2.1 ready 1
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# What changed in the same second as the last step gets a serial of its own in the next one, or
# secondaries that asked in between would never see it. A zone without a change keeps its own.
federation other example.net publish labelled
query example.net SOA
  NOERROR aa
  example.net. 60 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
at 1.2s
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000001 60 30 1209600 5
query example.net SOA
  NOERROR aa
  example.net. 60 SOA ns1.example.net. hostmaster.example.net. 1700000000 60 30 1209600 5
at 7s
cluster east loses shop/cart endpoints
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000007 60 30 1209600 5
query nothing.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000007 60 30 1209600 5
