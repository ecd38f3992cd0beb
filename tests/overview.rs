//! Overviews of a virtual world: pages of services come to the same rows as one page of all.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use fedns::core::event::{ClusterEvent, Facts, Listing, Object};
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::service::{ServiceFacts, ServiceKey, ServiceType, SourceId};
use fedns::core::state::Health;
use fedns::overview::{ServicesWanted, services};
use support::{Sim, label};

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
    let all = services(&sim.state, &ServicesWanted::default()).unwrap();
    let text = |row: &fedns::overview::ServiceRow| format!("{}/{}", row.namespace, row.name);
    let listed: Vec<_> = all.services.iter().map(text).collect();
    assert_eq!(listed, ["a/b", "a/z", "a-b/a", "b/a", "b/y", "c/x", "c/y"]);
    assert_eq!(all.next, None);

    for limit in 1..=names.len() {
        for state in [None, Some(Health::Down), Some(Health::Unpublished)] {
            let mut wanted = ServicesWanted { limit: Some(limit), state, ..Default::default() };
            let mut rows = Vec::new();
            loop {
                let page = services(&sim.state, &wanted).unwrap();
                rows.extend(page.services);
                wanted.after = page.next;
                if wanted.after.is_none() {
                    break;
                }
            }
            let matches = |row: &&_| state.is_none_or(|state| is(row, state));
            let expected: Vec<_> = all.services.iter().filter(matches).cloned().collect();
            assert_eq!(rows, expected, "{limit} {state:?}");
        }
    }
}

fn is(row: &fedns::overview::ServiceRow, state: Health) -> bool {
    row.state == state
}
