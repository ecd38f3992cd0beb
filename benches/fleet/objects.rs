//! Objects as API servers show them, with all that fedns does not read: some 8 KiB a service.
//!
//! In: which service of which cluster, and its state. Out: JSON, written from templates that are made
//! once: a farm of millions of objects keeps none of them.

use std::io::Write;

use serde_json::{Value, json};

/// Endpoints of a slice; a service has two slices.
pub(crate) const ENDPOINTS: usize = 10;
/// Nodes of a cluster.
pub(crate) const NODES: usize = 20;

/// One service of one cluster, as it is now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shard {
    pub(crate) cluster: usize,
    pub(crate) service: usize,
    /// How often its address was changed.
    pub(crate) revision: u32,
    /// Which endpoints of each slice are ready, a bit each.
    pub(crate) ready: [u16; 2],
}

impl Shard {
    /// The address of its load balancer.
    pub(crate) fn address(&self) -> [u8; 4] {
        let first = 20 + (self.revision % 100) as u8;
        [first, self.cluster as u8, (self.service >> 8) as u8, self.service as u8]
    }

    /// The name that its own zone answers with this address alone.
    pub(crate) fn name(&self) -> String {
        let (service, cluster) = (self.service, self.cluster);
        format!("s{service:05}.shop.myfed.svc.{}.{}.example.com", zone(cluster), region(cluster))
    }
}

/// Where a cluster stands: each in a zone of its own, ten to a region.
pub(crate) fn zone(cluster: usize) -> String {
    format!("z{cluster}")
}

fn region(cluster: usize) -> String {
    format!("r{}", region_number(cluster))
}

fn region_number(cluster: usize) -> usize {
    cluster / 10
}

/// What of a cluster is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Item {
    Node(usize),
    Service,
    /// One of the two slices.
    Slice(usize),
    /// A slice of names, not of addresses: read, and of no meaning.
    Stray(usize),
}

enum Part {
    Text(Box<[u8]>),
    Service,
    Address,
    Version,
    Cluster,
    Region,
    Ready(usize),
}

struct Template(Vec<Part>);

impl Template {
    /// Words between two `@` are what differs.
    fn new(value: &Value) -> Self {
        let mut text = value.to_string();
        for at in 0..ENDPOINTS {
            text = text.replace(&format!("\"@{at}@\""), &format!("@{at}@"));
        }
        let part = |(turn, text): (usize, &str)| match (turn % 2, text) {
            (0, text) => Part::Text(text.as_bytes().into()),
            (_, "service") => Part::Service,
            (_, "address") => Part::Address,
            (_, "version") => Part::Version,
            (_, "cluster") => Part::Cluster,
            (_, "region") => Part::Region,
            (_, number) => Part::Ready(number.parse().expect("a number of an endpoint")),
        };
        Self(text.split('@').enumerate().map(part).collect())
    }

    fn write(&self, shard: &Shard, ready: u16, version: u64, out: &mut Vec<u8>) {
        for part in &self.0 {
            let written = match part {
                Part::Text(text) => out.write_all(text),
                Part::Service => write!(out, "{:05}", shard.service),
                Part::Address => {
                    let [a, b, c, d] = shard.address();
                    write!(out, "{a}.{b}.{c}.{d}")
                }
                Part::Version => write!(out, "{version}"),
                Part::Cluster => write!(out, "{}", shard.cluster),
                Part::Region => write!(out, "{}", region_number(shard.cluster)),
                Part::Ready(at) => write!(out, "{}", ready >> at & 1 == 1),
            };
            written.expect("room in memory");
        }
    }
}

/// How each kind is written.
pub(crate) struct Templates {
    nodes: Vec<Template>,
    service: Template,
    slices: [Template; 2],
    strays: [Template; 2],
}

impl Templates {
    pub(crate) fn new() -> Self {
        Self {
            nodes: (0..NODES).map(|at| Template::new(&node(at))).collect(),
            service: Template::new(&service()),
            slices: [0, 1].map(|at| Template::new(&slice(at, 's', "IPv4"))),
            // As long, and of no meaning to anybody who wants addresses.
            strays: [0, 1].map(|at| Template::new(&slice(at, 't', "FQDN"))),
        }
    }

    /// Writes an object as JSON.
    pub(crate) fn write(&self, item: Item, shard: &Shard, version: u64, out: &mut Vec<u8>) {
        let (template, ready) = match item {
            Item::Node(at) => (&self.nodes[at], 0),
            Item::Service => (&self.service, 0),
            Item::Slice(at) => (&self.slices[at], shard.ready[at]),
            Item::Stray(at) => (&self.strays[at], shard.ready[at]),
        };
        template.write(shard, ready, version, out);
    }
}

fn metadata(name: &str, kind: &str) -> Value {
    json!({
        "name": name, "namespace": "shop",
        "uid": format!("5c4d7c2e-6d7d-4d57-{kind}-0000000@service@"), "resourceVersion": "@version@",
        "generation": 3, "creationTimestamp": "2026-03-02T10:21:07Z",
        "labels": {
            "app.kubernetes.io/name": "s@service@", "app.kubernetes.io/instance": "s@service@-prod",
            "app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "service-4.2.1",
        },
    })
}

