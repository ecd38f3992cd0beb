//! Random worlds, small enough that everything meets everything: four clusters, few places,
//! labels that coincide, services that come, go and change.

use std::collections::BTreeSet;

use fedns::core::event::{ClusterEvent, Facts, Listing, NodeFacts, Object, ObjectKey};
use fedns::core::name::Label;
use fedns::core::policy::{ClusterPolicy, Policy, Publish, WhenAllDown};
use fedns::core::service::{
    Endpoint, Inside, ServiceFacts, ServiceKey, ServiceType, SliceFacts, SourceId,
};
use fedns::core::state::{Changes, State};
use fedns::core::time::Now;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::support::facts::{self, SYNCED, key};
use crate::support::label;

pub(crate) const CLUSTERS: [&str; 4] = ["delta", "alpha", "charlie", "bravo"];
pub(crate) const PLACES: [&str; 9] =
    ["a.north", "b.north", "a.south", "north.south", "c", "a", ".west", ".north", "shop.fed"];
pub(crate) const SERVICES: [&str; 5] =
    ["shop/cart", "shop/north", "fed/north", "svc/svc", "north/shop"];
/// Federations: name, domain, who takes part.
const FEDERATIONS: [(&str, &str, Publish); 4] = [
    ("fed", "example.com", Publish::All),
    ("north", "example.com", Publish::Labelled),
    ("deep", "in.example.com", Publish::All),
    ("alone", "example.org", Publish::All),
];
/// No node's events come from here: listings replace Services and slices only.
pub(crate) const LISTED: SourceId = SourceId(7);

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Register(&'static str),
    Say(&'static str, ClusterEvent),
}

/// A policy and what happens under it.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) steps: Vec<Step>,
}

impl Step {
    pub(crate) fn apply(&self, state: &mut State) -> Changes {
        match self {
            Self::Register(name) => state.register(label(name), ClusterPolicy::default()),
            Self::Say(name, event) => state.apply(Now::default(), &label(name), event.clone()),
        }
    }

    /// The same with other numbers of endpoints, where none of them is nought or becomes it; only of a
    /// service that is not reached by them.
    pub(crate) fn without_news(&self) -> Option<Self> {
        let Self::Say(name, ClusterEvent::Applied(source, Object { facts, flaws })) = self else {
            return None;
        };
        let Facts::Slice(key, slice) = facts else { return None };
        let more = |count: u32| if count > 0 { count + 17 } else { 0 };
        let slice = SliceFacts {
            ready: more(slice.ready),
            not_ready: more(slice.not_ready),
            terminating: more(slice.terminating),
            ..slice.clone()
        };
        let object = Object { facts: Facts::Slice(key.clone(), slice), flaws: flaws.clone() };
        Some(Self::Say(name, ClusterEvent::Applied(*source, object)))
    }

    pub(crate) fn cluster(&self) -> &'static str {
        match self {
            Self::Register(name) | Self::Say(name, _) => name,
        }
    }
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let ways = select(vec![
        WhenAllDown::Nodata,
        WhenAllDown::Nxdomain,
        WhenAllDown::All,
        WhenAllDown::Last,
    ]);
    let ways = prop::collection::vec(ways, FEDERATIONS.len());
    let events = prop::collection::vec((select(CLUSTERS.to_vec()), event()), 1..60);
    (ways, events).prop_map(|(ways, events)| {
        let federations = FEDERATIONS.iter().zip(ways).map(|((name, domain, publish), way)| {
            let mut federation = facts::federation(name, domain);
            (federation.publish, federation.when_all_down) = (*publish, way);
            federation
        });
        let policy = Policy { federations: federations.collect(), ..Policy::default() };
        let registered = CLUSTERS.map(Step::Register);
        let said = events.into_iter().map(|(cluster, event)| Step::Say(cluster, event));
        let synced = CLUSTERS.map(|cluster| Step::Say(cluster, SYNCED));
        World { policy, steps: registered.into_iter().chain(said).chain(synced).collect() }
    })
}

