# Only Services of type LoadBalancer are published.
federation myfed example.com
cluster east zone b.us
cluster east has shop/inner 192.0.2.1 ready 1 type ClusterIP
cluster east has shop/port 192.0.2.2 ready 1 type NodePort
cluster east has shop/alias ready 1 type ExternalName
clusters sync
query inner.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query port.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query alias.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
cluster east has shop/inner 192.0.2.1 ready 1
query inner.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  inner.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
cluster east has shop/inner 192.0.2.1 ready 1 type NodePort
log
  east joins shop/inner: 192.0.2.1
  east leaves shop/inner: not of type LoadBalancer
query inner.shop.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
