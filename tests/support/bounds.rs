//! Worlds in which answers are bounded: hostnames untried or with TTLs of their own, names that stand
//! for other names; and a model that says how long each record may live.
//!
//! The model reads names as text and facts off the naive model; it shares no code with the core.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fedns::core::event::Facts;
use fedns::core::hostname::{Answer, Finding, Resolution};
use fedns::core::policy::{Policy, Publish, WhenAllDown};
use fedns::core::service::{Ingress, Inside, ServiceFacts, ServiceKey, ServiceType};
use hickory_proto::op::Message;
use hickory_proto::rr::{RData, Record, RecordType};
use proptest::prelude::*;
use proptest::sample::select;

use crate::naive::{Model, Own, Question, Wait};
use crate::support::facts::{self, key};
use crate::support::label;
use crate::support::packet::Ask;
use crate::worlds::{self, CLUSTERS, SERVICES, Step};

const HOSTNAMES: [&str; 4] =
    ["lb1.example.net", "lb2.example.net", "lb3.example.net", "db.example.net"];
/// What Services of type ExternalName stand for: names of every kind of ours, and others.
const EXTERNALS: [&str; 16] = [
    "cart.shop.fed.svc.example.com",
    "north.fed.fed.svc.north.south.example.com",
    "shop.north.alone.example.org",
    "cart.shop.deep.svc.in.example.com",
    "cart.shop.fed.svc.cluster.local",
    "north.shop.north.svc.cluster.local",
    "shop.north.deep.svc.cluster.local",
    "north.shop.svc.cluster.local",
    "cart.shop.svc.cluster.local",
    "none.shop.fed.svc.example.com",
    "svc.example.com",
    "in.example.com",
    "ns1.example.com",
    "fed.svc.cluster.local",
    "db.example.net",
    "lb1.example.net",
];
const TYPES: [&str; 8] = ["A", "AAAA", "CNAME", "ANY", "MX", "TXT", "SOA", "NS"];
/// Nothing bounds it.
const NEVER: u32 = u32::MAX;

/// A world, and what resolvers say in it at the end.
#[derive(Clone, Debug)]
pub(crate) struct World {
    world: worlds::World,
    answers: BTreeMap<&'static str, u32>,
}

pub(crate) fn world() -> impl Strategy<Value = World> {
    let shard = (select(CLUSTERS.to_vec()), select(SERVICES.to_vec()), service(), any::<bool>());
    let shards = prop::collection::vec(shard, 0..12);
    let ttl = select(vec![5, 29, 40, 90, 600]);
    let answers = prop::collection::btree_map(select(HOSTNAMES.to_vec()), ttl, 0..4);
    let ttls = (select(vec![5, 60, 300]), select(vec![1, 5, 50]));
    (worlds::world(), shards, answers, ttls).prop_map(|(mut world, shards, answers, ttls)| {
        (world.policy.in_cluster_ttl, world.policy.negative_ttl) = ttls;
        for (cluster, name, service, is_ready) in shards {
            let key = key(name);
            let slice = facts::slice(&key, u32::from(is_ready), 0);
            for facts in [Facts::Slice(key.clone(), slice), Facts::Service(key, service)] {
                world.steps.push(Step::Say(cluster, facts::applied(facts)));
            }
        }
        World { world, answers }
    })
}

/// A Service with hostnames, or one that stands for another name.
fn service() -> impl Strategy<Value = ServiceFacts> {
    let hostnames = prop::collection::btree_set(select(HOSTNAMES.to_vec()), 1..3);
    let external = prop::option::of(select(EXTERNALS.to_vec()));
    let addresses = prop::collection::vec(Just([192, 0, 2, 7].into()), 0..2);
    let ttl = prop::option::of(0_u32..200);
    (hostnames, addresses, external, any::<bool>(), ttl).prop_map(
        |(hostnames, addresses, external, is_labelled, ttl)| {
            let mut facts = ServiceFacts { is_labelled, ttl, ..facts::load_balancer(&addresses) };
            match external {
                Some(name) => {
                    (facts.service_type, facts.ingress) = (ServiceType::ExternalName, Vec::new());
                    facts.inside = Inside::ExternalName(name.into());
                }
                None => {
                    let entry = |name: &str| Ingress::Hostname(name.into());
                    facts.ingress.extend(hostnames.into_iter().map(entry));
                }
            }
            facts
        },
    )
}