pub(crate) fn event() -> impl Strategy<Value = ClusterEvent> {
    let place = || select(PLACES.to_vec());
    let key = || select(SERVICES.to_vec()).prop_map(key);
    prop_oneof![
        3 => place().prop_map(|place| facts::applied(facts::node(place))),
        1 => place().prop_map(|place| {
            ClusterEvent::Removed(ObjectKey::Node(format!("node-{place}").into()))
        }),
        6 => (key(), service()).prop_map(|(key, it)| {
            facts::applied(Facts::Service(key.clone(), inside(&key, it)))
        }),
        1 => (place(), 0..4_u8).prop_map(|(place, net)| facts::applied(machine(place, net))),
        6 => (key(), slice()).prop_map(|(key, it)| facts::applied(Facts::Slice(key, it))),
        2 => (key(), slice()).prop_map(|(key, it)| {
            let object = Object { facts: Facts::Slice(key, it), flaws: Vec::new() };
            ClusterEvent::Modified(facts::SOURCE, object)
        }),
        1 => (key(), 0..2_u8).prop_map(|(key, number)| {
            let name = format!("slice-{number}").into();
            ClusterEvent::Removed(ObjectKey::MovedSlice(key.namespace, name))
        }),
        2 => key().prop_map(|key| ClusterEvent::Removed(ObjectKey::Service(key))),
        1 => (key(), 0..2_u8).prop_map(|(key, number)| {
            ClusterEvent::Removed(ObjectKey::Slice(key, format!("slice-{number}").into()))
        }),
        2 => listing(),
        1 => any::<bool>().prop_map(|is_complete| ClusterEvent::Synced { is_complete }),
    ]
}

fn listing() -> impl Strategy<Value = ClusterEvent> {
    let shard = (prop::option::of(service()), prop::option::of(slice()));
    let shards = prop::collection::btree_map(select(SERVICES.to_vec()), shard, 0..4);
    (shards, any::<bool>()).prop_map(|(shards, is_default)| {
        let of_shard = |(text, (service, slice)): (&str, (Option<_>, Option<_>))| {
            let key = key(text);
            let service = service.map(|it| Facts::Service(key.clone(), inside(&key, it)));
            service.into_iter().chain(slice.map(|it| Facts::Slice(key, it)))
        };
        let objects = shards.into_iter().flat_map(of_shard);
        let objects = objects.map(|facts| Object { facts, flaws: Vec::new() }).collect();
        let source = if is_default { facts::SOURCE } else { LISTED };
        ClusterEvent::Listed(vec![Listing { source, objects }])
    })
}

fn service() -> impl Strategy<Value = ServiceFacts> {
    let addresses = select(vec![
        "192.0.2.1",
        "192.0.2.2",
        "192.0.2.3",
        "2001:db8::1",
        "2001:db8::2",
        "127.0.0.1",
        "::ffff:127.0.0.1",
    ]);
    let kinds = select(vec![
        ServiceType::LoadBalancer,
        ServiceType::LoadBalancer,
        ServiceType::LoadBalancer,
        ServiceType::ClusterIp,
    ]);
    (
        prop::collection::vec(addresses.prop_map(|text| text.parse().unwrap()), 0..4),
        kinds,
        any::<[bool; 8]>(),
        prop::option::of(0_u32..200),
    )
        .prop_map(|(addresses, service_type, flags, ttl)| ServiceFacts {
            service_type,
            ttl,
            weight: flags[6].then_some(if flags[7] { 0 } else { 100 }),
            is_labelled: flags[0],
            publishes_not_ready: flags[1] && flags[2],
            is_opted_out: flags[2] && flags[3] && flags[4],
            is_deleting: flags[3] && flags[4] && flags[5],
            ..facts::load_balancer(&addresses)
        })
}

fn slice() -> impl Strategy<Value = SliceFacts> {
    let counts = (0..2_u8, 0..3_u32, 0..2_u32, any::<bool>());
    counts.prop_map(|(number, ready, not_ready, serves)| SliceFacts {
        name: format!("slice-{number}").into(),
        ready,
        not_ready,
        terminating: if serves { not_ready } else { 0 },
        endpoints: (0..ready + not_ready)
            .map(|at| Endpoint {
                address: [10, 244, number, at as u8].into(),
                is_ready: at < ready,
            })
            .collect(),
    })
}

/// How a service is reached inside: always the same way by name, as what endpoints' addresses are
/// kept for does not come back without them.
fn inside(key: &ServiceKey, facts: ServiceFacts) -> ServiceFacts {
    let inside = match (key.to_string().as_str(), facts.ttl) {
        ("svc/svc", _) => Inside::Headless,
        (_, Some(0..40)) => Inside::Unassigned,
        (_, Some(40..80)) => Inside::ExternalName("db.example.net".into()),
        (_, Some(80..120)) => Inside::ClusterIps(vec!["fd00::1".parse().unwrap()]),
        (_, ttl) => Inside::ClusterIps(vec![[10, 96, 0, ttl.unwrap_or(1) as u8].into()]),
    };
    ServiceFacts { inside, ..facts }
}

