//! The words of stories for what operators say: federations, clusters' entries; and resolvers.
//!
//! In: the words of a step. Out: policies and answers. Does not know when they count.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fedns::core::complaint::Flaw;
use fedns::core::event::{ClusterEvent, Facts, Object};
use fedns::core::family::Family;
use fedns::core::hostname::Answer;
use fedns::core::name::Name;
use fedns::core::policy::{
    ClusterPolicy, Federation, Nameserver, Publish, WhenAllDown, WhenSilent,
};
use fedns::core::service::ServiceType;
use fedns::core::zone::{Included, WrittenZone, load};
use wildmatch::WildMatch;

use super::Words;
use crate::support::facts::SOURCE;
use crate::support::{facts, label};

/// A static zone that takes the place of that of its apex.
pub(super) struct ZoneStep {
    pub(super) apex: Name,
    pub(super) zone: Option<WrittenZone>,
}

pub(super) fn read_zone(words: &mut Words<'_>) -> ZoneStep {
    let apex = Name::parse(words.word("an apex")).unwrap();
    let records = match words.word("a file") {
        "nothing" => return ZoneStep { apex, zone: None },
        "unread" => None,
        file => {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/zones");
            let octets = std::fs::read(folder.join(file)).unwrap();
            let included = Included { file: file.into(), octets };
            let ours = [apex.clone(), Name::parse("com").unwrap()];
            let loaded = load(&apex, included, &ours, &mut |_| Err("includes nothing".into()));
            let zone = loaded.zone.unwrap_or_else(|| panic!("{:#?}", loaded.findings.faults));
            Some(Arc::new(zone))
        }
    };
    ZoneStep { zone: Some(WrittenZone { apex: apex.clone(), records }), apex }
}

pub(super) fn read_federation(words: &mut Words<'_>) -> Federation {
    let mut federation = facts::federation(words.word("a name"), words.word("a domain"));
    let mut servers = Vec::new();
    while let Some(word) = words.maybe() {
        match word {
            "ttl" => federation.ttl = words.parse("number"),
            "when-all-down" => {
                federation.when_all_down = match words.word("a way") {
                    "nodata" => WhenAllDown::Nodata,
                    "nxdomain" => WhenAllDown::Nxdomain,
                    "all" => WhenAllDown::All,
                    "last" => WhenAllDown::Last,
                    other => words.unknown(other),
                }
            }
            "publish" => {
                federation.publish = match words.word("a way") {
                    "all" => Publish::All,
                    "labelled" => Publish::Labelled,
                    other => words.unknown(other),
                }
            }
            "ns" => servers.push(Nameserver {
                name: Name::parse(words.word("a host")).unwrap(),
                addresses: list(words.word("addresses"), |text| text.parse().unwrap()),
            }),
            other => words.unknown(other),
        }
    }
    if !servers.is_empty() {
        federation.nameservers = servers;
    }
    federation
}

pub(super) fn read_entry(words: &mut Words<'_>) -> ClusterPolicy {
    let mut policy = ClusterPolicy::default();
    while let Some(word) = words.maybe() {
        let value = words.word("a value");
        match word {
            "region" => policy.region = Some(label(value)),
            "zones" => policy.zones = list(value, label),
            "namespaces" => policy.namespaces = list(value, WildMatch::new),
            "addresses" => policy.addresses = list(value, |text| text.parse().unwrap()),
            "when-silent" => {
                policy.when_silent = match value {
                    "keep" => WhenSilent::Keep,
                    "withdraw" => WhenSilent::Withdraw,
                    other => words.unknown(other),
                }
            }
            "stale-limit" => {
                policy.stale_limit = Some(Duration::from_secs(value.parse().unwrap()));
            }
            "guard" => policy.withdraw_guard = Some(value.parse().unwrap()),
            "hostname-stale-limit" => {
                policy.hostname_stale_limit = Some(Duration::from_secs(value.parse().unwrap()));
            }
            "networks" => policy.networks = list(value, |text| text.parse().unwrap()),
            "domain" => policy.cluster_domain = Name::parse(value).unwrap(),
            other => words.unknown(other),
        }
    }
    policy
}

pub(super) fn read_answer(words: &mut Words<'_>) -> Answer {
    let mut answer = Answer::default();
    while let Some(word) = words.maybe() {
        match word {
            "without" => answer.failed = Some(read_family(words)),
            "awaits" => answer.awaited = Some(read_family(words)),
            "ttl" => answer.ttl = Some(words.word("seconds").parse().unwrap()),
            "via" => answer.aliases = list(words.word("hostnames"), |text| text.into()),
            address => answer.addresses.push(address.parse().unwrap()),
        }
    }
    answer
}

fn read_family(words: &mut Words<'_>) -> Family {
    match words.word("a family") {
        "ipv4" => Family::V4,
        "ipv6" => Family::V6,
        other => words.unknown(other),
    }
}

pub(super) fn list<T>(text: &str, read: impl Fn(&str) -> T) -> Vec<T> {
    text.split(',').map(read).collect()
}

/// Label values become places where facts are lowered. What reaches the core of a bad one is a
/// node without that place, and the flaw.
pub(super) fn read_bad_label(words: &mut Words<'_>) -> ClusterEvent {
    let node = words.word("a node");
    let key = match words.word("a key") {
        "region" => "topology.kubernetes.io/region",
        "zone" => "topology.kubernetes.io/zone",
        other => words.unknown(other),
    };
    let flaw = Flaw::BadPlace(key, words.word("a value").into(), words.rest().into());
    let facts = Facts::Node(format!("node-{node}").into(), facts::node_facts(""));
    ClusterEvent::Applied(SOURCE, Object { facts, flaws: vec![flaw] })
}

pub(super) fn read_type(words: &mut Words<'_>) -> ServiceType {
    match words.word("a type") {
        "ClusterIP" => ServiceType::ClusterIp,
        "ExternalName" => ServiceType::ExternalName,
        "LoadBalancer" => ServiceType::LoadBalancer,
        "NodePort" => ServiceType::NodePort,
        other => words.unknown(other),
    }
}
