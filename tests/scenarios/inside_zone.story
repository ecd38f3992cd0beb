# F.svc.<clusterDomain> is a zone of ours (SOA, NS) for the clusterDomain of every registered cluster;
# the rest of <clusterDomain> is REFUSED.
federation myfed example.com
federation other example.org publish labelled
entry east networks 10.8.0.0/14
entry west domain k8s.corp
cluster east zone a.us
cluster west zone b.us
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1
cluster east has lab/tool type ClusterIP cluster-ip 10.96.0.2 ready 1
clusters sync
query myfed.svc.cluster.local SOA
  NOERROR aa
  myfed.svc.cluster.local. 60 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query myfed.svc.cluster.local NS
  NOERROR aa
  myfed.svc.cluster.local. 3600 NS ns1.example.com.
  myfed.svc.cluster.local. 3600 NS ns2.example.com.
query myfed.svc.k8s.corp SOA
  NOERROR aa
  myfed.svc.k8s.corp. 60 SOA ns1.example.com. hostmaster.myfed.svc.k8s.corp. 1700000000 60 30 1209600 5
query other.svc.k8s.corp A
  NOERROR aa
  ; authority
  other.svc.k8s.corp. 5 SOA ns1.example.org. hostmaster.other.svc.k8s.corp. 1700000000 60 30 1209600 5
query svc.cluster.local SOA
  REFUSED
query cluster.local A
  REFUSED
query none.svc.cluster.local A
  REFUSED
query cart.shop.svc.cluster.local A from 10.8.0.1
  REFUSED
# RFC 8020: a name with something below it is never NXDOMAIN.
query shop.myfed.svc.cluster.local A
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query lab.myfed.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Nothing below it for this asker.
query lab.myfed.svc.cluster.local A
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query none.myfed.svc.cluster.local A
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Below an existing service name: NXDOMAIN.
query x.cart.shop.myfed.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query _http._tcp.cart.shop.myfed.svc.cluster.local SRV from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query *.shop.myfed.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.example.com. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
# Only labelled Services take part, in every form, also for askers in their own cluster.
query cart.shop.other.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  other.svc.cluster.local. 5 SOA ns1.example.org. hostmaster.other.svc.cluster.local. 1700000000 60 30 1209600 5
query shop.other.svc.cluster.local A from 10.8.0.1
  NXDOMAIN aa
  ; authority
  other.svc.cluster.local. 5 SOA ns1.example.org. hostmaster.other.svc.cluster.local. 1700000000 60 30 1209600 5
cluster east has shop/cart 192.0.2.1 cluster-ip 10.96.0.1 ready 1 labelled
query cart.shop.other.svc.cluster.local A from 10.8.0.1
  NOERROR aa
  cart.shop.other.svc.cluster.local. 5 A 10.96.0.1
query cart.shop.other.svc.k8s.corp A from 10.8.0.1
  NOERROR aa
  cart.shop.other.svc.k8s.corp. 5 A 10.96.0.1
# The domain goes with the last cluster that has it.
cluster west ends
query myfed.svc.k8s.corp SOA
  REFUSED
