//! What clusters of tests have: a namespace, a node with a place, and services in the namespace `shop`.
//!
//! In: names, a place, and whether an endpoint is ready. Out: objects as YAML.
//! Addresses of load balancers are not in it: a cloud gives them (`Cluster::balance`).

/// The namespace, and one node, of zone `a` in region `us`.
pub const PLACE: &str = "\
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: Node
metadata:
  name: n1
  labels: { topology.kubernetes.io/region: us, topology.kubernetes.io/zone: a }
";

/// A namespace.
pub fn namespace(name: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{ name: {name} }}\n")
}

/// A node; `pods` are the networks of its pods, with commas between.
pub fn node(name: &str, region: &str, zone: &str, pods: &str) -> String {
    let labels =
        format!("topology.kubernetes.io/region: {region}, topology.kubernetes.io/zone: {zone}");
    format!(
        "apiVersion: v1
kind: Node
metadata: {{ name: {name}, labels: {{ {labels} }} }}
spec: {{ podCIDRs: [{pods}] }}
"
    )
}

/// The place, with `cart` there.
pub fn shop() -> String {
    format!("{PLACE}---\n{}", service("cart", true))
}

/// A Service with one endpoint.
pub fn service(name: &str, is_ready: bool) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: shop }}
spec: {{ type: LoadBalancer, ports: [{{ name: http, port: 80 }}] }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: {name}-1, namespace: shop, labels: {{ kubernetes.io/service-name: {name} }} }}
addressType: IPv4
ports: [{{ name: http, port: 8080 }}]
endpoints: [{{ addresses: [10.1.2.3], conditions: {{ ready: {is_ready} }} }}]
"
    )
}
