//! One run: dice choose what happens, and what is answered is held against what was heard.
//!
//! In: a seed. Out: a panic that says which answer was wrong after which step.
//! Does not know how ground state keeps facts.

use std::net::Ipv4Addr;
use std::time::Duration;

use fedns::core::event::{ClusterEvent, Contact};
use fedns::core::hostname::Finding;
use fedns::core::overrides::Override;
use fedns::core::policy::{ClusterPolicy, Policy, WhenSilent};
use fedns::core::time::Moment;

use super::check::ask;
use super::hosts::{HOSTS, Host, answered, hostname};
use super::memory::Memory;
use super::model::{Balancer, Cluster, GUARD, SERVICES, Shard, Shards, scopes, told};
use crate::support::{Sim, facts, label};

const HOSTNAME_LIMIT: Duration = Duration::from_secs(300);

pub(crate) const PLACES: [&str; 4] = ["a.us", "b.us", "c.eu", "c.eu"];

/// Numbers that look like chance, the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % end as u64) as usize
    }

    pub(crate) fn is_once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

pub(crate) struct Run {
    pub(crate) dice: Dice,
    pub(crate) sim: Sim,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) hosts: [Host; HOSTS],
    pub(crate) memory: Memory,
    /// The last UID that was given to a cluster.
    uids: u32,
    /// What the operator said, and how often.
    pub(crate) said: Vec<Override>,
    pub(crate) words: u32,
    /// What happened, for whoever reads a failure.
    pub(crate) last: String,
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
            hostname_limit: (index == 2).then_some(HOSTNAME_LIMIT),
            is_registered: false,
            is_here: true,
            is_resumable: false,
            is_known: false,
            restored_since: None,
            has: Shards::default(),
            heard: Shards::default(),
            lost_since: None,
            doubted_since: [None; 2],
            foreign: None,
            uid: index as u32,
        };
        let clusters = PLACES.iter().enumerate().map(cluster).collect();
        let sim = Sim::new(policy, Duration::ZERO);
        let (hosts, last, memory) = (Default::default(), String::new(), Memory::default());
        let (dice, said) = (Dice(seed), Vec::new());
        let mut run = Self { dice, sim, clusters, hosts, memory, uids: 100, said, words: 0, last };
        run.memory = run.nothing_kept();
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
        let balancer = match self.dice.is_once_in(4) {
            true => Balancer::Hostname(self.dice.below(HOSTS)),
            false => Balancer::Address(Ipv4Addr::new(10, at as u8, service as u8, version)),
        };
        Shard {
            balancer: (!self.dice.is_once_in(4)).then_some(balancer),
            ready: [Some(true), Some(true), Some(false), None][self.dice.below(4)],
        }
    }

    pub(crate) fn now(&self) -> Duration {
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
        let policy = ClusterPolicy {
            when_silent,
            withdraw_guard: Some(GUARD),
            hostname_stale_limit: cluster.hostname_limit,
            ..ClusterPolicy::default()
        };
        (cluster.is_registered, cluster.is_here) = (true, true);
        (cluster.lost_since, cluster.foreign) = (None, None);
        (cluster.heard, cluster.doubted_since) = (Shards::default(), [None; 2]);
        let name = cluster.name.clone();
        self.sim.register(&name, policy);
        self.identify(at);
        self.list(at);
    }

    fn identify(&mut self, at: usize) {
        let cluster = &self.clusters[at];
        let uid = cluster.foreign.map_or(cluster.uid, |(_, uid, _)| uid);
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
            self.say(at, ClusterEvent::Synced { is_complete: true });
        }
        let cluster = &mut self.clusters[at];
        (cluster.heard, cluster.doubted_since) = (cluster.has, [None; 2]);
        (cluster.is_known, cluster.restored_since) = (true, None);
        self.version(at);
    }

    /// Up to where the cluster was read is told behind what was read.
    fn version(&mut self, at: usize) {
        let version = self.dice.below(1000).to_string();
        for (_, scope) in scopes() {
            self.say(at, ClusterEvent::Versioned(scope, version.as_str().into()));
        }
    }

    /// The watches of the process before this one go on: they tell what has happened since that kept its
    /// facts, some of it before all of them have been taken by the API server.
    fn resume(&mut self, at: usize) {
        let early = self.dice.below(SERVICES);
        for (source, scope) in scopes() {
            self.say(at, ClusterEvent::Resumed(source, scope));
        }
        for services in [0..early, early..SERVICES] {
            for service in services {
                let cluster = &mut self.clusters[at];
                let (before, after) = (cluster.heard[service], cluster.has[service]);
                cluster.heard[service] = after;
                told(service, before, after).into_iter().for_each(|event| self.say(at, event));
            }
            self.say(at, ClusterEvent::Synced { is_complete: true });
        }
        let cluster = &mut self.clusters[at];
        (cluster.is_known, cluster.restored_since) = (true, None);
        self.version(at);
    }

    /// Something happens, and then an answer is looked at.
    pub(crate) fn step(&mut self) {
        let at = self.dice.below(self.clusters.len());
        match self.dice.below(33) {
            0..=8 => self.change(at),
            9 => self.flap(at),
            10 | 11 => self.lose(at),
            12..=14 => self.reach(at),
            15 => self.lie(at),
            16 => self.lie_first(at),
            17 => self.replace(at),
            18 => self.restore(at),
            19 => self.repeat(at),
            20 => self.come_or_go(at),
            21..=23 => self.resolve(),
            24 | 25 => self.keep(at),
            26 => self.keep_services(),
            30 | 31 => self.speak(),
            32 if self.dice.is_once_in(4) => self.set_clock(),
            27 if self.dice.is_once_in(4) => self.restart(),
            _ => self.wait(),
        }
        self.forget_hosts();
        self.check_counts();
        // What is wrong once mostly stays so: not each of many snapshots is looked at as a whole.
        if self.sim.snapshot.generation.is_multiple_of(16) {
            self.sim.assert_compiled(&self.last);
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
            let heard = &mut cluster.heard[service];
            // What is held, and was not there, is not told to be gone.
            if before.balancer != shard.balancer {
                heard.balancer = shard.balancer;
            }
            if before.ready != shard.ready {
                heard.ready = shard.ready;
            }
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
        let now = self.now();
        let cluster = &mut self.clusters[at];
        let is_new = cluster.lost_since.take().is_some() || !cluster.is_here;
        let is_registered = cluster.is_registered;
        let is_first = !std::mem::replace(&mut cluster.is_here, is_registered);
        let may_resume = is_first && cluster.is_resumable;
        if let Some((since, ..)) = cluster.foreign.as_mut().filter(|_| is_first && is_registered) {
            // Who answers is known now.
            *since = now;
        }
        if cluster.is_registered && is_new {
            self.say(at, ClusterEvent::Contact(Contact::Reached));
            self.identify(at);
            if self.clusters[at].foreign.is_none() {
                match may_resume && !self.dice.is_once_in(3) {
                    true => self.resume(at),
                    false => self.list(at),
                }
            }
        }
        self.last = format!("return of c{at}");
    }

    /// A list that lacks most of what is there; the second one comes at once, later, or not
    /// before the cluster is lost.
    fn lie(&mut self, at: usize) {
        let (is_of_slices, modulus, now) =
            (self.dice.is_once_in(2), 4 + self.dice.below(9), self.now());
        let cluster = &self.clusters[at];
        if !cluster.is_heard() || cluster.restored_since.is_some() {
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

    /// The first lists after a restart lack most of what was kept; the second ones come at once,
    /// later, or not before the next restart.
    fn lie_first(&mut self, at: usize) {
        let (modulus, order) = (2 + self.dice.below(11), self.dice.below(3));
        let now = self.now();
        let cluster = &mut self.clusters[at];
        let is_awaited = cluster.is_registered && !cluster.is_here && cluster.is_known;
        if !is_awaited || cluster.lost_since.is_some() || cluster.foreign.is_some() {
            return;
        }
        let Some(lists) = cluster.lie_first(now, |it| it % modulus == 0, order) else { return };
        cluster.is_here = true;
        self.say(at, ClusterEvent::Contact(Contact::Reached));
        self.identify(at);
        lists.into_iter().for_each(|list| self.say(at, list));
        self.say(at, ClusterEvent::Synced { is_complete: true });
        self.last = format!("first lie of c{at}");
        if self.dice.is_once_in(2) {
            self.list(at);
        }
    }

    /// A resolver says something of a hostname, also of one that nobody asked for.
    fn resolve(&mut self) {
        let host = self.dice.below(HOSTS);
        let address = Ipv4Addr::new(198, 51, 100, self.dice.below(250) as u8);
        let second = Ipv4Addr::new(198, 51, 101, host as u8);
        let finding = match self.dice.below(6) {
            0 | 1 => answered(&[address]),
            2 => answered(&[address, second]),
            3 => Finding::Denied,
            _ => Finding::Failed("SERVFAIL".into()),
        };
        self.last = format!("{finding:?} of h{host}");
        if self.is_wanted(host) {
            let now = self.now();
            self.hosts[host].learn(now, &finding);
        }
        self.sim.resolve(&hostname(host), finding);
    }

    /// Hostnames that nobody names any more are asked for no more, and nothing is known of them.
    fn forget_hosts(&mut self) {
        for name in std::mem::take(&mut self.sim.forgotten) {
            let host = (0..HOSTS).find(|it| hostname(*it) == name).unwrap();
            self.hosts[host] = Host::default();
        }
        let wanted = (0..HOSTS).filter(|host| self.is_wanted(*host)).map(hostname).collect();
        assert_eq!(self.sim.requested, wanted, "hostnames after {}", self.last);
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
        let cluster = &self.clusters[at];
        if !cluster.is_registered || !cluster.is_here || cluster.lost_since.is_some() {
            return;
        }
        self.clusters[at].foreign = None;
        if self.dice.is_once_in(2) {
            self.clusters[at].has = shards;
            let name = self.clusters[at].name.clone();
            self.sim.accept(&name);
            self.clusters[at].uid = uid;
        }
        self.identify(at);
        self.list(at);
        self.last = format!("restoration of c{at}");
    }

    /// What was said is said again.
    fn repeat(&mut self, at: usize) {
        // That a list moves says nothing of what it holds.
        self.say(at, ClusterEvent::ListMoves);
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
            self.forget(at);
        }
        self.last = format!("coming or going of c{at}");
    }

    fn wait(&mut self) {
        let seconds = [1, 20, 59, 61, 3_600][self.dice.below(5)];
        let now = self.now() + Duration::from_secs(seconds);
        self.sim.pass_to(Moment(now));
        self.last = format!("{seconds} seconds");
    }

    /// All faults end; then everything is answered as by a server that has just started.
    pub(crate) fn end(&mut self) {
        for at in 0..self.clusters.len() {
            if !self.clusters[at].is_registered {
                self.register(at);
            }
            self.clusters[at].lost_since = None;
            self.say(at, ClusterEvent::Contact(Contact::Reached));
            self.clusters[at].foreign = None;
            self.identify(at);
            self.list(at);
        }
        // Services that say by themselves that they are drained go on to, as of the same time of day.
        self.said.clear();
        self.sim.set_overrides(Vec::new());
        let mut fresh = Self::new(0);
        fresh.sim.set_wall_clock(self.sim.told().unix_seconds as i64);
        fresh.sim.pass_to(fresh.sim.now);
        for at in 0..self.clusters.len() {
            fresh.clusters[at].has = self.clusters[at].has;
            fresh.list(at);
        }
        for host in 0..HOSTS {
            let finding = answered(&[Ipv4Addr::new(198, 51, 100, host as u8)]);
            self.sim.resolve(&hostname(host), finding.clone());
            fresh.sim.resolve(&hostname(host), finding);
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
