# Two entries that lead to one API server, as the UID of `kube-system` says, are told of each other as
# long as it is so.
federation myfed example.com
cluster east zone a.us
cluster east is one
cluster east syncs
cluster west zone b.eu
cluster west syncs
complaints
cluster west is one
complaints
  east: its API server is that of west too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
  west: its API server is that of east too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
# A third one; and one that does not say who it is.
cluster north zone c.eu
cluster north is one
cluster north syncs
cluster south zone d.eu
cluster south syncs
complaints
  east: its API server is that of north, west too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
  north: its API server is that of east, west too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
  west: its API server is that of east, north too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
# One goes.
cluster north ends
complaints
  east: its API server is that of west too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
  west: its API server is that of east too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
# What an earlier run knew of them counts.
restarts
complaints
  east: its API server is that of west too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
  west: its API server is that of east too (kube-system has UID one), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
# Another cluster answers in the place of one: they are two.
cluster west is two
complaints
  west: its API server is now that of another cluster (kube-system has UID two); what the former one said stays. If that is meant, say `fedns clusters accept NAME`
# It is accepted; then east's is that one too.
cluster west accepted
cluster east is two
complaints
  east: its API server is now that of another cluster (kube-system has UID two); what the former one said stays. If that is meant, say `fedns clusters accept NAME`
  east: its API server is that of west too (kube-system has UID two), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
  west: its API server is that of east too (kube-system has UID two), so what runs there is answered as if it ran in each; take one of the entries out, or mend the one that leads there by mistake: of merged kubeconfigs the first to have a name wins
# One is read from elsewhere from now on, and says first who it is there.
cluster east moves
complaints
cluster east is three
complaints
