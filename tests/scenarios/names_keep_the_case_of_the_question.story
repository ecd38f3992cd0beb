# RFC 4343, section 3: names compare without regard to case. The answer's first owner keeps the
# question's case, on which resolvers that mix cases (0x20) rely.
federation myfed example.com
cluster east zone us-east1-b.us-east1
cluster west zone EU-West1-B.EU-West1
cluster east has shop/cart 192.0.2.1 ready 0
cluster west has shop/cart 198.51.100.1 ready 1
clusters sync
query cArT.ShOp.MyFeD.sVc.eU-wEsT1-b.eu-WEST1.eXaMpLe.CoM A
  NOERROR aa
  cArT.ShOp.MyFeD.sVc.eU-wEsT1-b.eu-WEST1.eXaMpLe.CoM. 180 A 198.51.100.1
query CART.shop.myfed.SVC.us-east1-b.US-EAST1.EXAMPLE.com A
  NOERROR aa
  CART.shop.myfed.SVC.us-east1-b.US-EAST1.EXAMPLE.com. 180 CNAME cart.shop.myfed.svc.US-EAST1.EXAMPLE.com.
  cart.shop.myfed.svc.US-EAST1.EXAMPLE.com. 180 CNAME cart.shop.myfed.svc.EXAMPLE.com.
  cart.shop.myfed.svc.EXAMPLE.com. 180 A 198.51.100.1
query NO.shop.myfed.svc.Example.COM A
  NXDOMAIN aa
  ; authority
  Example.COM. 5 SOA ns1.Example.COM. hostmaster.Example.COM. 1700000000 60 30 1209600 5
