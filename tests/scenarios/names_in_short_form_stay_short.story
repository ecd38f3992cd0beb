# CNAMEs keep the form that was asked: who searches without `svc` may hold a certificate or a rule for
# such names.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster west zone eu-west1-b.eu-west1
cluster east has shop/cart 192.0.2.1 ready 0
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
query cart.shop.myfed.us-east1-b.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.us-east1-b.us-east1.example.com. 180 CNAME cart.shop.myfed.us-east1.example.com.
  cart.shop.myfed.us-east1.example.com. 180 CNAME cart.shop.myfed.example.com.
  cart.shop.myfed.example.com. 180 A 198.51.100.1
query cart.shop.myfed.us-east1-b.example.com A
  NOERROR aa
  cart.shop.myfed.us-east1-b.example.com. 180 CNAME cart.shop.myfed.us-east1.example.com.
  cart.shop.myfed.us-east1.example.com. 180 CNAME cart.shop.myfed.example.com.
  cart.shop.myfed.example.com. 180 A 198.51.100.1
query cart.shop.myfed.us-east1.example.com A
  NOERROR aa
  cart.shop.myfed.us-east1.example.com. 180 CNAME cart.shop.myfed.example.com.
  cart.shop.myfed.example.com. 180 A 198.51.100.1
# RFC 1034, section 3.6.2: "When a name server fails to find a desired RR in the resource set
# associated with the domain name, it checks to see if the resource set consists of a CNAME".
query cart.shop.myfed.us-east1-b.us-east1.example.com AAAA
  NOERROR aa
  cart.shop.myfed.us-east1-b.us-east1.example.com. 180 CNAME cart.shop.myfed.us-east1.example.com.
  cart.shop.myfed.us-east1.example.com. 180 CNAME cart.shop.myfed.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
