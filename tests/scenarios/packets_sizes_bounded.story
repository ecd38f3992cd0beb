# `maxUdpSize` bounds replies over UDP whatever the client takes, and is what we announce.
federation myfed example.com
settings max-udp-size 900 max-addresses 60
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17 192.0.2.18 192.0.2.19 192.0.2.20 192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 192.0.2.25 192.0.2.26 192.0.2.27 192.0.2.28 192.0.2.29 192.0.2.30 192.0.2.31 192.0.2.32 192.0.2.33 192.0.2.34 192.0.2.35 192.0.2.36 192.0.2.37 192.0.2.38 192.0.2.39 192.0.2.40 192.0.2.41 192.0.2.42 192.0.2.43 192.0.2.44 192.0.2.45 192.0.2.46 192.0.2.47 192.0.2.48 192.0.2.49 192.0.2.50 192.0.2.51 192.0.2.52 192.0.2.53 192.0.2.54 192.0.2.55 192.0.2.56 192.0.2.57 192.0.2.58 192.0.2.59 192.0.2.60 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A udp 4096 size
  NOERROR aa tc
  ; edns udp 900
  ; 65 octets
query nothing.example.com A udp 4096
  NXDOMAIN aa
  ; edns udp 900
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
