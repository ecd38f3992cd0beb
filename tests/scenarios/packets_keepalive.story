# How long a connection may be idle: told over TCP where it is asked for.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
# RFC 7828, section 3.3.2: "Servers MUST specify the TIMEOUT value that is currently associated with the
# TCP session. It is reasonable for this value to change according to local resource constraints." In
# units of 100 milliseconds (section 3.1).
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive
  NOERROR aa
  ; edns udp 1232, keepalive 100
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive idle 2550
  NOERROR aa
  ; edns udp 1232, keepalive 25
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A tcp do keepalive
  NOERROR aa
  ; edns udp 1232 do, keepalive 100
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query nothing.shop.myfed.svc.b.us.example.com A tcp keepalive
  NXDOMAIN aa
  ; edns udp 1232, keepalive 100
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query example.net A tcp keepalive
  REFUSED
  ; edns udp 1232, keepalive 100
# Section 3.3.2: "The DNS server SHOULD send an edns-tcp-keepalive option with a timeout of 0 if it deems its
# local resources are too low to service more TCP keepalive sessions, or if it wants clients to close
# currently open connections."
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive idle 0
  NOERROR aa
  ; edns udp 1232, keepalive 0
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# The field has sixteen bits.
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive idle 99999999
  NOERROR aa
  ; edns udp 1232, keepalive 65535
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# Who does not ask is told nothing.
query cart.shop.myfed.svc.b.us.example.com A tcp edns
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A tcp
  NOERROR aa
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# Section 3.2.1: "Clients MUST specify an OPTION-LENGTH of 0 and omit the TIMEOUT value." Who does not is told
# so; where the version is not known nothing of its options is.
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive-of 100
  FORMERR
  ; edns udp 1232
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive keepalive-of 100
  FORMERR
  ; edns udp 1232
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive-of 100 version 1
  BADVERS
  ; edns udp 1232
# Section 3.3.1: "A DNS server that receives a query using UDP transport that includes the
# edns-tcp-keepalive option MUST ignore the option." Whatever it is.
query cart.shop.myfed.svc.b.us.example.com A keepalive
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A keepalive-of 100
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
# Beside an extended error.
at 70s
cluster east lost connection refused
at 140s
query cart.shop.myfed.svc.b.us.example.com A tcp keepalive
  NOERROR aa
  ; edns udp 1232, ede 3, keepalive 100
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
