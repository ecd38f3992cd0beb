//! Overviews of a virtual world: pages of services come to the same rows as one page of all; what a
//! removal is said to cost is what it then costs; silence is seen.

use std::time::Duration;

use crate::support::facts::{SYNCED, applied, key, load_balancer, node, slice};
use crate::support::{Sim, label};
use fedns::clusters::watch_stats::WatchStats;
use fedns::core::event::{ClusterEvent, Contact, Facts, Listing, Object};
use fedns::core::policy::{ClusterPolicy, Policy, WhenSilent};
use fedns::core::service::{ServiceFacts, ServiceKey, ServiceType, SourceId};
use fedns::core::state::Health;
use fedns::core::time::Moment;
use fedns::documents::DocumentInput;
use fedns::documents::clusters::{ClusterRow, ClustersWanted, clusters};
use fedns::documents::removal_impact::{RemovalImpact, removal_impact};
use fedns::documents::services::{
    ServiceFilter, ServiceRow, Services, ServicesForm, StateFilter, services,
};

fn input<'s>(sim: &'s Sim, stats: &'s WatchStats) -> DocumentInput<'s> {
    let Sim { state, snapshot, now, .. } = sim;
    DocumentInput { state, snapshot, stats, now: *now }
}

fn numbers(sim: &Sim, filter: &ServiceFilter) -> Services {
    services(&input(sim, &WatchStats::default()), filter, ServicesForm::Numbers).unwrap()
}

fn impact(sim: &Sim, cluster: &str) -> RemovalImpact {
    removal_impact(&input(sim, &WatchStats::default()), &label(cluster), None).unwrap()
}

#[test]
fn pages_come_to_all_services_in_order() {
    let mut sim = Sim::new(Policy::default(), Duration::ZERO);
    let east = label("east");
    sim.register(&east, ClusterPolicy::default());
    // Keys are kept by name first: pages are ordered by namespace first.
    let names = ["b/y", "a/z", "c/x", "a/b", "b/a", "a-b/a", "c/y"];
    let object = |name: &&str| {
        let (namespace, name) = name.split_once('/').unwrap();
        let key = ServiceKey { namespace: label(namespace), name: label(name) };
        let facts = ServiceFacts {
            service_type: ServiceType::LoadBalancer,
            is_deleting: false,
            publishes_not_ready: false,
            is_opted_out: name == "y",
            is_labelled: false,
            ttl: None,
            ..ServiceFacts::default()
        };
        Object { facts: Facts::Service(key, facts), flaws: Vec::new() }
    };
    let objects = names.iter().map(object).collect();
    sim.say(&east, ClusterEvent::Listed(vec![Listing { source: SourceId(0), objects }]));
    let all = numbers(&sim, &ServiceFilter::default());
    let text = |row: &ServiceRow| format!("{}/{}", row.namespace, row.name);
    let listed: Vec<_> = all.services.iter().map(text).collect();
    assert_eq!(listed, ["a/b", "a/z", "a-b/a", "b/a", "b/y", "c/x", "c/y"]);
    let page = all.page.as_ref().unwrap();
    assert_eq!((page.known, page.matching, page.next.as_deref()), (7, 7, None));

    for limit in 1..=names.len() {
        for state in [None, Some(Health::Idle), Some(Health::Unpublished)] {
            let filter = state.map(StateFilter::from).unwrap_or_default();
            let mut filter =
                ServiceFilter { limit: Some(limit), state: filter, ..Default::default() };
            let mut rows = Vec::new();
            loop {
                let document = numbers(&sim, &filter);
                assert!(document.services.len() <= limit);
                rows.extend(document.services);
                let Some(next) = document.page.unwrap().next else { break };
                filter.after = next;
            }
            let matches = |row: &&_| state.is_none_or(|state| is(row, state));
            let expected: Vec<_> = all.services.iter().filter(matches).cloned().collect();
            assert_eq!(rows, expected, "{limit} {state:?}");
        }
    }
}

fn is(row: &ServiceRow, state: Health) -> bool {
    row.state == state
}

/// A cluster with a node and services: name, address, ready endpoints.
fn join(sim: &mut Sim, name: &str, place: &str, services: &[(&str, &str, u32)]) {
    let cluster = label(name);
    sim.register(&cluster, ClusterPolicy::default());
    sim.say(&cluster, applied(node(place)));
    for (service, address, ready) in services {
        let key = key(service);
        let facts = load_balancer(&[address.parse().unwrap()]);
        sim.say(&cluster, applied(Facts::Service(key.clone(), facts)));
        sim.say(&cluster, applied(Facts::Slice(key.clone(), slice(&key, *ready, 0))));
    }
    sim.say(&cluster, SYNCED);
}

