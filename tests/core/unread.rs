//! A cluster that was never read, in random worlds: whatever it says at last changes no answer that did not
//! say before that it may change, and takes no record away that was to live longer than `negativeTtl`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use fedns::core::event::ClusterEvent;
use fedns::core::policy::ClusterPolicy;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::opt::EdnsOption;
use proptest::prelude::*;
use proptest::sample::select;
use wildmatch::WildMatch;

use crate::support::facts::SYNCED;
use crate::support::packet::{Ask, Edns};
use crate::support::{self, Sim, label, render};
use crate::worlds::{self, Step, World};

/// What was answered to one question.
#[derive(Debug)]
struct Answered {
    code: ResponseCode,
    /// Records without their TTL, which stands behind.
    records: Vec<(String, u32)>,
    is_told: bool,
    text: String,
}

impl Answered {
    fn read(octets: &[u8]) -> Self {
        let message = Message::from_vec(octets).unwrap();
        let options = message.edns.iter().flat_map(|edns| &edns.options().options);
        let is_not_ready = |(_, option): &(_, EdnsOption)| matches!(option, EdnsOption::Unknown(15, data) if data.starts_with(&[0, 14]));
        let is_told = options.clone().any(is_not_ready);
        let record = |record: &hickory_proto::rr::Record| {
            let key = format!("{} {} {}", record.name, record.record_type(), record.data);
            (key.to_lowercase(), record.ttl)
        };
        Self {
            code: message.metadata.response_code,
            records: message.answers.iter().map(record).collect(),
            is_told,
            text: render::lines(octets).join("\n  "),
        }
    }

    fn says_as(&self, other: &Self) -> bool {
        let keys =
            |it: &Self| it.records.iter().map(|(key, _)| key.clone()).collect::<BTreeSet<_>>();
        self.code == other.code && keys(self) == keys(other)
    }

    /// The TTL of the first record that the other one has no more: behind it another way is gone.
    fn gone(&self, other: &Self) -> u32 {
        let is_there = |key: &String| other.records.iter().any(|(it, _)| it == key);
        let gone = self.records.iter().find(|(key, _)| !is_there(key));
        gone.map_or(0, |(_, ttl)| *ttl)
    }
}

fn ask_all(sim: &mut Sim) -> BTreeMap<String, Answered> {
    let mut answered = BTreeMap::new();
    for name in worlds::names() {
        for record_type in ["A", "AAAA", "CNAME"] {
            let mut ask = Ask::new(&name, record_type);
            ask.edns = Some(Edns::default());
            answered.insert(format!("{name} {record_type}"), Answered::read(&sim.ask(&ask)));
        }
    }
    for name in worlds::inside_names() {
        for (client, listener) in askers() {
            let mut ask = Ask::new(&name, "A");
            ask.edns = Some(Edns::default());
            (ask.client, ask.listener) = (client, listener.map(label));
            let question = format!("{name} by {client} {listener:?}");
            answered.insert(question, Answered::read(&sim.ask(&ask)));
        }
    }
    answered
}

fn askers() -> impl Iterator<Item = (IpAddr, Option<&'static str>)> {
    let sources = [[10, 0, 0, 1], [10, 1, 0, 1], [10, 3, 0, 1], [192, 168, 0, 2], [192, 0, 2, 1]];
    let sources = sources.into_iter().map(|octets| (IpAddr::from(octets), None));
    let listeners = worlds::CLUSTERS.into_iter().chain(["late"]);
    sources.chain(listeners.map(|name| (support::NOBODY, Some(name))))
}

/// What an entry says of a cluster: nothing, or something of each.
fn entry() -> impl Strategy<Value = ClusterPolicy> {
    let places = select(vec![(None, None), (Some("north"), None), (Some("north"), Some("a"))]);
    let namespaces = select(vec![None, Some("shop"), Some("s*"), Some("none")]);
    (places, namespaces, any::<bool>()).prop_map(|((region, zone), namespace, has_networks)| {
        ClusterPolicy {
            region: region.map(label),
            zones: zone.map(label).into_iter().collect(),
            namespaces: namespace.map(WildMatch::new).into_iter().collect(),
            networks: has_networks.then(|| "10.1.0.0/16".parse().unwrap()).into_iter().collect(),
            ..ClusterPolicy::default()
        }
    })
}

fn play(world: &World) -> Sim {
    let mut sim = Sim::new(world.policy.clone(), Duration::ZERO);
    for step in &world.steps {
        match step {
            Step::Register(name) => sim.register(&label(name), ClusterPolicy::default()),
            Step::Say(name, event) => sim.say(&label(name), event.clone()),
        }
    }
    sim
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 20 };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_it_says_at_last_changes_no_answer_that_did_not_say_so(
        world in worlds::world(),
        entry in entry(),
        events in prop::collection::vec(worlds::event(), 1..30),
    ) {
        let mut sim = play(&world);
        let late = label("late");
        sim.register(&late, entry);
        let before = ask_all(&mut sim);
        for event in events {
            // That it is read comes at its end.
            if !matches!(event, ClusterEvent::Synced { .. }) {
                sim.say(&late, event);
            }
        }
        sim.say(&late, SYNCED);
        let after = ask_all(&mut sim);
        for ((question, before), after) in before.iter().zip(after.values()) {
            let told = || format!("{question}\n  {}\nand then\n  {}", before.text, after.text);
            prop_assert!(before.code == ResponseCode::ServFail || before.is_told
                || before.says_as(after), "it changed and had not said so: {}", told());
            prop_assert!(before.gone(after) <= 5, "a record went too soon: {}", told());
            prop_assert!(!after.is_told, "all have been read: {}", told());
        }
    }
}

#[test]
fn a_cluster_that_may_say_nothing_of_them_changes_no_answer() {
    let world = |policy: &fedns::core::policy::Policy, steps: &[Step]| World {
        policy: policy.clone(),
        steps: steps.to_vec(),
    };
    let mut sim = play(&worlds::busy(world));
    let names: BTreeSet<_> = worlds::names();
    let ask = |sim: &mut Sim| -> Vec<String> {
        let ask = |name: &String| {
            let mut ask = Ask::new(name, "A");
            ask.edns = Some(Edns::default());
            Answered::read(&sim.ask(&ask)).text
        };
        names.iter().filter(|name| name.contains(".shop.")).map(ask).collect()
    };
    let before = ask(&mut sim);
    let policy = ClusterPolicy {
        namespaces: vec![WildMatch::new("none")],
        region: Some(label("north")),
        zones: vec![label("a")],
        ..ClusterPolicy::default()
    };
    sim.register(&label("late"), policy);
    let after = ask(&mut sim);
    for (before, after) in before.iter().zip(&after) {
        // What nobody has could be in a place that it brings.
        assert!(before == after || after.starts_with("SERVFAIL"), "{before}\n{after}");
    }
}
