//! Facts as clusters say them, made short for tests.

use std::net::IpAddr;

use fedns::core::event::{ClusterEvent, Facts, NodeFacts, Object};
use fedns::core::name::Name;
use fedns::core::policy::{Federation, Nameserver, Publish, WhenAllDown};
use fedns::core::service::{
    Ingress, Inside, ServiceFacts, ServiceKey, ServiceType, SliceFacts, SourceId,
};

use super::label;

/// The source of facts where a test does not care.
pub const SOURCE: SourceId = SourceId(0);

/// `namespace/name`.
pub fn key(text: &str) -> ServiceKey {
    let (namespace, name) = text.split_once('/').unwrap_or_else(|| panic!("{text:?} has no /"));
    ServiceKey { namespace: label(namespace), name: label(name) }
}

/// A Service of type LoadBalancer with these addresses.
pub fn load_balancer(addresses: &[IpAddr]) -> ServiceFacts {
    ServiceFacts {
        service_type: ServiceType::LoadBalancer,
        is_deleting: false,
        publishes_not_ready: false,
        is_opted_out: false,
        is_labelled: false,
        ttl: None,
        weight: None,
        drain: None,
        ingress: addresses.iter().map(|&address| Ingress::Address(address)).collect(),
        inside: Inside::Unassigned,
    }
}

/// A slice of a service, called after it.
pub fn slice(key: &ServiceKey, ready: u32, not_ready: u32) -> SliceFacts {
    let name = format!("{}-1", key.name).into();
    SliceFacts { name, ready, not_ready, ..SliceFacts::default() }
}

/// A node at `zone.region`, `zone` or, with a leading dot, `.region`.
pub fn node(place: &str) -> Facts {
    Facts::Node(format!("node-{place}").into(), node_facts(place))
}

/// Where such a node stands.
pub fn node_facts(place: &str) -> NodeFacts {
    let (zone, region) = place.split_once('.').unwrap_or((place, ""));
    let label = |text: &str| (!text.is_empty()).then(|| label(text));
    NodeFacts { region: label(region), zone: label(zone), ..NodeFacts::default() }
}

/// An object without flaw, new or changed.
pub fn applied(facts: Facts) -> ClusterEvent {
    ClusterEvent::Applied(SOURCE, Object { facts, flaws: Vec::new() })
}

/// A cluster's word that it has said all.
pub const SYNCED: ClusterEvent = ClusterEvent::Synced { is_complete: true };

/// A federation with two name servers, `ns1` and `ns2` of its domain.
pub fn federation(name: &str, domain: &str) -> Federation {
    let server = |host: &str, address: &str| Nameserver {
        name: Name::parse(&format!("{host}.{domain}")).unwrap(),
        addresses: vec![address.parse().unwrap()],
    };
    Federation {
        name: label(name),
        domain: Name::parse(domain).unwrap(),
        ttl: 180,
        when_all_down: WhenAllDown::Nodata,
        publish: Publish::All,
        nameservers: vec![server("ns1", "192.0.2.53"), server("ns2", "192.0.2.54")],
    }
}
