//! What one cluster has, what was heard of it, and the events that tell one from the other.
//!
//! In: what happens to the cluster. Out: events, and what an answer may rest on.
//! Does not know ground state.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use fedns::core::event::{ClusterEvent, FactKind, Facts, Listing, Object, ObjectKey, Scope};
use fedns::core::name::Label;
use fedns::core::policy::SILENT_AFTER;
use fedns::core::service::{Drain, Ingress, ServiceKey, SliceFacts, SourceId};

use super::hosts::hostname;
use crate::support::{UNIX_AT_START, facts};

/// How many services there are, in all clusters the same names.
pub(crate) const SERVICES: usize = 12;
/// More of a cluster's shards than this, in percent, are not believed to be gone at once.
pub(crate) const GUARD: u8 = 50;

const NODES: SourceId = SourceId(0);
const OF_SERVICES: SourceId = SourceId(1);
const OF_SLICES: SourceId = SourceId(2);

/// What a Service's load balancer is called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Balancer {
    Address(Ipv4Addr),
    /// One of a few hostnames, by number.
    Hostname(usize),
}

/// What a cluster has of one service: the balancer of its Service, and whether its endpoint is ready.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Shard {
    pub(crate) balancer: Option<Balancer>,
    pub(crate) ready: Option<bool>,
}

impl Balancer {
    /// Whether its Service has weight 0: told by its address, so that it is one fact.
    fn is_weightless(self) -> bool {
        matches!(self, Self::Address(address) if address.octets()[3] < 30)
    }

    /// The drain that its Service is annotated with: told by its address.
    pub(crate) fn drain(self) -> Option<Drain> {
        let Self::Address(address) = self else { return None };
        let number = address.octets()[3];
        let number = (30..60).contains(&number).then_some(number)?;
        let until = Some(UNIX_AT_START + u64::from(number - 30) * 5_000);
        Some(Drain { until, is_hard: number.is_multiple_of(5), reason: "it".into() })
    }
}

/// Whether endpoints of a service that are not ready serve on while they are ended.
fn serves_to_the_end(service: usize) -> bool {
    service.is_multiple_of(3)
}

impl Shard {
    /// Its balancer, if its endpoint of a service is ready, or serves to its end.
    pub(crate) fn served_balancer(self, service: usize) -> Option<Balancer> {
        let is_served =
            self.ready == Some(true) || (self.ready == Some(false) && serves_to_the_end(service));
        self.balancer.filter(|_| is_served)
    }

    /// Whether it stands by, though it is served.
    pub(crate) fn stands_by(self) -> bool {
        self.ready != Some(true) || self.balancer.is_some_and(Balancer::is_weightless)
    }

    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

pub(crate) type Shards = [Shard; SERVICES];

/// A cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) name: Label,
    pub(crate) place: &'static str,
    pub(crate) is_withdrawn_when_silent: bool,
    pub(crate) is_registered: bool,
    /// What it has.
    pub(crate) has: Shards,
    /// What was heard of it.
    pub(crate) heard: Shards,
    /// After how long a hostname that fails counts no more.
    pub(crate) hostname_limit: Option<Duration>,
    /// Whether something was heard of its API server since this process started.
    pub(crate) is_here: bool,
    /// Whether an earlier run has kept up to where it was read.
    pub(crate) is_resumable: bool,
    /// Whether what it has is known: it was listed, or an earlier run kept it.
    pub(crate) is_known: bool,
    /// When this process started, while it knows the cluster by what an earlier one kept.
    pub(crate) restored_since: Option<Duration>,
    /// Since when its API server can not be asked.
    pub(crate) lost_since: Option<Duration>,
    /// Since when a list of its is doubted, by source.
    pub(crate) doubted_since: [Option<Duration>; 2],
    /// Since when another cluster answers in its place, that one's UID, and what it has.
    pub(crate) foreign: Option<(Duration, u32, Shards)>,
    /// The UID of its namespace `kube-system`.
    pub(crate) uid: u32,
}

impl Cluster {
    /// Whether what it has is told as it changes.
    pub(crate) fn is_heard(&self) -> bool {
        let is_reached = self.is_here && self.lost_since.is_none();
        self.is_registered && is_reached && self.foreign.is_none()
    }

    /// For how long nothing was heard. What an earlier run kept is no word of it until it is seen.
    pub(crate) fn silence(&self, now: Duration) -> Duration {
        let foreign = self.foreign.map(|(since, ..)| since);
        let restored = self.restored_since.filter(|_| !self.is_here);
        let since = [self.lost_since, restored, foreign].into_iter().chain(self.doubted_since);
        since.flatten().min().map_or(Duration::ZERO, |since| now - since)
    }

    /// Whether its shards count.
    pub(crate) fn counts(&self, now: Duration) -> bool {
        let is_withdrawn = self.is_withdrawn_when_silent && self.silence(now) >= SILENT_AFTER;
        self.is_registered && !is_withdrawn
    }

    /// What it has as three lists, in the order that `order` chooses.
    pub(crate) fn lists(shards: &Shards, place: &str, order: usize) -> Vec<ClusterEvent> {
        Self::lists_of(shards, |_| true, place, order)
    }

    /// The same without the services that `stays` leaves out.
    fn lists_of(
        shards: &Shards,
        stays: impl Fn(usize) -> bool,
        place: &str,
        order: usize,
    ) -> Vec<ClusterEvent> {
        let node = Object { facts: facts::node(place), flaws: Vec::new() };
        let mut lists =
            vec![listed(NODES, vec![node]), services(shards, &stays), slices(shards, &stays)];
        lists.rotate_left(order % 3);
        lists
    }

