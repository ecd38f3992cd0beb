//! Objects as an API server shows them.

use serde_json::{Value, json};

pub fn node(name: &str, region: &str, zone: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": name,
            "labels": {
                "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone,
            },
            "managedFields": [{ "manager": "kubelet", "fieldsV1": { "f:metadata": {} } }],
        },
        "spec": {}, "status": { "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

pub fn service(name: &str, address: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": { "name": name, "namespace": "shop" },
        "spec": { "type": "LoadBalancer", "ports": [{ "port": 80 }] },
        "status": { "loadBalancer": { "ingress": [{ "ip": address }] } },
    })
}

/// The endpoints of a service: so many are ready.
pub fn slice(service: &str, ready: usize) -> Value {
    let endpoint = json!({ "addresses": ["10.0.0.1"], "conditions": { "ready": true } });
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": {
            "name": format!("{service}-1"), "namespace": "shop",
            "labels": { "kubernetes.io/service-name": service },
        },
        "addressType": "IPv4",
        // As Go writes a list without entries.
        "endpoints": if ready == 0 { Value::Null } else { vec![endpoint; ready].into() },
    })
}
