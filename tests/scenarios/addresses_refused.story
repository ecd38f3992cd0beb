# A cluster may be held to `namespaces` it may publish and `addresses` it may name, so that one member
# can not take over another's names. What is refused is a complaint.
federation myfed example.com
entry guest namespaces shop,pay-* addresses 203.0.113.0/24,2001:db8:9::/48
cluster guest zone b.us
cluster guest has shop/cart 203.0.113.1 192.0.2.1 2001:db8:9::1 2001:db8:8::1 ready 1
cluster guest has pay-eu/pay 203.0.113.2 ready 1
cluster guest has bank/vault 203.0.113.3 ready 1
cluster guest has shop/theft 198.51.100.1 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 203.0.113.1
query cart.shop.myfed.svc.b.us.example.com AAAA
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 AAAA 2001:db8:9::1
query pay.pay-eu.myfed.svc.b.us.example.com A
  NOERROR aa
  pay.pay-eu.myfed.svc.b.us.example.com. 180 A 203.0.113.2
query vault.bank.myfed.svc.b.us.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query bank.myfed.svc.example.com A
  NXDOMAIN aa
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query theft.shop.myfed.svc.b.us.example.com A
  NOERROR aa
  theft.shop.myfed.svc.b.us.example.com. 180 CNAME theft.shop.myfed.svc.us.example.com.
  theft.shop.myfed.svc.us.example.com. 180 CNAME theft.shop.myfed.svc.example.com.
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
complaints
  guest: service bank/vault: this cluster may not publish the namespace; add it under `namespaces` of the cluster if it should
  guest: service shop/cart: address 192.0.2.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  guest: service shop/cart: address 2001:db8:8::1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
  guest: service shop/theft: address 198.51.100.1 is refused: this cluster may not name it; list its network under `addresses` of the cluster if it should
# Another cluster publishes the service: the guest's shard has no part in it.
cluster home zone b.us
cluster home has bank/vault 192.0.2.10 ready 1
cluster home syncs
query vault.bank.myfed.svc.b.us.example.com A
  NOERROR aa
  vault.bank.myfed.svc.b.us.example.com. 180 A 192.0.2.10
# Mended facts take complaints back.
cluster guest has shop/cart 203.0.113.1 ready 1
cluster guest loses bank/vault
cluster guest loses shop/theft
log
  home joins bank/vault: 192.0.2.10
  guest moves shop/cart to 203.0.113.1
complaints
