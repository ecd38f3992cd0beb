# AA inside our zones, but for errors; RD copied, AD and CD clear. RFC 3225: DO is copied; other EDNS
# flags are zero; no option comes back.
federation myfed example.com
cluster east zone b.us
cluster east has shop/cart 192.0.2.1 ready 1
clusters sync
query cart.shop.myfed.svc.b.us.example.com A rd
  NOERROR aa rd
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A rd ad cd
  NOERROR aa rd
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A do
  NOERROR aa
  ; edns udp 1232 do
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query cart.shop.myfed.svc.b.us.example.com A edns cookie
  NOERROR aa
  ; edns udp 1232
  cart.shop.myfed.svc.b.us.example.com. 180 A 192.0.2.1
query nothing.example.com A rd do
  NXDOMAIN aa rd
  ; edns udp 1232 do
  ; authority
  example.com. 5 SOA ns1.example.com. hostmaster.example.com. 1700000000 60 30 1209600 5
query nothing.example.org A rd cd
  REFUSED rd
