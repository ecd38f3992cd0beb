# Where labels coincide every form of the table still exists: a federation called like a region, a
# zone like its region, a service and a namespace called `svc`.
federation north example.com
federation north2 example.com
cluster one zone north.north
cluster two zone a.south
cluster one has north/north 192.0.2.1 ready 1
cluster two has svc/svc 192.0.2.2 ready 1
cluster one has svc/svc 192.0.2.3 ready 1
clusters sync
query north.north.north.svc.north.north.example.com A
  NOERROR aa
  north.north.north.svc.north.north.example.com. 180 A 192.0.2.1
query north.north.north.north.north.example.com A
  NOERROR aa
  north.north.north.north.north.example.com. 180 A 192.0.2.1
query north.north.north.north.example.com A
  NOERROR aa
  north.north.north.north.example.com. 180 A 192.0.2.1
query north.north.north.svc.north.example.com A
  NOERROR aa
  north.north.north.svc.north.example.com. 180 A 192.0.2.1
query north.north.north.example.com A
  NOERROR aa
  north.north.north.example.com. 180 A 192.0.2.1
query north.north.north.svc.example.com A
  NOERROR aa
  north.north.north.svc.example.com. 180 A 192.0.2.1
query svc.svc.north.svc.example.com A
  NOERROR aa
  svc.svc.north.svc.example.com. 180 A 192.0.2.2
  svc.svc.north.svc.example.com. 180 A 192.0.2.3
query svc.svc.north.svc.a.south.example.com A
  NOERROR aa
  svc.svc.north.svc.a.south.example.com. 180 A 192.0.2.2
query svc.svc.north.a.south.example.com A
  NOERROR aa
  svc.svc.north.a.south.example.com. 180 A 192.0.2.2
query svc.svc.north2.a.example.com A
  NOERROR aa
  svc.svc.north2.a.example.com. 180 A 192.0.2.2
# All names above them exist.
query north.north.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.north.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.north.svc.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query north.svc.north.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query svc.north.north.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
# The federation's name is a complaint: inside cluster one its names collide with a namespace.
complaints
  one: federation north: a namespace is called north like a federation: inside the cluster their names collide; rename one
