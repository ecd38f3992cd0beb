//! The world that benchmarks run in: as many services as wanted, in eight clusters.
//!
//! A cluster stands in one zone, two zones make a region. A service is healthy in a zone with
//! probability 3/4, with one to three addresses there, and in one zone at least. All of it follows
//! from the numbers of service and zone: no world is kept, and every run sees the same one.
//! In: numbers. Out: names, addresses, events of the core, manifests.
#![allow(dead_code)]

pub(crate) mod manifests;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use fedns::core::event::{ClusterEvent, Facts, Listing, NodeFacts, Object};
use fedns::core::name::{Label, Name};
use fedns::core::policy::{ClusterPolicy, Federation, Nameserver, Policy, Publish, WhenAllDown};
use fedns::core::service::{
    Ingress, Inside, ServiceFacts, ServiceKey, ServiceType, SliceFacts, SourceId,
};
use fedns::core::state::{Changes, State};
use fedns::core::time::Now;

/// The domain of the federation.
pub(crate) const DOMAIN: &str = "example.com";
/// Its label.
pub(crate) const FEDERATION: &str = "myfed";
/// Zone and region of each cluster; the cluster is called like its zone.
pub(crate) const PLACES: [(&str, &str); 8] = [
    ("us-east1-b", "us-east1"),
    ("us-east1-c", "us-east1"),
    ("us-west1-a", "us-west1"),
    ("us-west1-b", "us-west1"),
    ("europe-west1-b", "europe-west1"),
    ("europe-west1-d", "europe-west1"),
    ("asia-east1-a", "asia-east1"),
    ("asia-east1-c", "asia-east1"),
];

const WORDS: [&str; 20] = [
    "web", "api", "cart", "auth", "login", "search", "feed", "media", "billing", "orders", "stock",
    "ledger", "mail", "push", "geo", "chat", "video", "image", "pricing", "checkout",
];

/// Random numbers that are the same in every run (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one purpose.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5bf0_3635)
    }

    /// The next number.
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.roll() % end as u64) as usize
    }
}

/// Name and namespace of a service.
pub(crate) fn names(service: usize) -> (String, String) {
    let word = WORDS[service % WORDS.len()];
    (format!("{word}-{service:05}"), format!("ns{:02}", service * 7 % 40))
}

/// The addresses at which a service is healthy, by zone; none where it is not.
pub(crate) fn addresses(service: usize) -> [Vec<Ipv4Addr>; 8] {
    let mut dice = Dice::new(service as u64);
    let base = dice.roll() as u32 & 0x00ff_ffff;
    loop {
        let shards: [Vec<_>; 8] = std::array::from_fn(|zone| {
            if dice.below(4) == 0 {
                return Vec::new();
            }
            let count = [1, 1, 1, 1, 1, 1, 1, 2, 2, 3][dice.below(10)];
            let host = |at: u32| (base + zone as u32 * 65_793 + at * 257) & 0x00ff_ffff;
            (0..count).map(|at| Ipv4Addr::from_bits(10 << 24 | host(at))).collect()
        });
        if shards.iter().any(|shard| !shard.is_empty()) {
            return shards;
        }
    }
}

/// The name of a service at a location such as `us-east1-b.us-east1.`, or empty for the world.
pub(crate) fn query_name(service: usize, location: &str) -> String {
    let (name, namespace) = names(service);
    format!("{name}.{namespace}.{FEDERATION}.svc.{location}{DOMAIN}")
}

/// The name of a service as clients inside a cluster ask for it.
pub(crate) fn inside_name(service: usize) -> String {
    let (name, namespace) = names(service);
    format!("{name}.{namespace}.{FEDERATION}.svc.cluster.local")
}

/// Who asks from the cluster of a zone.
pub(crate) fn client(zone: usize) -> IpAddr {
    [172, 16, zone as u8, 7].into()
}

/// The location of a zone, as [`query_name`] takes it.
pub(crate) fn zone_location(zone: usize) -> String {
    let (zone, region) = PLACES[zone];
    format!("{zone}.{region}.")
}

