//! One run: dice choose what happens, and what is answered is held against what was heard.
//!
//! In: a seed. Out: a panic that says which answer was wrong after which step.
//! Does not know how ground state keeps facts.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use fedns::core::event::{ClusterEvent, Contact, Moment};
use fedns::core::policy::{ClusterPolicy, Policy, SILENT_AFTER, WhenSilent};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RData;

use crate::model::{Cluster, GUARD, SERVICES, Shard, Shards, told};
use crate::support::packet::Ask;
use crate::support::{Sim, facts, label};

const PLACES: [&str; 4] = ["a.us", "b.us", "c.eu", "c.eu"];

/// Numbers that look like chance, the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % end as u64) as usize
    }

    fn is_once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

pub(crate) struct Run {
    dice: Dice,
    sim: Sim,
    clusters: Vec<Cluster>,
    /// The last UID that was given to a cluster.
    uids: u32,
    /// What happened, for whoever reads a failure.
    last: String,
}

impl Run {
    pub(crate) fn new(seed: u64) -> Self {
        let policy = Policy {
            federations: vec![facts::federation("fed", "example.com")],
            ..Policy::default()
        };
        let cluster = |(index, &place): (usize, &&'static str)| Cluster {
            name: label(&format!("c{index}")),
            place,
            is_withdrawn_when_silent: index == 1,
            is_registered: false,
            has: Shards::default(),
            heard: Shards::default(),
            lost_since: None,
            doubted_since: [None; 2],
            foreign: None,
            uid: index as u32,
        };
        let clusters = PLACES.iter().enumerate().map(cluster).collect();
        let sim = Sim::new(policy, Duration::ZERO);
        let mut run = Self { dice: Dice(seed), sim, clusters, uids: 100, last: String::new() };
        for at in 0..PLACES.len() {
            run.clusters[at].has = run.shards(at);
            run.register(at);
        }
        run
    }

    fn shards(&mut self, at: usize) -> Shards {
        std::array::from_fn(|service| self.shard(at, service))
    }

    fn shard(&mut self, at: usize, service: usize) -> Shard {
        let version = self.dice.below(200) as u8;
        let address = Ipv4Addr::new(10, at as u8, service as u8, version);
        Shard {
            address: (!self.dice.is_once_in(4)).then_some(address),
            ready: [Some(true), Some(true), Some(false), None][self.dice.below(4)],
        }
    }

    fn now(&self) -> Duration {
        self.sim.now.0
    }

    fn say(&mut self, at: usize, event: ClusterEvent) {
        let name = self.clusters[at].name.clone();
        self.sim.say(&name, event);
    }

    fn register(&mut self, at: usize) {
        let cluster = &mut self.clusters[at];
        let when_silent =
            if cluster.is_withdrawn_when_silent { WhenSilent::Withdraw } else { WhenSilent::Keep };
        let policy =
            ClusterPolicy { when_silent, withdraw_guard: Some(GUARD), ..ClusterPolicy::default() };
        (cluster.is_registered, cluster.lost_since, cluster.foreign) = (true, None, None);
        (cluster.heard, cluster.doubted_since) = (Shards::default(), [None; 2]);
        let name = cluster.name.clone();
        self.sim.register(&name, policy);
        self.identify(at);
        self.list(at);
        self.say(at, ClusterEvent::Synced { is_complete: true });
    }

    fn identify(&mut self, at: usize) {
        let uid = self.clusters[at].uid;
        self.say(at, ClusterEvent::Identified(format!("uid-{uid}").into()));
    }

    /// The whole truth, again and again until no list of it is doubted.
    fn list(&mut self, at: usize) {
        for _ in 0..3 {
            let order = self.dice.below(3);
            let cluster = &self.clusters[at];
            for event in Cluster::lists(&cluster.has, cluster.place, order) {
                self.say(at, event);
            }
        }
        let cluster = &mut self.clusters[at];
        (cluster.heard, cluster.doubted_since) = (cluster.has, [None; 2]);
    }

