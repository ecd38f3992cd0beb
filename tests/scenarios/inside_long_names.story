# A canonical name that would pass 255 octets at some place does not exist there; whoever would be
# sent to it is sent to the next wider one that fits.
federation myfed a-domain-with-quite-a-long-name-that-leaves-little-room.and-it-goes-on-and-on-for-longer-than-usual.example.com
cluster east node n1 zone-with-a-long-name.region-with-a-name-that-is-long-too 10.244.0.0/24
cluster east nowhere
cluster west zone b.us
cluster west has a-namespace-with-a-long-name-indeed/service-of-a-long-name-indeed-that-fits 192.0.2.1 ready 1
clusters sync
query service-of-a-long-name-indeed-that-fits.a-namespace-with-a-long-name-indeed.myfed.svc.cluster.local A from 10.244.0.1
  NOERROR aa
  service-of-a-long-name-indeed-that-fits.a-namespace-with-a-long-name-indeed.myfed.svc.cluster.local. 5 CNAME service-of-a-long-name-indeed-that-fits.a-namespace-with-a-long-name-indeed.myfed.svc.region-with-a-name-that-is-long-too.a-domain-with-quite-a-long-name-that-leaves-little-room.and-it-goes-on-and-on-for-longer-than-usual.example.com.
  service-of-a-long-name-indeed-that-fits.a-namespace-with-a-long-name-indeed.myfed.svc.region-with-a-name-that-is-long-too.a-domain-with-quite-a-long-name-that-leaves-little-room.and-it-goes-on-and-on-for-longer-than-usual.example.com. 180 CNAME service-of-a-long-name-indeed-that-fits.a-namespace-with-a-long-name-indeed.myfed.svc.a-domain-with-quite-a-long-name-that-leaves-little-room.and-it-goes-on-and-on-for-longer-than-usual.example.com.
  service-of-a-long-name-indeed-that-fits.a-namespace-with-a-long-name-indeed.myfed.svc.a-domain-with-quite-a-long-name-that-leaves-little-room.and-it-goes-on-and-on-for-longer-than-usual.example.com. 180 A 192.0.2.1
