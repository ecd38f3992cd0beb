# A federation named like a namespace of a registered cluster is a complaint: their names collide
# inside the cluster. It ends with the namespace's last Service.
federation shop example.com
cluster east zone b.us
cluster east has shop/cart ready 1 type ClusterIP
cluster east has shop/pay 192.0.2.1 ready 1
clusters sync
complaints
  east: federation shop: a namespace is called shop like a federation: inside the cluster their names collide; rename one
query pay.shop.shop.svc.b.us.example.com A
  NOERROR aa
  pay.shop.shop.svc.b.us.example.com. 180 A 192.0.2.1
cluster east loses shop/cart
complaints
  east: federation shop: a namespace is called shop like a federation: inside the cluster their names collide; rename one
cluster east loses shop/pay
complaints
