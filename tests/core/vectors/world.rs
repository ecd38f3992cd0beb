//! From a row to its world: policy, and what each cluster says.

use std::collections::BTreeMap;
use std::net::IpAddr;

use fedns::core::complaint::Flaw;
use fedns::core::event::{ClusterEvent, Facts, Listing, NodeFacts, Object};
use fedns::core::name::{Label, Name};
use fedns::core::policy::{
    ClusterPolicy, DEFAULT_TTL, Federation, Nameserver, Policy, Publish, WhenAllDown,
};
use fedns::core::service::{Ingress, ServiceFacts, ServiceKey, ServiceType, SliceFacts, SourceId};

use super::row::{Cluster, Row};

pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) clusters: Vec<Member>,
    pub(crate) hosts: BTreeMap<String, Vec<IpAddr>>,
    /// Who asks.
    pub(crate) client: IpAddr,
}

pub(crate) struct Member {
    pub(crate) name: Label,
    pub(crate) policy: ClusterPolicy,
    /// What its manifest folder says: one file of nodes, one of Services, one of EndpointSlices.
    pub(crate) events: Vec<ClusterEvent>,
}

pub(crate) fn world(row: &Row) -> World {
    let domain = Name::parse(&row.settings.suffix).unwrap();
    let nameserver = Nameserver {
        name: domain.child(&label("ns1")).unwrap(),
        addresses: vec![[192, 0, 2, 53].into()],
    };
    let federation = Federation {
        name: federation_name(row),
        domain,
        ttl: row.settings.default_ttl.unwrap_or(DEFAULT_TTL),
        when_all_down: WhenAllDown::Nxdomain,
        publish: Publish::All,
        nameservers: vec![nameserver],
    };
    let registered = row.clusters.iter().filter(|cluster| cluster.registered.unwrap_or(true));
    World {
        policy: Policy { federations: vec![federation], ..Policy::default() },
        clusters: registered.enumerate().map(|(i, cluster)| member(row, i, cluster)).collect(),
        hosts: row.hosts.clone(),
        client: [127, 0, 0, 1].into(),
    }
}

/// Some rows describe their federation in words.
pub(crate) fn federation_name(row: &Row) -> Label {
    let name = &row.settings.federation;
    label(if name.contains(' ') { "fed" } else { name })
}

/// The cluster at place `index`. Every third says by its configuration where it stands; every
/// third by the older node labels, and every second leaves `ready` out: as facts these are the same.
fn member(row: &Row, index: usize, cluster: &Cluster) -> Member {
    let (region, zones) = cluster.places();
    let is_configured = index % 3 == 1;
    let mut policy = ClusterPolicy::default();
    let mut nodes = Vec::new();
    if is_configured {
        policy.region = place(region);
        policy.zones = zones.iter().map(|zone| label(zone)).collect();
        nodes.push(node(0, "", ""));
    } else if zones.is_empty() {
        nodes.push(node(0, region, ""));
    } else {
        nodes.extend(zones.iter().enumerate().map(|(n, zone)| node(n, region, zone)));
    }
    let key =
        ServiceKey { namespace: label(&row.service.namespace), name: label(&row.service.name) };
    let slice = SliceFacts {
        name: format!("{}-x7k2p", key.name).into(),
        ready: u32::from(cluster.ready_endpoints),
        not_ready: u32::from(!cluster.ready_endpoints),
        ..SliceFacts::default()
    };
    let slice = Object { facts: Facts::Slice(key.clone(), slice), flaws: Vec::new() };
    let files = [nodes, vec![service(row, cluster, key)], vec![slice]];
    let listings = (0..).zip(files).map(|(n, objects)| Listing { source: SourceId(n), objects });
    Member {
        name: label(&cluster.name),
        policy,
        events: vec![
            ClusterEvent::Listed(listings.collect()),
            ClusterEvent::Synced { is_complete: true },
        ],
    }
}

fn node(number: usize, region: &str, zone: &str) -> Object {
    let facts = NodeFacts { region: place(region), zone: place(zone), ..NodeFacts::default() };
    Object { facts: Facts::Node(format!("node-{number}").into(), facts), flaws: Vec::new() }
}

fn service(row: &Row, cluster: &Cluster, key: ServiceKey) -> Object {
    // `ip` wins over a `hostname` beside it.
    let ingress = cluster.lb_ingress.iter().filter_map(|entry| match (entry.ip, &entry.hostname) {
        (Some(ip), _) => Some(Ingress::Address(ip)),
        (None, Some(name)) => Some(Ingress::Hostname(name.as_str().into())),
        (None, None) => None,
    });
    let ingress: Vec<_> = ingress.collect();
    let says_nothing = ingress.len() < cluster.lb_ingress.len();
    let facts = ServiceFacts {
        service_type: match row.service.kind.as_deref().unwrap_or("(unset)") {
            "(unset)" | "LoadBalancer" => ServiceType::LoadBalancer,
            "ClusterIP" => ServiceType::ClusterIp,
            "ExternalName" => ServiceType::ExternalName,
            "NodePort" => ServiceType::NodePort,
            other => panic!("{}: no such type of Service: {other}", row.id),
        },
        is_deleting: row.service.deleting,
        publishes_not_ready: false,
        is_opted_out: false,
        is_labelled: false,
        ttl: row.settings.record_ttl,
        ingress,
        ..ServiceFacts::default()
    };
    let flaws = if says_nothing { vec![Flaw::EmptyIngress] } else { Vec::new() };
    Object { facts: Facts::Service(key, facts), flaws }
}

fn label(text: &str) -> Label {
    Label::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}

/// An empty label value is an absent one.
fn place(text: &str) -> Option<Label> {
    (!text.is_empty()).then(|| label(text))
}
