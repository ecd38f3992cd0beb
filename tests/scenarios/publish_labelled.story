# With `publish: labelled` only Services labelled `fedns.dev/publish: "true"` take part, in every
# form; another federation over the same clusters is not concerned.
federation open example.com
federation closed example.org publish labelled
cluster east zone b.us
cluster west zone b.eu
cluster east has shop/cart 192.0.2.1 ready 1
cluster west has shop/cart 198.51.100.1 ready 1 labelled
cluster east has pay/pay 192.0.2.2 ready 1
clusters sync
query cart.shop.open.svc.example.com A
  NOERROR aa
  cart.shop.open.svc.example.com. 180 A 192.0.2.1
  cart.shop.open.svc.example.com. 180 A 198.51.100.1
query cart.shop.closed.svc.example.org A
  NOERROR aa
  cart.shop.closed.svc.example.org. 180 A 198.51.100.1
query cart.shop.closed.svc.b.us.example.org A
  NOERROR aa
  cart.shop.closed.svc.b.us.example.org. 180 CNAME cart.shop.closed.svc.us.example.org.
  cart.shop.closed.svc.us.example.org. 180 CNAME cart.shop.closed.svc.example.org.
  cart.shop.closed.svc.example.org. 180 A 198.51.100.1
query cart.shop.closed.b.example.org A
  NOERROR aa
  cart.shop.closed.b.example.org. 180 A 198.51.100.1
query pay.pay.closed.svc.example.org A
  NXDOMAIN aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
query pay.closed.svc.example.org A
  NXDOMAIN aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
query shop.closed.svc.example.org A
  NOERROR aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
# The label goes, and with the last one all names.
cluster west has shop/cart 198.51.100.1 ready 1
query cart.shop.closed.svc.example.org A
  NXDOMAIN aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
query svc.example.org A
  NXDOMAIN aa
  ; authority
  example.org. 5 SOA ns1.example.org. hostmaster.example.org. 1700000000 60 30 1209600 5
query cart.shop.open.svc.b.eu.example.com A
  NOERROR aa
  cart.shop.open.svc.b.eu.example.com. 180 A 198.51.100.1
