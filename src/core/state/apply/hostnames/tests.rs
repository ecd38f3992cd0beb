//! Names that Services stand for, as they cross the limit of their cluster.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::core::event::{ClusterEvent, Facts, Object, ObjectKey};
use crate::core::hostname::{Answer, Finding, Resolution, ResolveRequest};
use crate::core::name::{Label, Name as DnsName};
use crate::core::policy::{ClusterPolicy, Federation, Nameserver, Policy};
use crate::core::policy::{Publish, WhenAllDown};
use crate::core::service::{Inside, ServiceFacts, ServiceKey, SourceId};
use crate::core::time::Now;

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

fn key(number: usize) -> ServiceKey {
    ServiceKey { namespace: label("shop"), name: label(&format!("s{number}")) }
}

fn state() -> State {
    let name = |text| DnsName::parse(text).expect("a name");
    let federation = Federation {
        name: label("myfed"),
        domain: name("example.com"),
        ttl: 180,
        when_all_down: WhenAllDown::Nodata,
        publish: Publish::All,
        nameservers: vec![Nameserver { name: name("ns1.example.com"), addresses: Vec::new() }],
    };
    let policy = Policy { federations: vec![federation], ..Policy::default() };
    let mut state = State::new(Arc::new(policy), Now::default(), Duration::ZERO);
    state.register(label("east"), ClusterPolicy::default());
    state
}

fn names(state: &mut State, service: usize, external: usize) -> Changes {
    let inside = Inside::ExternalName(format!("h{external:04}.example.net").into());
    let facts = Facts::Service(key(service), ServiceFacts { inside, ..ServiceFacts::default() });
    let event = ClusterEvent::Applied(SourceId(0), Object { facts, flaws: Vec::new() });
    state.apply(Now::default(), &label("east"), event)
}

fn reaches(state: &State, service: usize) -> bool {
    let (cluster, shard) = state.shards(&key(service).wire()).next().expect("a shard");
    !state.resolved_alias(cluster, &key(service).wire(), &shard).addresses.is_empty()
}

#[test]
fn the_first_names_are_asked_for_whichever_came_first() {
    let mut state = state();
    for number in (1..=MAX_EXTERNAL_NAMES).rev() {
        let ask = ResolveRequest::Ask(format!("h{number:04}.example.net").into());
        assert_eq!(names(&mut state, number, number).resolve_requests, [ask]);
    }
    let answer = Answer { addresses: vec![[192, 0, 2, 1].into()], ..Answer::default() };
    let finding = Finding::Answered(answer);
    let resolution = Resolution { finding, again_in: Duration::from_secs(9) };
    let last = format!("h{MAX_EXTERNAL_NAMES:04}.example.net");
    state.resolve(Now::default(), &last, resolution);
    assert!(reaches(&state, MAX_EXTERNAL_NAMES));

    // One in front of the last one.
    let changes = names(&mut state, 2000, 0);
    let ask = ResolveRequest::Ask("h0000.example.net".into());
    assert_eq!(changes.resolve_requests, [ask, ResolveRequest::Forget(last.as_str().into())]);
    let pushed_out = key(MAX_EXTERNAL_NAMES).wire();
    assert!(changes.local_services.iter().any(|it| *it.key == *pushed_out));
    assert!(!reaches(&state, MAX_EXTERNAL_NAMES));
    assert_eq!(state.complaints().len(), 2, "that, and the federation's one name server");

    // One behind all.
    assert_eq!(names(&mut state, 2001, 9000).resolve_requests, []);
    assert_eq!(state.complaints().len(), 3);

    // Room again.
    let gone = ClusterEvent::Removed(ObjectKey::Service(key(2000)));
    let changes = state.apply(Now::default(), &label("east"), gone);
    let forget = ResolveRequest::Forget("h0000.example.net".into());
    assert_eq!(changes.resolve_requests, [forget, ResolveRequest::Ask(last.as_str().into())]);
    assert_eq!(state.complaints().len(), 2);
    names(&mut state, 1, 2);
    assert!(state.hostname("h9000.example.net").is_some());
    assert_eq!(state.complaints().len(), 1);
    state.deregister(&label("east"));
    assert_eq!(state.hostnames().count(), 0);
}