    /// Something happens, and then an answer is looked at.
    pub(crate) fn step(&mut self) {
        let at = self.dice.below(self.clusters.len());
        match self.dice.below(20) {
            0..=8 => self.change(at),
            9 => self.flap(at),
            10 | 11 => self.lose(at),
            12 | 13 => self.reach(at),
            14 => self.lie(at),
            15 => self.replace(at),
            16 => self.restore(at),
            17 => self.repeat(at),
            18 => self.come_or_go(at),
            _ => self.wait(),
        }
        let service = self.dice.below(SERVICES);
        self.check(service);
    }

    fn change(&mut self, at: usize) {
        let service = self.dice.below(SERVICES);
        let shard = self.shard(at, service);
        self.set(at, service, shard);
        self.last = format!("change of s{service} in c{at}");
    }

    fn set(&mut self, at: usize, service: usize, shard: Shard) {
        let cluster = &mut self.clusters[at];
        let before = std::mem::replace(&mut cluster.has[service], shard);
        if cluster.is_heard() {
            cluster.heard[service] = shard;
            told(service, before, shard).into_iter().for_each(|event| self.say(at, event));
        }
    }

    fn flap(&mut self, at: usize) {
        let service = self.dice.below(SERVICES);
        for _ in 0..=self.dice.below(6) {
            let shard = self.clusters[at].has[service];
            let ready = Some(shard.ready != Some(true));
            self.set(at, service, Shard { ready, ..shard });
        }
        self.last = format!("flapping of s{service} in c{at}");
    }

    fn lose(&mut self, at: usize) {
        let now = self.now();
        let cluster = &mut self.clusters[at];
        if cluster.is_registered {
            cluster.lost_since.get_or_insert(now);
            self.say(at, ClusterEvent::Contact(Contact::Lost("time-out".into())));
        }
        self.last = format!("loss of c{at}");
    }

    fn reach(&mut self, at: usize) {
        if self.clusters[at].is_registered && self.clusters[at].lost_since.take().is_some() {
            self.say(at, ClusterEvent::Contact(Contact::Reached));
            if self.clusters[at].foreign.is_none() {
                self.list(at);
            }
        }
        self.last = format!("return of c{at}");
    }

    /// A list that lacks most of what is there; the second one comes at once, later, or not
    /// before the cluster is lost.
    fn lie(&mut self, at: usize) {
        let (is_of_slices, modulus, now) =
            (self.dice.is_once_in(2), 4 + self.dice.below(9), self.now());
        if !self.clusters[at].is_heard() {
            return;
        }
        let Some(lie) = self.clusters[at].lie(now, is_of_slices, |it| it % modulus == 0) else {
            return;
        };
        self.say(at, lie);
        self.last = format!("lie of c{at}");
        if self.dice.is_once_in(2) {
            self.list(at);
        }
    }

    /// Another cluster answers in the place of this one.
    fn replace(&mut self, at: usize) {
        let now = self.now();
        if !self.clusters[at].is_heard() {
            return;
        }
        let (shards, order) = (self.shards(at), self.dice.below(3));
        self.uids += 1;
        let (cluster, uid) = (&mut self.clusters[at], self.uids);
        cluster.foreign = Some((now, uid, shards));
        let place = cluster.place;
        self.say(at, ClusterEvent::Identified(format!("uid-{uid}").into()));
        let lists = Cluster::lists(&shards, place, order);
        lists.into_iter().for_each(|list| self.say(at, list));
        self.say(at, ClusterEvent::Synced { is_complete: true });
        self.last = format!("replacement of c{at}");
    }

    /// The former one is back, or an operator accepts the other one.
    fn restore(&mut self, at: usize) {
        let Some((_, uid, shards)) = self.clusters[at].foreign else { return };
        if !self.clusters[at].is_registered || self.clusters[at].lost_since.is_some() {
            return;
        }
        self.clusters[at].foreign = None;
        if self.dice.is_once_in(2) {
            self.clusters[at].has = shards;
            let name = self.clusters[at].name.clone();
            self.sim.accept(&name);
            self.clusters[at].uid = uid;
            self.identify(at);
            self.list(at);
            self.say(at, ClusterEvent::Synced { is_complete: true });
        } else {
            self.identify(at);
            self.list(at);
        }
        self.last = format!("restoration of c{at}");
    }

    /// What was said is said again.
    fn repeat(&mut self, at: usize) {
        if self.clusters[at].is_heard() && self.clusters[at].doubted_since == [None; 2] {
            self.list(at);
        }
        self.last = format!("repetition by c{at}");
    }