fn fields(manager: &str, names: &[&str]) -> Value {
    let inner: serde_json::Map<_, _> =
        names.iter().map(|name| (format!("f:{name}"), json!({}))).collect();
    json!({
        "manager": manager, "operation": "Update", "apiVersion": "v1",
        "time": "2026-03-02T10:21:07Z", "fieldsType": "FieldsV1",
        "fieldsV1": { "f:metadata": { "f:annotations": { ".": {} }, "f:labels": inner.clone() }, "f:spec": inner },
    })
}

fn node(at: usize) -> Value {
    let images: Vec<_> = (0..20)
        .map(|image| {
            let name = format!("registry.example/team/image-{image}");
            json!({
                "names": [format!("{name}@sha").replace('@', "-"), format!("{name}:v1.{image}")],
                "sizeBytes": 123_456_789 + image,
            })
        })
        .collect();
    let condition = |kind: &str, status: &str| {
        json!({
            "type": kind, "status": status, "lastHeartbeatTime": "2026-03-02T10:21:07Z",
            "lastTransitionTime": "2026-03-02T10:21:07Z", "reason": "KubeletHas", "message": "kubelet says so",
        })
    };
    json!({
        "apiVersion": "v1", "kind": "Node",
        "metadata": {
            "name": format!("node-{at}"), "uid": format!("node-{at}"), "resourceVersion": "@version@",
            "labels": {
                "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                "topology.kubernetes.io/zone": "z@cluster@",
                "topology.kubernetes.io/region": "r@region@",
            },
            "managedFields": [fields("kubelet", &["capacity", "allocatable", "conditions", "images"])],
        },
        "spec": { "podCIDR": format!("10.{at}.0.0/24"), "providerID": format!("cloud:///node-{at}") },
        "status": {
            "addresses": [{ "type": "InternalIP", "address": format!("192.168.0.{at}") }],
            "capacity": { "cpu": "16", "memory": "65536Mi", "pods": "110" },
            "conditions": [
                condition("Ready", "True"), condition("MemoryPressure", "False"),
                condition("DiskPressure", "False"), condition("PIDPressure", "False"),
            ],
            "images": images,
        },
    })
}

fn service() -> Value {
    let mut metadata = metadata("s@service@", "8aaa");
    metadata["annotations"] = json!({
        "cloud.example/load-balancer-type": "external", "cloud.example/backend": "{\"default\":\"tuned\"}",
    });
    metadata["finalizers"] = json!(["service.kubernetes.io/load-balancer-cleanup"]);
    metadata["managedFields"] = json!([
        fields("helm", &["ports", "selector", "sessionAffinity", "type", "externalTrafficPolicy"]),
        fields("cloud-controller-manager", &["loadBalancer", "ingress", "finalizers"]),
    ]);
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": metadata,
        "spec": {
            "type": "LoadBalancer", "clusterIP": "172.20.7.9", "clusterIPs": ["172.20.7.9"],
            "ipFamilies": ["IPv4"], "ipFamilyPolicy": "SingleStack", "sessionAffinity": "None",
            "externalTrafficPolicy": "Local", "healthCheckNodePort": 31234,
            "allocateLoadBalancerNodePorts": true, "internalTrafficPolicy": "Cluster",
            "ports": [{ "name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080, "nodePort": 30123 }],
            "selector": { "app.kubernetes.io/name": "s@service@" },
        },
        "status": { "loadBalancer": { "ingress": [{ "ip": "@address@", "ipMode": "VIP" }] } },
    })
}

fn slice(at: usize, letter: char, address_type: &str) -> Value {
    let mut metadata = metadata(&format!("{letter}@service@-{at}"), "9bbb");
    metadata["labels"]["kubernetes.io/service-name"] = "s@service@".into();
    metadata["labels"]["endpointslice.kubernetes.io/managed-by"] =
        "endpointslice-controller.k8s.io".into();
    metadata["generateName"] = "s@service@-".into();
    metadata["ownerReferences"] = json!([{
        "apiVersion": "v1", "kind": "Service", "name": "s@service@", "controller": true,
        "blockOwnerDeletion": true, "uid": "5c4d7c2e-6d7d-4d57-8aaa-0000000@service@",
    }]);
    metadata["managedFields"] =
        json!([fields("kube-controller-manager", &["addressType", "endpoints", "ports"])]);
    let endpoint = |of: usize| {
        json!({
            "addresses": [format!("10.{at}.{of}.7")],
            "conditions": { "ready": format!("@{of}@"), "serving": true, "terminating": false },
            "nodeName": format!("node-{of}"), "zone": "z@cluster@",
            "targetRef": {
                "kind": "Pod", "namespace": "shop", "name": format!("s@service@-7d9c5b6f4-{at}{of}xyz"),
                "uid": format!("0f2f3d5c-53ce-4c0f-9ccc-{at}{of}00000@service@"),
            },
        })
    };
    json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
        "addressType": address_type, "endpoints": (0..ENDPOINTS).map(endpoint).collect::<Vec<_>>(),
        "ports": [{ "name": "http", "port": 8080, "protocol": "TCP" }],
    })
}
