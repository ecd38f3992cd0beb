# The verdict of each state that a cluster can be in. A reassuring word needs a reason: it says what it rests on.
verdict
  fine
  no cluster is registered, and none is expected
  clusters: ; services:
federation myfed example.com
cluster east zone a.us
cluster east has shop/cart 192.0.2.1 ready 1
# Nothing was read yet: no name can be answered.
verdict
  clients are hurt
  no cluster was ever read: clients get SERVFAIL for every service (for 0 s)
  east is awaited: it was never read (what it lists has not come in whole yet); clients get SERVFAIL for services that no other cluster has (for 0 s)
  clusters: 1 awaited; services: 1 healthy
cluster west zone b.us
cluster west lost connection refused
cluster east syncs
verdict
  attention
  west is awaited: it was never read (connection refused); clients get SERVFAIL for services that no other cluster has (for 0 s)
  clusters: 1 awaited, 1 synced; services: 1 healthy
cluster west has shop/cart 192.0.2.2 ready 1
cluster west reached
cluster west syncs
at 10s
verdict
  fine
  2 clusters read and heard; 1 service answered
  clusters: 2 synced; services: 1 healthy
# Contact is lost: at once that is told, after a minute as silence. All that time the last facts stay.
cluster west lost connection refused
verdict
  attention
  west is lost: clients go on to get what its 1 service had last: connection refused (for 0 s)
  clusters: 1 lost, 1 synced; services: 1 healthy
at 100s
verdict
  attention
  west is silent: clients go on to get what its 1 service had last: connection refused (for 90 s)
  clusters: 1 silent, 1 synced; services: 1 healthy
cluster west reached
verdict
  fine
  2 clusters read and heard; 1 service answered
  clusters: 2 synced; services: 1 healthy
# Of one that its owner lets go after a minute of silence, answers go without it.
entry west when-silent withdraw
cluster west lost connection refused
at 161s
verdict
  attention
  west is withdrawn: it is silent, and answers go without its 1 service: connection refused (for 61 s)
  clusters: 1 synced, 1 withdrawn; services: 1 degraded
cluster west reached
entry west
# Another cluster in its place.
cluster west is one
cluster west is two
at 170s
verdict
  attention
  another cluster answers in the place of west: what west said last stays, until `fedns clusters accept west` (for 9 s)
  clusters: 1 foreign, 1 synced; services: 1 healthy
cluster west is one
verdict
  fine
  2 clusters read and heard; 1 service answered
  clusters: 2 synced; services: 1 healthy
# Something of it can not be read.
cluster west file x.yaml unreadable line 3: no YAML
cluster west syncs partly
verdict
  attention
  west is partial: something of it could not be read, see its complaints (for 0 s)
  west: file x.yaml: line 3: no YAML; what was read of it before stays. If nothing was, names that nobody else has stay SERVFAIL: mend it, or take it out of the folder (for 0 s)
  clusters: 1 partial, 1 synced; services: 1 healthy
cluster west file x.yaml fine
cluster west syncs
verdict
  fine
  2 clusters read and heard; 1 service answered
  clusters: 2 synced; services: 1 healthy
# A guard holds what is absent at once.
entry west guard 50
cluster west lists zone b.us; shop/cart 192.0.2.2 ready 1; shop/a 192.0.2.3 ready 1; shop/b 192.0.2.4 ready 1; shop/c 192.0.2.5 ready 1
verdict
  fine
  2 clusters read and heard; 4 services answered
  clusters: 2 synced; services: 4 healthy
cluster west lists zone b.us
verdict
  attention
  west is held: much is absent from its lists at once, and stays until a second list says so too (for 0 s)
  clusters: 1 held, 1 synced; services: 4 healthy
at 240s
verdict
  attention
  west is silent: clients go on to get what its 4 services had last (for 70 s)
  clusters: 1 silent, 1 synced; services: 4 healthy
cluster west lists zone b.us; shop/cart 192.0.2.2 ready 1; shop/a 192.0.2.3 ready 1; shop/b 192.0.2.4 ready 1; shop/c 192.0.2.5 ready 1
verdict
  fine
  2 clusters read and heard; 4 services answered
  clusters: 2 synced; services: 4 healthy
# Another process starts from what this one kept.
restarts
at 241s
verdict
  attention
  east is restored: what an earlier run kept of its 1 service answers, as of 2023-11-14T22:13:20Z (for 1 s)
  west is restored: what an earlier run kept of its 4 services answers, as of 2023-11-14T22:13:20Z (for 1 s)
  clusters: 2 restored; services: 4 healthy
at 301s
verdict
  attention
  east is silent: clients go on to get what its 1 service had last (for 61 s)
  west is silent: clients go on to get what its 4 services had last (for 61 s)
  clusters: 2 silent; services: 4 healthy
# What watches a cluster panics.
cluster east syncs
cluster west syncs
cluster east panics src/x.rs:7
verdict
  attention
  east is silent: clients go on to get what its 1 service had last (for 61 s)
  west is silent: clients go on to get what its 4 services had last (for 61 s)
  east: this is a fault of fedns: what watches it ended with src/x.rs:7; what it said before stays, and it is watched anew after a pause. Please report this line with the version of fedns (for 0 s)
  east: its source holds nothing, which is not believed: what an earlier run kept of it answers until the source holds an object. If the cluster is empty, take its entry out (and 1 more of `source_empty`) (for 0 s)
  clusters: 2 silent; services: 4 healthy