impl World {
    /// What happens in it, but for what resolvers say.
    pub(crate) fn events(&self) -> &worlds::World {
        &self.world
    }

    /// What resolvers say: of a hostname, an address and so many seconds more than at first.
    pub(crate) fn resolutions(&self, more: u32) -> Vec<(&'static str, Resolution)> {
        let resolution = |(at, (host, ttl)): (usize, (&&'static str, &u32))| {
            let ttl = Some(*ttl + more);
            let answer = Answer { addresses: vec![address(at)], ttl, ..Answer::default() };
            let again_in = Duration::from_secs(600);
            (*host, Resolution { finding: Finding::Answered(answer), again_in })
        };
        self.answers.iter().enumerate().map(resolution).collect()
    }

    /// Plays it.
    pub(crate) fn play<K>(
        &self,
        play: impl Fn(&Policy, &[Step]) -> K,
        resolve: impl Fn(&mut K, &str, Resolution),
    ) -> K {
        let mut kept = play(&self.world.policy, &self.world.steps);
        for (host, resolution) in self.resolutions(0) {
            resolve(&mut kept, host, resolution);
        }
        kept
    }

    /// Holds all answers against the model.
    pub(crate) fn hold(&self, ask: &dyn Fn(&Ask) -> Message) {
        let policy = &self.world.policy;
        let mut model = Model::after(&self.world.steps);
        let answers = self.answers.iter().enumerate();
        model.hostnames =
            answers.map(|(at, (host, ttl))| ((*host).to_owned(), (address(at), *ttl))).collect();
        let questions = model.questions(policy);
        let questions: BTreeMap<String, &Question<'_>> =
            questions.iter().map(|question| (question.name(), question)).collect();
        let mut ttls = Ttls::default();
        for (name, question) in &questions {
            let lives = model.ttl(policy, question);
            for record_type in TYPES {
                for record in &ask(&Ask::new(name, record_type)).answers {
                    ttls.note(record, name);
                    assert_eq!(record.ttl, lives, "{name} {record_type}: {record}");
                }
            }
        }
        for cluster in CLUSTERS {
            let mut ttls = ttls.clone();
            let inside = |name: &str, record_type: &str| {
                let asked = Ask { listener: Some(label(cluster)), ..Ask::new(name, record_type) };
                ask(&asked)
            };
            let asker =
                Asker { policy, model: &model, questions: &questions, cluster, ask: &inside };
            for name in worlds::inside_names() {
                for record_type in TYPES {
                    for record in &inside(&name, record_type).answers {
                        ttls.note(record, &format!("{name} {record_type} by {cluster}"));
                        if record.record_type() == RecordType::CNAME {
                            asker.hold(record);
                        }
                    }
                }
            }
        }
    }
}

fn address(number: usize) -> std::net::IpAddr {
    [198, 51, 100, number as u8].into()
}

/// The TTL of each name and type.
#[derive(Clone, Default)]
struct Ttls(BTreeMap<(String, String), u32>);

impl Ttls {
    fn note(&mut self, record: &Record, asked: &str) {
        let id = (record.name.to_string().to_lowercase(), record.record_type().to_string());
        let before = *self.0.entry(id).or_insert(record.ttl);
        assert_eq!(before, record.ttl, "{asked}: {record}");
    }
}

impl Model {
    /// The TTL of a service's name at a place, and of what it leads to.
    fn ttl(&self, policy: &Policy, question: &Question<'_>) -> u32 {
        let publish = question.federation.publish;
        let published = self.clusters.values().filter(|it| it.is_published(question.key, publish));
        let asked = published.filter_map(|it| it.services[question.key].1.ttl).min();
        asked.unwrap_or(question.federation.ttl).min(self.bound(policy, question))
    }

