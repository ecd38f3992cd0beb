# RFC 8020: no name is denied below which another one exists, be it that of a name server.
federation myfed example.com ns ns1.a.dns.myfed.svc.cluster.local 192.0.2.53 ns ns2.example.com 192.0.2.54
cluster east zone a.us
clusters sync
query ns1.a.dns.myfed.svc.cluster.local A
  NOERROR aa
  ns1.a.dns.myfed.svc.cluster.local. 3600 A 192.0.2.53
query a.dns.myfed.svc.cluster.local A
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.a.dns.myfed.svc.cluster.local. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query dns.myfed.svc.cluster.local A
  NOERROR aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.a.dns.myfed.svc.cluster.local. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query b.dns.myfed.svc.cluster.local A
  NXDOMAIN aa
  ; authority
  myfed.svc.cluster.local. 5 SOA ns1.a.dns.myfed.svc.cluster.local. hostmaster.myfed.svc.cluster.local. 1700000000 60 30 1209600 5
query myfed.svc.cluster.local NS
  NOERROR aa
  myfed.svc.cluster.local. 3600 NS ns1.a.dns.myfed.svc.cluster.local.
  myfed.svc.cluster.local. 3600 NS ns2.example.com.
  ; additional
  ns1.a.dns.myfed.svc.cluster.local. 3600 A 192.0.2.53
