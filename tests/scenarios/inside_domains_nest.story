# The deepest apex owns the name. A cluster's domain may lie below a federation's.
federation myfed example.com
federation deep eu.example.com
entry east networks 10.8.0.0/14 domain k8s.example.com
cluster east zone a.eu
cluster west zone b.eu
cluster west has shop/cart 192.0.2.1 ready 1
clusters sync
query cart.shop.myfed.svc.k8s.example.com A from 10.8.0.1
  NOERROR aa
  cart.shop.myfed.svc.k8s.example.com. 5 CNAME cart.shop.myfed.svc.example.com.
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
query cart.shop.deep.svc.k8s.example.com A from 10.8.0.1
  NOERROR aa
  cart.shop.deep.svc.k8s.example.com. 5 CNAME cart.shop.deep.svc.a.eu.eu.example.com.
  cart.shop.deep.svc.a.eu.eu.example.com. 180 CNAME cart.shop.deep.svc.eu.eu.example.com.
  cart.shop.deep.svc.eu.eu.example.com. 180 A 192.0.2.1
query myfed.svc.k8s.example.com NS
  NOERROR aa
  myfed.svc.k8s.example.com. 3600 NS ns1.example.com.
  myfed.svc.k8s.example.com. 3600 NS ns2.example.com.
# The rest of it is the federation's domain here.
query k8s.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.k8s.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query other.k8s.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query cart.shop.myfed.svc.example.com A
  NOERROR aa
  cart.shop.myfed.svc.example.com. 180 A 192.0.2.1