    /// What bounds the end that a service's name at a place leads to.
    fn bound(&self, policy: &Policy, question: &Question<'_>) -> u32 {
        let (key, publish) = (question.key, question.federation.publish);
        let mut location = question.location.clone();
        let here = loop {
            let here: Vec<_> =
                self.clusters.values().filter(|it| self.counts(it, &location)).collect();
            let is_active = here.iter().any(|it| self.wait(it, key, publish) == Some(Wait::No));
            if is_active || location.is_empty() {
                break here;
            }
            location = self.wider(&location);
        };
        let mut bound = NEVER;
        for cluster in &here {
            let Some(addresses) = self.addresses(cluster, key, publish) else { continue };
            let entries = cluster.services[key].1.ingress.iter();
            let names = entries.filter_map(|it| match it {
                Ingress::Hostname(name) => Some(&**name),
                Ingress::Address(_) => None,
            });
            for name in names {
                match self.hostnames.get(name) {
                    Some((_, ttl)) if self.wait(cluster, key, publish) == Some(Wait::No) => {
                        bound = bound.min((*ttl).max(30));
                    }
                    None if addresses.is_empty() => bound = bound.min(policy.negative_ttl),
                    Some(_) | None => {}
                }
            }
        }
        let waits: Vec<_> = here.iter().map(|it| self.wait(it, key, publish)).collect();
        if !waits.contains(&Some(Wait::No)) && waits.iter().any(Option::is_some) {
            return bound.min(30);
        }
        let is_down = waits.iter().all(Option::is_none);
        match question.federation.when_all_down {
            WhenAllDown::All | WhenAllDown::Last if is_down => bound.min(30),
            _ => bound,
        }
    }
}

/// One cluster's askers.
struct Asker<'m> {
    policy: &'m Policy,
    model: &'m Model,
    questions: &'m BTreeMap<String, &'m Question<'m>>,
    cluster: &'static str,
    ask: &'m dyn Fn(&str, &str) -> Message,
}

impl Asker<'_> {
    /// Holds a CNAME of an answer to the model.
    fn hold(&self, record: &Record) {
        let owner = record.name.to_string();
        let owner = owner.trim_end_matches('.');
        if self.questions.contains_key(owner) {
            return;
        }
        let bound = self.bound(owner, &mut BTreeSet::new());
        let lives = bound.min(self.policy.in_cluster_ttl);
        assert_eq!(record.ttl, lives, "{record} by {}", self.cluster);
    }

    /// What bounds an alias that leads to `name`, and what `name` itself leads to.
    fn bound(&self, name: &str, met: &mut BTreeSet<String>) -> u32 {
        if !met.insert(name.to_owned()) {
            return NEVER;
        }
        if let Some(question) = self.questions.get(name) {
            return self.model.bound(self.policy, question);
        }
        if let Some(inside) = name.strip_suffix(".svc.cluster.local") {
            return match inside.split('.').collect::<Vec<_>>()[..] {
                [service, namespace, federation] => {
                    self.of_federation(name, &key_of(namespace, service), federation, met)
                }
                [service, namespace] if self.publish(namespace).is_none() => {
                    match self.own(&key_of(namespace, service), Publish::All) {
                        Own::Addresses(_) => NEVER,
                        Own::Alias(target) => self.bound(target.trim_end_matches('.'), met),
                        Own::Nothing => self.policy.negative_ttl,
                    }
                }
                _ => NEVER,
            };
        }
        if name.ends_with("example.com") || name.ends_with("example.org") {
            return NEVER;
        }
        self.model.hostnames.get(name).map_or(self.policy.negative_ttl, |(_, ttl)| *ttl)
    }

    fn of_federation(
        &self,
        name: &str,
        key: &ServiceKey,
        federation: &str,
        met: &mut BTreeSet<String>,
    ) -> u32 {
        let Some(publish) = self.publish(federation) else { return NEVER };
        match self.own(key, publish) {
            Own::Addresses(_) => NEVER,
            Own::Alias(target) => self.bound(target.trim_end_matches('.'), met),
            // Where an asker is sent is another test's matter.
            Own::Nothing => match (self.ask)(name, "CNAME").answers.first().map(|it| &it.data) {
                Some(RData::CNAME(target)) => {
                    self.bound(target.0.to_string().trim_end_matches('.'), met)
                }
                _ => NEVER,
            },
        }
    }

    fn publish(&self, federation: &str) -> Option<Publish> {
        let mut all = self.policy.federations.iter();
        all.find(|it| it.name.as_str() == federation).map(|it| it.publish)
    }

    fn own(&self, key: &ServiceKey, publish: Publish) -> Own {
        self.model.clusters[self.cluster].own(key, publish)
    }
}

fn key_of(namespace: &str, service: &str) -> ServiceKey {
    key(&format!("{namespace}/{service}"))
}
