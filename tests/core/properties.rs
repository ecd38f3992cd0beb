//! Properties: what holds for every world, tried with random ones; packets are in `random_packets`.
//! `PROPTEST_CASES=1000 cargo test --test core properties::` tries more.

use crate::bounds;
use crate::naive;
use crate::support;
use crate::worlds;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fedns::core::answer::{Request, Scratch};
use fedns::core::event::ClusterEvent;
use fedns::core::policy::{ClusterPolicy, Policy, WhenAllDown};
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::{Changes, State};
use fedns::core::time::Moment;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RData;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::naive::Model;
use crate::support::packet::{Ask, Edns};
use crate::support::{START, answer_with, request};
use crate::worlds::{Step, World};

pub(crate) fn config(cases: u32) -> ProptestConfig {
    // `PROPTEST_CASES` is read by the default; without it the file must stay quick.
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { cases };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

/// A world as one publisher keeps it while events come.
pub(crate) struct Kept {
    state: State,
    publisher: Publisher,
    pub(crate) snapshot: Snapshot,
}

impl Kept {
    fn new(policy: &Policy) -> Self {
        let now = START;
        let state = State::new(Arc::new(policy.clone()), now, Duration::ZERO);
        let mut publisher = Publisher::new(&state, 1);
        let snapshot = publisher.publish(&state, &Changes::default(), now);
        Self { state, publisher, snapshot }
    }

    fn step(&mut self, step: &Step) -> Changes {
        step.apply(&mut self.state)
    }

    /// As the controller does: where nothing changes, nothing is published.
    fn publish(&mut self, changes: &Changes) {
        if changes.is_empty() {
            return;
        }
        self.snapshot = self.publisher.publish(&self.state, changes, START);
    }

    pub(crate) fn play(policy: &Policy, steps: &[Step]) -> Self {
        let mut kept = Self::new(policy);
        for step in steps {
            let changes = kept.step(step);
            kept.publish(&changes);
        }
        kept
    }
}

/// Every answer to many names and types, as octets.
fn answers(snapshot: &Snapshot, names: &BTreeSet<String>) -> Vec<(String, Vec<u8>)> {
    let mut asked = Vec::new();
    for name in names {
        for record_type in ["A", "AAAA", "CNAME", "ANY", "MX"] {
            let mut ask = Ask::new(name, record_type);
            ask.edns = Some(Edns::default());
            asked.push((format!("{name} {record_type}"), reply(snapshot, &ask)));
        }
    }
    asked.extend(inside_answers(snapshot));
    asked
}

/// Who asks for names inside clusters: by address, or by the cluster's own listener.
fn askers() -> impl Iterator<Item = (IpAddr, Option<&'static str>)> {
    let sources = [[10, 0, 0, 1], [10, 1, 0, 1], [10, 3, 0, 1], [192, 168, 0, 2], [192, 0, 2, 1]];
    let sources = sources.into_iter().map(|octets| (IpAddr::from(octets), None));
    sources.chain(worlds::CLUSTERS.map(|name| (support::NOBODY, Some(name))))
}

/// Every answer to names inside clusters, to many askers.
fn inside_answers(snapshot: &Snapshot) -> Vec<(String, Vec<u8>)> {
    let mut asked = Vec::new();
    for name in worlds::inside_names() {
        for (client, listener) in askers() {
            let mut ask = Ask::new(&name, "A");
            (ask.client, ask.listener) = (client, listener.map(support::label));
            asked.push((format!("{name} by {client} {listener:?}"), reply(snapshot, &ask)));
        }
    }
    asked
}

fn reply(snapshot: &Snapshot, ask: &Ask) -> Vec<u8> {
    // One worker's space for all questions: making it for each would take most of the time.
    thread_local!(static SPACE: RefCell<(Scratch, Vec<u8>)> =
        RefCell::new((Scratch::default(), vec![0; 65_535])));
    let packet = ask.packet();
    let request = Request {
        client: ask.client,
        idle: ask.idle,
        listener: ask.listener.as_ref(),
        ..request(&packet, ask.transport, Moment::default(), ask.draw)
    };
    SPACE.with_borrow_mut(|(scratch, buffer)| {
        answer_with(snapshot, &request, scratch, buffer).0.to_vec()
    })
}

fn first_difference(one: &[(String, Vec<u8>)], other: &[(String, Vec<u8>)]) -> Option<String> {
    let (a, b) = one.iter().zip(other).find(|(a, b)| a != b)?;
    let text = |octets: &[u8]| support::render::lines(octets).join("\n  ");
    Some(format!("{}\n  {}\nbut {}\n  {}", a.0, text(&a.1), b.0, text(&b.1)))
}

fn assert_same(one: &Snapshot, other: &Snapshot, names: &BTreeSet<String>) {
    let difference = first_difference(&answers(one, names), &answers(other, names));
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

proptest! {
    #![proptest_config(config(20))]

    /// Compiling after n events equals compiling from scratch; and facts, not their history,
    /// make answers, but for `last`, which is history.
    #[test]
    fn answers_follow_from_facts_alone(world in worlds::world()) {
        let kept = Kept::play(&world.policy, &world.steps);
        let names = worlds::names();
        let mut fresh = Publisher::new(&kept.state, 99);
        let scratch =
            fresh.publish(&kept.state, &Changes::default(), START);
        assert_same(&kept.snapshot, &scratch, &names);

        let model = Model::after(&world.steps);
        if world.policy.federations.iter().all(|it| it.when_all_down != WhenAllDown::Last) {
            let retold = Kept::play(&world.policy, &model.retell());
            assert_same(&kept.snapshot, &retold.snapshot, &names);
        }
    }

    /// What changes no answer is no news: whatever happens once more right behind itself, and counts
    /// of endpoints that come near nought and do not reach it.
    #[test]
    fn what_every_answer_is_the_same_after_is_no_news(world in worlds::world()) {
        let mut kept = Kept::new(&world.policy);
        for step in &world.steps {
            let changes = kept.step(step);
            kept.publish(&changes);
            // Whether all was read may be judged anew each time.
            let is_again = matches!(step, Step::Say(_, it) if !matches!(it, ClusterEvent::Synced { .. }));
            for next in step.without_news().into_iter().chain(is_again.then(|| step.clone())) {
                let again = kept.step(&next);
                prop_assert!(again.is_empty(), "{:?} behind {:?}: {:?}", next, step, again);
            }
        }
        let mut fresh = Publisher::new(&kept.state, 99);
        let scratch = fresh.publish(&kept.state, &Changes::default(), START);
        assert_same(&kept.snapshot, &scratch, &worlds::names());
    }

    /// Publishing once after a storm equals publishing after each event.
    #[test]
    fn merged_changes_equal_single_ones(world in worlds::world(), every in 2_usize..9) {
        let single = Kept::play(&world.policy, &world.steps);
        let mut merged = Kept::new(&world.policy);
        for steps in world.steps.chunks(every) {
            let mut changes = Changes::default();
            for step in steps {
                changes.merge(merged.step(step));
            }
            merged.publish(&changes);
        }
        assert_same(&single.snapshot, &merged.snapshot, &worlds::names());
    }

    /// What is compiled change by change, or of several changes together, is what compiling all services
    /// gives, octet by octet, whatever history it has: hostnames that are resolved on the way, and another
    /// policy.
    #[test]
    fn increments_equal_compiling_from_nothing(
        bounded in bounds::world(),
        other in worlds::world(),
        reload_after in any::<Index>(),
        every in 1_usize..6,
        gone in prop::option::of(prop::sample::select(worlds::CLUSTERS.to_vec())),
    ) {
        let world = bounded.events();
        let mut kept = Kept::new(&world.policy);
        let chunks: Vec<_> = world.steps.chunks(every).collect();
        let reload_after = reload_after.index(chunks.len());
        for (at, steps) in chunks.into_iter().enumerate() {
            let mut changes = Changes::default();
            for step in steps {
                changes.merge(kept.step(step));
            }
            let resolutions = bounded.resolutions(at as u32);
            if !resolutions.is_empty() {
                let (host, resolution) = resolutions[at % resolutions.len()].clone();
                changes.merge(kept.state.resolve(START, host, resolution));
            }
            if at == reload_after {
                changes.merge(kept.state.change_policy(Arc::new(other.policy.clone())));
            }
            kept.publish(&changes);
            support::assert_compiled(&kept.snapshot, &kept.state, &format!("after {steps:?}"));
        }
        // The number of a cluster that is gone is another one's, before anything is compiled.
        let Some(gone) = gone else { return Ok(()) };
        let mut changes = kept.state.deregister(&support::label(gone));
        changes.merge(kept.state.register(support::label("echo"), ClusterPolicy::default()));
        for step in &world.steps {
            if let Step::Say(name, event) = step && *name != gone {
                changes.merge(Step::Say("echo", event.clone()).apply(&mut kept.state));
            }
        }
        kept.publish(&changes);
        support::assert_compiled(&kept.snapshot, &kept.state, "after another cluster came");
    }

    /// The order in which clusters are registered, and in which they speak, does not matter; each
    /// one's own order does.
    #[test]
    fn the_order_of_clusters_does_not_matter(
        world in worlds::world(),
        picks in prop::collection::vec(any::<Index>(), 80),
    ) {
        prop_assume!(
            world.policy.federations.iter().all(|it| it.when_all_down != WhenAllDown::Last)
        );
        let one = Kept::play(&world.policy, &world.steps);
        let other = Kept::play(&world.policy, &worlds::interleaved(&world.steps, &picks));
        assert_same(&one.snapshot, &other.snapshot, &worlds::names());
    }

    /// A reload gives the answers and the complaints of a start with what it brings: other
    /// federations, and fewer clusters.
    #[test]
    fn a_reload_equals_a_start(
        world in worlds::world(),
        other in worlds::world(),
        kept_federations in prop::collection::vec(any::<bool>(), 4),
        gone in prop::option::of(prop::sample::select(worlds::CLUSTERS.to_vec())),
    ) {
        let keeps = |policy: &Policy, flags: &[bool]| {
            let mut policy = policy.clone();
            let mut flags = flags.iter();
            policy.federations.retain(|it| {
                *flags.next().unwrap() && it.when_all_down != WhenAllDown::Last
            });
            policy
        };
        let before = keeps(&world.policy, &[true; 4]);
        let after = keeps(&other.policy, &kept_federations);
        let mut reloaded = Kept::play(&before, &world.steps);
        let mut changes = Changes::default();
        if let Some(gone) = gone {
            changes.merge(reloaded.state.deregister(&support::label(gone)));
        }
        changes.merge(reloaded.state.change_policy(Arc::new(after.clone())));
        reloaded.publish(&changes);
        let stays = |step: &&Step| Some(step.cluster()) != gone;
        let steps: Vec<Step> = world.steps.iter().filter(stays).cloned().collect();
        let started = Kept::play(&after, &steps);
        assert_same(&reloaded.snapshot, &started.snapshot, &worlds::names());
        prop_assert_eq!(reloaded.state.complaints(), started.state.complaints());
        let mut counts = reloaded.state.complaint_counts();
        counts.retain(|_, count| *count > 0);
        let mut expected = started.state.complaint_counts();
        expected.retain(|_, count| *count > 0);
        prop_assert_eq!(counts, expected);
    }

    /// What is answered is what an independent, naive model says; with it: every address belongs
    /// to a healthy shard of its level, chains lead zone -> region -> world, and no name with
    /// something below it is denied.
    #[test]
    fn answers_are_those_of_the_naive_model(world in worlds::world()) {
        let kept = Kept::play(&world.policy, &world.steps);
        let model = Model::after(&world.steps);
        let published = model.published_names(&world.policy);
        check_services(&kept.snapshot, &world, &model);
        for name in naive::ancestors(&published) {
            for record_type in ["A", "MX"] {
                let octets = reply(&kept.snapshot, &Ask::new(&name, record_type));
                let message = Message::from_vec(&octets).unwrap();
                let code = message.metadata.response_code;
                prop_assert_eq!(code, ResponseCode::NoError, "{} {}", name, record_type);
            }
        }
        // And what is neither published nor above something published does not exist.
        let mut existing = naive::ancestors(&published);
        existing.extend(world.policy.federations.iter().map(|it| {
            it.domain.to_string().trim_end_matches('.').to_string()
        }));
        for name in worlds::names().iter().filter(|it| !published.contains(*it)) {
            let octets = reply(&kept.snapshot, &Ask::new(name, "A"));
            let code = Message::from_vec(&octets).unwrap().metadata.response_code;
            let is_denied = code == ResponseCode::NXDomain;
            prop_assert_eq!(is_denied, !existing.contains(name), "{}", name);
        }
    }

    /// What askers inside clusters get is what their cluster says it has, read off the facts; else
    /// the alias of a name that exists, and what stands there.
    #[test]
    fn askers_get_what_their_cluster_has(world in worlds::world()) {
        let kept = Kept::play(&world.policy, &world.steps);
        let model = Model::after(&world.steps);
        for federation in &world.policy.federations {
            for cluster in worlds::CLUSTERS {
                for (key, own) in model.inside(cluster, federation.publish) {
                    let name = format!(
                        "{}.{}.{}.svc.cluster.local", key.name, key.namespace, federation.name
                    );
                    let mut ask = Ask::new(&name, "A");
                    ask.listener = Some(support::label(cluster));
                    let message = Message::from_vec(&reply(&kept.snapshot, &ask)).unwrap();
                    let code = message.metadata.response_code;
                    let first = message.answers.first().map(|record| &record.data);
                    match own {
                        naive::Own::Addresses(addresses) => {
                            let given = message.answers.iter().map(|record| match &record.data {
                                RData::A(address) => IpAddr::V4(address.0),
                                other => panic!("{name}: {other}"),
                            });
                            prop_assert_eq!(given.collect::<BTreeSet<_>>(), addresses, "{}", name);
                        }
                        naive::Own::Alias(target) => {
                            let is_it = matches!(first, Some(RData::CNAME(to)) if to.0.to_string() == target);
                            prop_assert!(is_it, "{} {:?}", name, first);
                        }
                        naive::Own::Nothing if model.is_published(&key, federation.publish) => {
                            let Some(RData::CNAME(target)) = first else {
                                panic!("{name} by {cluster}: {message}")
                            };
                            let target = target.0.to_string();
                            let there = reply(&kept.snapshot, &Ask::new(&target, "A"));
                            let there = Message::from_vec(&there).unwrap();
                            prop_assert_eq!(&message.answers[1..], &there.answers[..], "{}", name);
                            prop_assert_eq!(code, there.metadata.response_code, "{}", name);
                        }
                        naive::Own::Nothing => {
                            prop_assert!(message.answers.is_empty(), "{}: {}", name, message);
                        }
                    }
                }
            }
        }
    }

    /// The records of a name and type have one TTL, whatever was asked for to get them, and none that
    /// leads to an end outlives what bounds that end: an independent model says what it is.
    #[test]
    fn bounds_bind_the_whole_answer(world in bounds::world()) {
        let kept = world.play(Kept::play, |kept, host, resolution| {
            let changes = kept.state.resolve(START, host, resolution);
            kept.publish(&changes);
        });
        world.hold(&|ask: &Ask| Message::from_vec(&reply(&kept.snapshot, ask)).unwrap());
    }

    /// Rotation gives the same set for every draw, CNAMEs first and in the same order.
    #[test]
    fn draws_turn_addresses_and_nothing_else(world in worlds::world(), draws in any::<[u64; 4]>()) {
        let kept = Kept::play(&world.policy, &world.steps);
        for name in worlds::names() {
            let split = |draw| {
                let mut ask = Ask::new(&name, "A");
                ask.draw = draw;
                let message = Message::from_vec(&reply(&kept.snapshot, &ask)).unwrap();
                let is_alias = |text: &String| text.contains(" CNAME ");
                let lines = message.answers.iter().map(support::render::record);
                let (aliases, mut addresses): (Vec<_>, Vec<_>) = lines.partition(is_alias);
                addresses.sort();
                (message.metadata.response_code, aliases, addresses)
            };
            let first = split(0);
            for draw in draws {
                prop_assert_eq!(&first, &split(draw), "{}", name);
            }
        }
    }
}

/// Holds the answers for all services at all places against the model.
fn check_services(snapshot: &Snapshot, world: &World, model: &Model) {
    for question in model.questions(&world.policy) {
        for (record_type, wants_v4) in [("A", true), ("AAAA", false)] {
            let name = question.name();
            let message = Message::from_vec(&reply(snapshot, &Ask::new(&name, record_type)));
            let message = message.unwrap();
            let expected = model.answer(&question);
            let mut owner = name.clone();
            let mut aliases = Vec::new();
            let mut addresses = BTreeSet::new();
            for record in &message.answers {
                let text = record.name.to_string();
                assert_eq!(text.trim_end_matches('.'), owner, "{name}: the chain's order");
                match &record.data {
                    RData::CNAME(target) => {
                        assert!(addresses.is_empty(), "{name}: a CNAME behind addresses");
                        owner = target.0.to_string().trim_end_matches('.').to_string();
                        aliases.push(owner.clone());
                    }
                    RData::A(address) => _ = addresses.insert(IpAddr::V4(address.0)),
                    RData::AAAA(address) => _ = addresses.insert(IpAddr::V6(address.0)),
                    other => panic!("{name}: {other}"),
                }
            }
            assert!(aliases.len() <= 2, "{name}: {aliases:?}");
            assert_eq!(aliases, expected.chain, "{name}");
            if let Some(healthy) = expected.addresses {
                let of_family: BTreeSet<_> =
                    healthy.into_iter().filter(|address| address.is_ipv4() == wants_v4).collect();
                assert_eq!(addresses, of_family, "{name} {record_type}");
            }
        }
    }
}
