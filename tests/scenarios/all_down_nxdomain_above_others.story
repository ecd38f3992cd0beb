# RFC 8020, section 2: a name with something below it is never NXDOMAIN. Where a federation is
# called like a region, a service's global name may also be the name of a namespace at a place:
# service shop of namespace eu, and namespace shop in region eu. Then it is NODATA, at the end of
# a chain too.
federation eu example.com when-all-down nxdomain
cluster one zone a.eu
cluster one has eu/shop 192.0.2.1 ready 0
cluster one has shop/cart 192.0.2.2 ready 1
cluster one has eu/other 192.0.2.3 ready 0
clusters sync
query cart.shop.eu.eu.example.com A
  NOERROR aa
  cart.shop.eu.eu.example.com. 180 A 192.0.2.2
query shop.eu.eu.example.com A
  NOERROR aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query shop.eu.eu.a.eu.example.com A
  NOERROR aa
  shop.eu.eu.a.eu.example.com. 180 CNAME shop.eu.eu.eu.example.com.
  shop.eu.eu.eu.example.com. 180 CNAME shop.eu.eu.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query shop.eu.eu.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query other.eu.eu.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