fn three_clusters() -> Sim {
    let mut sim = Sim::new(Policy::default(), Duration::ZERO);
    let east = [
        ("shop/web", "192.0.2.1", 1),
        ("shop/own", "192.0.2.2", 1),
        ("shop/shared", "192.0.2.9", 1),
        ("shop/down", "192.0.2.3", 0),
    ];
    join(&mut sim, "east", "a.us", &east);
    let west = [("shop/web", "192.0.2.4", 1), ("shop/shared", "192.0.2.9", 1)];
    join(&mut sim, "west", "b.us", &west);
    join(&mut sim, "far", "c.eu", &[("shop/web", "192.0.2.5", 1), ("shop/down", "192.0.2.6", 1)]);
    sim
}

/// The addresses of each service at the world.
fn addresses(sim: &Sim) -> Vec<usize> {
    let all = numbers(sim, &ServiceFilter::default());
    let find = |name: &str| all.services.iter().find(|row| row.name == name);
    let names = ["web", "own", "shared", "down"];
    names.map(|name| find(name).map_or(0, |row| row.addresses)).to_vec()
}

#[test]
fn what_a_removal_costs_is_what_is_said_before() {
    for name in ["east", "west", "far"] {
        let mut sim = three_clusters();
        let said = impact(&sim, name);
        let before = addresses(&sim);
        sim.deregister(&label(name));
        let after = addresses(&sim);
        let losses = || before.iter().zip(&after).filter(|(before, after)| before > after);
        let lost: usize = losses().map(|(before, after)| before - after).sum();
        let emptied = losses().filter(|(_, after)| **after == 0).count();
        assert_eq!((said.global_addresses, said.emptied), (lost, emptied), "{name}: {said:?}");
    }
    let sim = three_clusters();
    let said = impact(&sim, "east");
    let levels = |name: &str| {
        let change = said.changes.iter().find(|change| change.name == name).unwrap();
        let level = |it: &fedns::documents::removal_impact::LevelLoss| {
            format!("{} {}/{}", it.place, it.lost, it.left)
        };
        change.levels.iter().map(level).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(levels("web"), "a.us 1/0, us 1/1, global 1/2");
    assert_eq!(levels("own"), "a.us 1/0, us 1/0, global 1/0");
    // The other cluster's address stays, but not at this one's zone.
    assert_eq!(levels("shared"), "a.us 1/0, us 0/1, global 0/1");
    assert_eq!((said.services, said.places), (3, vec!["a.us".to_owned()]));
    assert_eq!(said.changes[0].name, "own", "those with nothing left come first");
    let stats = WatchStats::default();
    assert!(removal_impact(&input(&sim, &stats), &label("mars"), None).is_err());
}

#[test]
fn clusters_that_are_silent_or_other_ones_are_seen() {
    let mut sim = three_clusters();
    let withdraws = ClusterPolicy { when_silent: WhenSilent::Withdraw, ..Default::default() };
    sim.register(&label("west"), withdraws);
    let seen = |sim: &Sim| {
        let stats = WatchStats::default();
        let rows = clusters(&sim.state, sim.now, &stats, &ClustersWanted::All).clusters;
        let text = |row: &ClusterRow| {
            let silence = row.silence.as_ref();
            let silence = silence.map(|it| format!("{} {:?}", it.state, it.since_seconds));
            let foreign = row.foreign.as_ref();
            let foreign = foreign.map(|it| format!("{} {}", it.uid, it.since_seconds));
            [silence, foreign].into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        rows.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(seen(&sim), ["", "", ""]);
    for name in ["east", "west"] {
        sim.say(&label(name), ClusterEvent::Contact(Contact::Lost("gone".into())));
    }
    sim.say(&label("far"), ClusterEvent::Identified("one".into()));
    sim.say(&label("far"), ClusterEvent::Identified("two".into()));
    sim.pass_to(Moment(Duration::from_secs(90)));
    assert_eq!(seen(&sim), ["silent Some(90)", "withdrawn Some(90)", "silent Some(90), two 90"]);
    for name in ["east", "west"] {
        sim.say(&label(name), ClusterEvent::Contact(Contact::Reached));
    }
    sim.accept(&label("far"));
    assert_eq!(seen(&sim), ["", "", ""]);
}
