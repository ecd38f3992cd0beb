$TTL 300
@ 60 SOA ns1 hostmaster 7 60 30 1209600 120
@ NS ns1
@ NS ns.elsewhere.net.
@ MX 10 mail
@ 60 ALIAS cart.shop.myfed.svc
ns1 A 192.0.2.53
mail A 192.0.2.25
mail AAAA 2001:db8::25
shop 600 CNAME cart.shop.myfed.svc
away CNAME www.elsewhere.net.
round CNAME circle
circle CNAME round
*.w TXT "made"
*.w A 192.0.2.9
x.host.w A 192.0.2.10
alias.w CNAME shop
lab NS ns.lab
lab NS ns2.beside
lab DS 1 13 2 e06d44b80b8f1d39a95c0b0d7c65d08458e880409bbc683457104237c7f8ec8d
ns.lab A 192.0.2.60
ns2.beside A 192.0.2.61
old DNAME new
a.new A 192.0.2.11
down ALIAS dead.shop.myfed.svc
_sip._tcp SRV 0 5 5060 mail
far DNAME a.name.that.is.longer.than.the.one.before.new
