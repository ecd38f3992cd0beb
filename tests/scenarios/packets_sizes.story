# Reply size: what the client takes, at most `maxUdpSize` (1232), 512 without EDNS; sizes under 512
# count as 512 (RFC 6891, section 6.2.3). Too big: TC, and empty: RFC 2181, section 9, asks clients to
# ignore a truncated RRset anyway. Then TCP tells all.
federation myfed example.com
settings max-addresses 0
cluster east zone b.us
cluster east has shop/few 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17 192.0.2.18 192.0.2.19 192.0.2.20 192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 192.0.2.25 192.0.2.26 192.0.2.27 192.0.2.28 ready 1
cluster east has shop/more 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17 192.0.2.18 192.0.2.19 192.0.2.20 192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 192.0.2.25 192.0.2.26 192.0.2.27 192.0.2.28 192.0.2.29 192.0.2.30 ready 1
cluster east has shop/many 192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6 192.0.2.7 192.0.2.8 192.0.2.9 192.0.2.10 192.0.2.11 192.0.2.12 192.0.2.13 192.0.2.14 192.0.2.15 192.0.2.16 192.0.2.17 192.0.2.18 192.0.2.19 192.0.2.20 192.0.2.21 192.0.2.22 192.0.2.23 192.0.2.24 192.0.2.25 192.0.2.26 192.0.2.27 192.0.2.28 192.0.2.29 192.0.2.30 192.0.2.31 192.0.2.32 192.0.2.33 192.0.2.34 192.0.2.35 192.0.2.36 192.0.2.37 192.0.2.38 192.0.2.39 192.0.2.40 192.0.2.41 192.0.2.42 192.0.2.43 192.0.2.44 192.0.2.45 192.0.2.46 192.0.2.47 192.0.2.48 192.0.2.49 192.0.2.50 192.0.2.51 192.0.2.52 192.0.2.53 192.0.2.54 192.0.2.55 192.0.2.56 192.0.2.57 192.0.2.58 192.0.2.59 192.0.2.60 192.0.2.61 192.0.2.62 192.0.2.63 192.0.2.64 192.0.2.65 192.0.2.66 192.0.2.67 192.0.2.68 192.0.2.69 192.0.2.70 192.0.2.71 192.0.2.72 192.0.2.73 192.0.2.74 192.0.2.75 192.0.2.76 192.0.2.77 192.0.2.78 192.0.2.79 192.0.2.80 ready 1
clusters sync
# 28 addresses just fit into 512 octets, 30 do not.
query few.shop.myfed.svc.b.us.example.com A size
  NOERROR aa
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.4
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.5
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.6
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.7
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.8
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.9
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.10
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.11
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.12
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.13
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.14
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.15
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.16
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.17
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.18
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.19
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.20
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.21
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.22
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.23
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.24
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.25
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.26
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.27
  few.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.28
  ; 501 octets
query more.shop.myfed.svc.b.us.example.com A size
  NOERROR aa tc
  ; 54 octets
query more.shop.myfed.svc.b.us.example.com A udp 513 size
  NOERROR aa tc
  ; edns udp 1232
  ; 65 octets
query more.shop.myfed.svc.b.us.example.com A udp 100 size
  NOERROR aa tc
  ; edns udp 1232
  ; 65 octets
query many.shop.myfed.svc.b.us.example.com A udp 1232 size
  NOERROR aa tc
  ; edns udp 1232
  ; 65 octets
query many.shop.myfed.svc.b.us.example.com A udp 4096 do size
  NOERROR aa tc
  ; edns udp 1232 do
  ; 65 octets
query more.shop.myfed.svc.b.us.example.com A udp 560 draw 3 size
  NOERROR aa
  ; edns udp 1232
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.4
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.5
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.6
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.7
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.8
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.9
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.10
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.11
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.12
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.13
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.14
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.15
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.16
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.17
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.18
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.19
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.20
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.21
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.22
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.23
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.24
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.25
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.26
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.27
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.28
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.29
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.30
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
  ; 545 octets
query more.shop.myfed.svc.b.us.example.com A tcp size
  NOERROR aa
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.2
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.3
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.4
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.5
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.6
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.7
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.8
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.9
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.10
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.11
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.12
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.13
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.14
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.15
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.16
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.17
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.18
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.19
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.20
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.21
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.22
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.23
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.24
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.25
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.26
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.27
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.28
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.29
  more.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.30
  ; 534 octets