    fn come_or_go(&mut self, at: usize) {
        if !self.clusters[at].is_registered {
            self.register(at);
        } else if self.dice.is_once_in(4) {
            self.clusters[at].is_registered = false;
            let name = self.clusters[at].name.clone();
            self.sim.deregister(&name);
        }
        self.last = format!("coming or going of c{at}");
    }

    fn wait(&mut self) {
        let seconds = [1, 20, 59, 61, 3_600][self.dice.below(5)];
        let now = self.now() + Duration::from_secs(seconds);
        self.sim.pass_to(Moment(now));
        self.last = format!("{seconds} seconds");
    }

    /// The addresses that answer for a service, and whether one of them is of a silent cluster.
    fn expected(&self, service: usize, place: &str) -> (BTreeSet<Ipv4Addr>, bool) {
        let now = self.now();
        let here = self.clusters.iter().filter(|it| it.counts(now) && it.place.ends_with(place));
        let healthy: Vec<_> =
            here.filter_map(|it| Some((it.heard[service].healthy()?, it.silence(now)))).collect();
        let is_stale = healthy.iter().any(|(_, silence)| *silence >= SILENT_AFTER);
        (healthy.into_iter().map(|(address, _)| address).collect(), is_stale)
    }

    fn check(&mut self, service: usize) {
        let place = PLACES[self.dice.below(PLACES.len())];
        let region = place.split_once('.').unwrap().1;
        let reply = ask(&mut self.sim, service, place);
        let is_published =
            self.clusters.iter().any(|it| it.is_registered && it.heard[service].address.is_some());
        let told = || format!("s{service} at {place} after {}: {reply}", self.last);
        if !is_published {
            let code = reply.metadata.response_code;
            // A place that no registered cluster has shown is no name.
            return assert_eq!(code, ResponseCode::NXDomain, "{}", told());
        }
        let exists = self.clusters.iter().any(|it| it.is_registered && it.place == place);
        if !exists {
            return;
        }
        assert_eq!(reply.metadata.response_code, ResponseCode::NoError, "{}", told());
        let levels = [place, region, ""].map(|level| self.expected(service, level));
        let end = levels.iter().position(|(set, _)| !set.is_empty()).unwrap_or(2);
        let (expected, is_stale) = &levels[end];
        let given: BTreeSet<_> = reply
            .answers
            .iter()
            .filter_map(|record| if let RData::A(a) = &record.data { Some(a.0) } else { None })
            .collect();
        assert_eq!(given, *expected, "{}", told());
        assert_eq!(reply.answers.len() - given.len(), end, "{}", told());
        if *is_stale {
            let has_error =
                reply.edns.as_ref().is_some_and(|edns| !edns.options().as_ref().is_empty());
            assert!(has_error, "EDE 3 is missing: {}", told());
        }
    }

    /// All faults end; then everything is answered as by a server that has just started.
    pub(crate) fn end(&mut self) {
        for at in 0..self.clusters.len() {
            if !self.clusters[at].is_registered {
                self.register(at);
            }
            if self.clusters[at].lost_since.take().is_some() {
                self.say(at, ClusterEvent::Contact(Contact::Reached));
            }
            if self.clusters[at].foreign.take().is_some() {
                self.identify(at);
            }
            self.list(at);
        }
        let mut fresh = Self::new(0);
        for at in 0..self.clusters.len() {
            fresh.clusters[at].has = self.clusters[at].has;
            fresh.list(at);
        }
        for service in 0..SERVICES {
            for place in PLACES {
                let (old, new) =
                    (ask(&mut self.sim, service, place), ask(&mut fresh.sim, service, place));
                assert_eq!(old.answers, new.answers);
                assert_eq!(old.metadata.response_code, new.metadata.response_code);
            }
        }
    }
}

fn ask(sim: &mut Sim, service: usize, place: &str) -> Message {
    let name = format!("s{service}.shop.fed.svc.{place}.example.com");
    let mut ask = Ask::new(&name, "A");
    _ = ask.edns.get_or_insert_default();
    Message::from_vec(&sim.ask(&ask)).unwrap()
}