    /// A list that does not have what `stays` leaves out, and what is heard by it. `None` where so
    /// much may be absent that it is believed.
    pub(crate) fn lie(
        &mut self,
        now: Duration,
        is_of_slices: bool,
        stays: impl Fn(usize) -> bool,
    ) -> Option<ClusterEvent> {
        let known = |shard: &Shard| {
            if is_of_slices { shard.ready.is_some() } else { shard.balancer.is_some() }
        };
        let has = |service: usize| known(&self.has[service]);
        let absent =
            (0..SERVICES).filter(|&it| known(&self.heard[it]) && !(has(it) && stays(it))).count();
        let shards = self.heard.iter().filter(|shard| !shard.is_empty()).count();
        let doubt = &mut self.doubted_since[usize::from(is_of_slices)];
        if doubt.is_some() || absent <= 2 || absent * 100 <= shards * usize::from(GUARD) {
            return None;
        }
        *doubt = Some(now);
        for service in (0..SERVICES).filter(|&it| stays(it)) {
            let (heard, has) = (&mut self.heard[service], self.has[service]);
            if is_of_slices {
                heard.ready = has.ready.or(heard.ready);
            } else {
                heard.balancer = has.balancer.or(heard.balancer);
            }
        }
        let list = if is_of_slices { slices } else { services };
        Some(list(&self.has, &stays))
    }

    /// The first lists after a restart, without what `stays` leaves out, and what is heard by them.
    /// `None` where so much may be absent from what was kept that it is believed.
    pub(crate) fn lie_first(
        &mut self,
        now: Duration,
        stays: impl Fn(usize) -> bool,
        order: usize,
    ) -> Option<Vec<ClusterEvent>> {
        let listed =
            |service: usize| if stays(service) { self.has[service] } else { Shard::default() };
        let is_reduced = |&service: &usize| {
            let (kept, listed) = (self.heard[service], listed(service));
            (kept.balancer.is_some() && listed.balancer.is_none())
                || (kept.ready.is_some() && listed.ready.is_none())
        };
        let absent = (0..SERVICES).filter(is_reduced).count();
        let shards = self.heard.iter().filter(|shard| !shard.is_empty()).count();
        if absent <= 2 || absent * 100 <= shards * usize::from(GUARD) {
            return None;
        }
        let heard = std::array::from_fn(|service| {
            let (kept, listed) = (self.heard[service], listed(service));
            Shard {
                balancer: listed.balancer.or(kept.balancer),
                ready: listed.ready.or(kept.ready),
            }
        });
        self.heard = heard;
        // Of all sources at once.
        self.doubted_since = [Some(now); 2];
        Some(Self::lists_of(&self.has, stays, self.place, order))
    }
}

fn services(shards: &Shards, stays: impl Fn(usize) -> bool) -> ClusterEvent {
    let of =
        |(service, shard): (usize, &Shard)| shard.balancer.map(|it| service_object(service, it));
    let kept = shards.iter().enumerate().filter(|(service, _)| stays(*service));
    listed(OF_SERVICES, kept.filter_map(of).collect())
}

fn slices(shards: &Shards, stays: impl Fn(usize) -> bool) -> ClusterEvent {
    let of = |(service, shard): (usize, &Shard)| shard.ready.map(|it| slice_object(service, it));
    let kept = shards.iter().enumerate().filter(|(service, _)| stays(*service));
    listed(OF_SLICES, kept.filter_map(of).collect())
}

/// What each source reads.
pub(crate) fn scopes() -> [(SourceId, Scope); 3] {
    let kinds =
        [(NODES, FactKind::Node), (OF_SERVICES, FactKind::Service), (OF_SLICES, FactKind::Slice)];
    kinds.map(|(source, kind)| (source, Scope { kind, namespace: None, selection: "".into() }))
}

fn listed(source: SourceId, objects: Vec<Object>) -> ClusterEvent {
    ClusterEvent::Listed(vec![Listing { source, objects }])
}

/// The key of a service by number.
pub(crate) fn key(service: usize) -> ServiceKey {
    facts::key(&format!("shop/s{service}"))
}

fn service_object(service: usize, balancer: Balancer) -> Object {
    let mut service_facts = facts::load_balancer(&[]);
    service_facts.ingress.push(match balancer {
        Balancer::Address(address) => Ingress::Address(IpAddr::V4(address)),
        Balancer::Hostname(number) => Ingress::Hostname(hostname(number)),
    });
    service_facts.weight = balancer.is_weightless().then_some(0);
    service_facts.drain = balancer.drain().map(Box::new);
    Object { facts: Facts::Service(key(service), service_facts), flaws: Vec::new() }
}

fn slice_object(service: usize, is_ready: bool) -> Object {
    let key = key(service);
    let slice = facts::slice(&key, u32::from(is_ready), u32::from(!is_ready));
    // As many terminate while others are ready: that is no news.
    let terminating = u32::from(is_ready || serves_to_the_end(service));
    let slice = SliceFacts { terminating, ..slice };
    Object { facts: Facts::Slice(key, slice), flaws: Vec::new() }
}

/// The events by which a watch tells that a shard became another one.
pub(crate) fn told(service: usize, before: Shard, after: Shard) -> Vec<ClusterEvent> {
    let mut events = Vec::new();
    if before.balancer != after.balancer {
        events.push(match after.balancer {
            Some(balancer) => ClusterEvent::Applied(OF_SERVICES, service_object(service, balancer)),
            None => ClusterEvent::Removed(ObjectKey::Service(key(service))),
        });
    }
    if before.ready != after.ready {
        let name = format!("s{service}-1").into();
        events.push(match after.ready {
            Some(is_ready) => ClusterEvent::Applied(OF_SLICES, slice_object(service, is_ready)),
            None => ClusterEvent::Removed(ObjectKey::Slice(key(service), name)),
        });
    }
    events
}