/// A label that is known to be one.
pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

/// A service's key.
pub(crate) fn key(service: usize) -> ServiceKey {
    let (name, namespace) = names(service);
    ServiceKey { namespace: label(&namespace), name: label(&name) }
}

/// What a cluster's Service says that has these addresses.
pub(crate) fn service_facts(service: usize, addresses: &[Ipv4Addr]) -> ServiceFacts {
    let [_, _, high, low] = (service as u32).to_be_bytes();
    ServiceFacts {
        service_type: ServiceType::LoadBalancer,
        is_deleting: false,
        publishes_not_ready: false,
        is_opted_out: false,
        is_labelled: false,
        ttl: None,
        weight: None,
        drain: None,
        ingress: addresses.iter().map(|&it| Ingress::Address(IpAddr::V4(it))).collect(),
        inside: Inside::ClusterIps(vec![[10, 96 + (service >> 16) as u8, high, low].into()]),
    }
}

/// What a service's one slice says.
pub(crate) fn slice_facts(service: usize, is_ready: bool) -> SliceFacts {
    let name = format!("{}-x1", names(service).0).into();
    let (ready, not_ready) = (is_ready.into(), (!is_ready).into());
    SliceFacts { name, ready, not_ready, ..SliceFacts::default() }
}

/// An object without flaw.
pub(crate) fn object(facts: Facts) -> Object {
    Object { facts, flaws: Vec::new() }
}

/// All that one cluster says at first.
pub(crate) fn listing(services: usize, zone: usize) -> ClusterEvent {
    let (zone_name, region) = PLACES[zone];
    let place = NodeFacts {
        region: Some(label(region)),
        zone: Some(label(zone_name)),
        ..NodeFacts::default()
    };
    let mut objects = Vec::with_capacity(1 + 2 * services);
    objects.push(object(Facts::Node(format!("{zone_name}-node-1").into(), place)));
    for service in 0..services {
        let addresses = &addresses(service)[zone];
        objects.push(object(Facts::Service(key(service), service_facts(service, addresses))));
        let slice = slice_facts(service, !addresses.is_empty());
        objects.push(object(Facts::Slice(key(service), slice)));
    }
    ClusterEvent::Listed(vec![Listing { source: SourceId(0), objects }])
}

/// Ground state before any cluster has spoken.
pub(crate) fn empty_state() -> State {
    let server = |host: &str, address: [u8; 4]| Nameserver {
        name: Name::parse(&format!("{host}.{DOMAIN}")).expect("a name"),
        addresses: vec![address.into()],
    };
    let federation = Federation {
        name: label(FEDERATION),
        domain: Name::parse(DOMAIN).expect("a name"),
        ttl: 180,
        when_all_down: WhenAllDown::Nodata,
        publish: Publish::All,
        nameservers: vec![server("ns1", [192, 0, 2, 1]), server("ns2", [192, 0, 2, 2])],
    };
    let policy = Policy { federations: vec![federation], ..Policy::default() };
    let mut state = State::new(Arc::new(policy), Now::default(), Duration::from_secs(30));
    for (number, (zone, _)) in PLACES.into_iter().enumerate() {
        let networks = vec![format!("172.16.{number}.0/24").parse().expect("a network")];
        state.register(label(zone), ClusterPolicy { networks, ..ClusterPolicy::default() });
    }
    state
}

/// Lets a cluster say something.
pub(crate) fn tell(state: &mut State, zone: usize, event: ClusterEvent) -> Changes {
    state.apply(Now::default(), &label(PLACES[zone].0), event)
}

/// Ground state after all clusters have said all.
pub(crate) fn state(services: usize) -> State {
    let mut state = empty_state();
    for zone in 0..PLACES.len() {
        tell(&mut state, zone, listing(services, zone));
        tell(&mut state, zone, ClusterEvent::Synced { is_complete: true });
    }
    state
}