/// A node with networks, some of which are those of other nodes too.
fn machine(place: &str, net: u8) -> Facts {
    let node = NodeFacts {
        addresses: vec![[192, 168, 0, net].into()],
        pod_networks: vec![format!("10.{net}.0.0/16").parse().unwrap()],
        ..facts::node_facts(place)
    };
    Facts::Node(format!("node-{place}").into(), node)
}

/// The same steps with the clusters' turns shuffled; each cluster's own order stays.
pub(crate) fn interleaved(steps: &[Step], picks: &[Index]) -> Vec<Step> {
    let mut queues: Vec<Vec<&Step>> = CLUSTERS
        .iter()
        .map(|name| steps.iter().rev().filter(|step| step.cluster() == *name).collect())
        .collect();
    let mut picks = picks.iter().cycle();
    let mut shuffled = Vec::with_capacity(steps.len());
    while queues.iter().any(|queue| !queue.is_empty()) {
        queues.retain(|queue| !queue.is_empty());
        let turn = picks.next().unwrap().index(queues.len());
        shuffled.extend(queues[turn].pop().cloned());
    }
    shuffled
}

/// Many names, of every form and of none.
pub(crate) fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let locations = ["", "a.north", "north.south", "a", "c", "north", "west", "mars", "shop.fed"];
    for (federation, domain, _) in FEDERATIONS {
        for location in locations {
            let place = if location.is_empty() { String::new() } else { format!("{location}.") };
            for service in SERVICES {
                let key = key(service);
                let stem = format!("{}.{}.{federation}", key.name, key.namespace);
                names.insert(format!("{stem}.svc.{place}{domain}"));
                names.insert(format!("{stem}.{place}{domain}"));
            }
            names.insert(format!("shop.{federation}.svc.{place}{domain}"));
            names.insert(format!("{federation}.{place}{domain}"));
            names.insert(format!("svc.{place}{domain}"));
            names.insert(format!("{place}{domain}"));
        }
        names.insert(format!("x.cart.shop.{federation}.svc.{domain}"));
    }
    names
}

/// Names inside clusters, and some between and below them.
pub(crate) fn inside_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (federation, _, _) in FEDERATIONS {
        let apex = format!("{federation}.svc.cluster.local");
        for service in SERVICES {
            let key = key(service);
            names.insert(format!("{}.{}.{apex}", key.name, key.namespace));
            names.insert(format!("{}.{apex}", key.namespace));
        }
        names.insert(format!("x.cart.shop.{apex}"));
        names.insert(apex);
    }
    names
}

/// A world with a bit of everything, for packets.
pub(crate) fn busy<T>(play: impl Fn(&Policy, &[Step]) -> T) -> T {
    let ways = [WhenAllDown::Nodata, WhenAllDown::Nxdomain, WhenAllDown::All, WhenAllDown::Last];
    let federations = FEDERATIONS.iter().zip(ways).map(|((name, domain, publish), way)| {
        let mut federation = facts::federation(name, domain);
        (federation.publish, federation.when_all_down) = (*publish, way);
        federation
    });
    let policy =
        Policy { federations: federations.collect(), max_addresses: 0, ..Policy::default() };
    let mut steps: Vec<_> = CLUSTERS.map(Step::Register).into();
    for (index, cluster) in CLUSTERS.into_iter().enumerate() {
        let mut say = |facts| steps.push(Step::Say(cluster, facts::applied(facts)));
        say(facts::node(PLACES[index]));
        say(facts::node(PLACES[index + 4]));
        for (number, service) in SERVICES.into_iter().enumerate() {
            let many = (1..=if number == 0 { 60 } else { 2 })
                .map(|host| format!("192.0.{index}.{host}").parse().unwrap());
            let key = key(service);
            let ready = u32::from(!(number + index).is_multiple_of(3) && number != 4);
            let slice = facts::slice(&key, ready, 1);
            let facts = facts::load_balancer(&many.collect::<Vec<_>>());
            say(Facts::Service(key.clone(), ServiceFacts { is_labelled: index > 1, ..facts }));
            say(Facts::Slice(key, slice));
        }
    }
    steps.extend(CLUSTERS.map(|cluster| Step::Say(cluster, SYNCED)));
    play(&policy, &steps)
}

/// A service's key and its federation's label, for models.
pub(crate) fn stem(key: &ServiceKey, federation: &Label) -> String {
    format!("{}.{}.{federation}", key.name, key.namespace)
}
