# With no service published not even `region.S` exists: there is nothing below it. The apex and the
# name servers exist anyway.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster east has shop/cart 192.0.2.1 ready 1 type ClusterIP
clusters sync
query us-east1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.us-east1-b.us-east1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.com SOA
  NOERROR aa
  example.com. 60 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query ns1.example.com A
  NOERROR aa
  ns1.example.com. 3600 A 192.0.2.53
cluster east has shop/cart 192.0.2.1 ready 1
query us-east1.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster east loses shop/cart
query us-east1.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
