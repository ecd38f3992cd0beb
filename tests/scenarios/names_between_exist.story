# RFC 8020, section 2: "NXDOMAIN means that nothing exists at or below" a name. So every name
# between the apex and a published name is an empty non-terminal: NODATA, whatever the type.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
# region, zone in region, zone alone
query us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query us-east1-b.us-east1.example.com TXT
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query us-east1-b.example.com AAAA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# svc before any location
query svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.us-east1-b.us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.us-east1-b.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# federation, canonical and short
query myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query myfed.svc.us-east1-b.us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query myfed.example.com ANY
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query myfed.us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# namespace, canonical and short
query shop.myfed.svc.example.com SOA
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query shop.myfed.svc.us-east1-b.us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query shop.myfed.example.com NS
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query shop.myfed.us-east1-b.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# Not healthy is not unpublished: the names between stay.
cluster east loses shop/cart endpoints
query shop.myfed.svc.us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# The last service of a namespace goes: the namespace goes with it, the rest stays while another
# service is published somewhere.
cluster east has pay/pay 192.0.2.2 ready 1
cluster east loses shop/cart
query shop.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query pay.myfed.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
