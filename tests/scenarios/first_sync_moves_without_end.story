# A list that moves and never comes to its end extends `syncGrace` ten times, and no more.
settings sync-grace 10
federation myfed example.com
cluster endless nowhere
at 9s
cluster endless list-moves
unread
  not ready; never read: endless
at 18s
cluster endless list-moves
at 27s
cluster endless list-moves
at 36s
cluster endless list-moves
at 45s
cluster endless list-moves
at 54s
cluster endless list-moves
at 63s
cluster endless list-moves
at 72s
cluster endless list-moves
at 81s
cluster endless list-moves
at 90s
cluster endless list-moves
unread
  not ready; never read: endless
at 99s
cluster endless list-moves
unread
  not ready; never read: endless
at 108s
cluster endless list-moves
unread
  ready; never read: endless
query cart.shop.myfed.svc.example.com A edns
  SERVFAIL
  ; edns udp 1232, ede 14
