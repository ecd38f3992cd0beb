//! The rows of `in_cluster.jsonl`, and their worlds: cluster `here` asks, cluster `there` publishes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use fedns::core::event::{ClusterEvent, Facts, Listing, NodeFacts, Object};
use fedns::core::name::{Label, Name};
use fedns::core::policy::{
    ClusterPolicy, DEFAULT_TTL, Federation, Nameserver, Policy, Publish, WhenAllDown,
};
use fedns::core::service::{
    Endpoint, Ingress, Inside, ServiceFacts, ServiceKey, ServiceType, SliceFacts, SourceId,
};
use serde::Deserialize;

use super::row::{Ours, Question};
use super::world::{Member, World};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) disposition: String,
    settings: Settings,
    here: Cluster,
    there: Cluster,
    pub(crate) query: Question,
    pub(crate) ours: Ours,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    cluster_domain: String,
    federations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cluster {
    nodes: Vec<Node>,
    service: Option<Service>,
}

/// Where a node stands; empty where it does not say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Node {
    zone: String,
    region: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    name: String,
    namespace: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    cluster_ips: Vec<String>,
    external_name: Option<String>,
    #[serde(default)]
    addresses: Vec<IpAddr>,
    ready: Option<Vec<IpAddr>>,
    #[serde(default)]
    not_ready: Vec<IpAddr>,
}

/// The rows of the file.
pub(crate) fn rows() -> Vec<Row> {
    let lines = include_str!("in_cluster.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// The world of a row, asked from a network of `here`.
pub(crate) fn world(row: &Row) -> World {
    let federation = |(name, domain): (&String, &String)| {
        let domain = Name::parse(domain).unwrap();
        let server = domain.child(&label("ns1")).unwrap();
        Federation {
            name: label(name),
            domain,
            ttl: DEFAULT_TTL,
            when_all_down: WhenAllDown::Nxdomain,
            publish: Publish::All,
            nameservers: vec![Nameserver { name: server, addresses: Vec::new() }],
        }
    };
    let federations = row.settings.federations.iter().map(federation).collect();
    let member = |name: &str, network: &str, cluster: &Cluster| Member {
        name: label(name),
        policy: ClusterPolicy {
            networks: vec![network.parse().unwrap()],
            cluster_domain: Name::parse(&row.settings.cluster_domain).unwrap(),
            ..ClusterPolicy::default()
        },
        events: events(cluster),
    };
    World {
        hosts: BTreeMap::new(),
        policy: Policy { federations, ..Policy::default() },
        clusters: vec![
            member("here", "127.0.0.11/32", &row.here),
            member("there", "127.0.0.12/32", &row.there),
        ],
        client: [127, 0, 0, 11].into(),
    }
}

fn events(cluster: &Cluster) -> Vec<ClusterEvent> {
    let place = |text: &str| (!text.is_empty()).then(|| label(text));
    let nodes = cluster.nodes.iter().enumerate().map(|(number, node)| {
        let (region, zone) = (place(&node.region), place(&node.zone));
        Facts::Node(
            format!("node-{number}").into(),
            NodeFacts { region, zone, ..NodeFacts::default() },
        )
    });
    let objects = nodes.chain(cluster.service.iter().flat_map(service));
    let objects = objects.map(|facts| Object { facts, flaws: Vec::new() }).collect();
    vec![
        ClusterEvent::Listed(vec![Listing { source: SourceId(0), objects }]),
        ClusterEvent::Synced { is_complete: true },
    ]
}

/// A Service, and its slice if it has one.
fn service(service: &Service) -> Vec<Facts> {
    let key = ServiceKey { namespace: label(&service.namespace), name: label(&service.name) };
    let facts = ServiceFacts {
        service_type: match service.kind.as_str() {
            "ClusterIP" => ServiceType::ClusterIp,
            "ExternalName" => ServiceType::ExternalName,
            "LoadBalancer" => ServiceType::LoadBalancer,
            other => panic!("no row had a Service of type {other} so far"),
        },
        ingress: service.addresses.iter().copied().map(Ingress::Address).collect(),
        inside: match (&service.external_name, &service.cluster_ips[..]) {
            (Some(name), _) => Inside::ExternalName(name.trim_end_matches('.').into()),
            (None, [one]) if one == "None" => Inside::Headless,
            (None, ips) => Inside::ClusterIps(ips.iter().map(|it| it.parse().unwrap()).collect()),
        },
        ..ServiceFacts::default()
    };
    let endpoint = |is_ready| move |&address: &IpAddr| Endpoint { address, is_ready };
    let slice = service.ready.as_ref().map(|ready| SliceFacts {
        name: format!("{}-x7k2p", key.name).into(),
        ready: ready.len() as u32,
        not_ready: service.not_ready.len() as u32,
        terminating: 0,
        endpoints: ready
            .iter()
            .map(endpoint(true))
            .chain(service.not_ready.iter().map(endpoint(false)))
            .collect(),
    });
    let slice = slice.map(|slice| Facts::Slice(key.clone(), slice));
    [Facts::Service(key, facts)].into_iter().chain(slice).collect()
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}
