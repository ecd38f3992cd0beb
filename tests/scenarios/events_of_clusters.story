# The states of a cluster, each with how it was before and for how long: in the words of the verdict.
federation myfed example.com
entry east when-silent withdraw
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
cluster west zone b.us
cluster west has shop/web 192.0.2.2 ready 1
cluster west is west-1
clusters sync
events
  0s cluster info: east is synced: read and heard, with 1 service; it was awaited for 0 s
  0s cluster info: west is synced: read and heard, with 1 service; it was awaited for 0 s
at 10s
cluster east lost time-out
cluster west lost refused
events
  10s cluster warning: east is lost: clients go on to get what its 1 service had last: time-out; it was synced for 10 s
  10s cluster warning: west is lost: clients go on to get what its 1 service had last: refused; it was synced for 10 s
at 70s
events
  70s cluster warning: east is withdrawn: it is silent, and answers go without its 1 service: time-out; it was lost for 60 s
  70s cluster warning: west is silent: clients go on to get what its 1 service had last: refused; it was lost for 60 s
  70s service warning: shop/cart is down: no cluster answers any more; clients get no address (NODATA, kept for 5 s at most)
at 75s
cluster east reached
cluster west reached
events
  75s cluster info: east is synced: read and heard, with 1 service; it was withdrawn for 5 s
  75s service info: shop/cart answers again; it was down for 5 s
  75s cluster info: west is synced: read and heard, with 1 service; it was silent for 5 s
# Another cluster in the place of one, until that is accepted.
at 80s
cluster west is west-2
events
  80s cluster warning: another cluster answers in the place of west: what west said last stays, until `fedns clusters accept west`; it was synced for 5 s
at 90s
cluster west accepted
cluster west lists zone b.us; shop/web 192.0.2.2 ready 1
cluster west syncs
events
  90s cluster info: west is synced: read and heard, with 1 service; it was foreign for 10 s
# Something could not be read.
at 100s
cluster east syncs partly
events
  100s cluster warning: east is partial: something of it could not be read, see its complaints; it was synced for 25 s
# One that goes ends its part in each service.
at 110s
cluster east ends
events
  110s service info: east leaves shop/cart: the cluster is no longer registered
