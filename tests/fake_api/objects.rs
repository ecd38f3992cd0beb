//! Objects as an API server shows them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
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

/// A Secret in the namespace `fedns`, by which a registry knows a cluster.
pub fn secret(name: &str, labels: Value, annotations: Value, data: &[(&str, &str)]) -> Value {
    let data: serde_json::Map<_, _> =
        data.iter().map(|(key, text)| ((*key).to_owned(), STANDARD.encode(text).into())).collect();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {
            "name": name, "namespace": "fedns", "labels": labels, "annotations": annotations,
        },
        "data": data,
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
