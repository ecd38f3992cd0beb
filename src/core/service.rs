//! Services and shards: what one cluster says of one service.
//!
//! In: facts lowered from Kubernetes objects. Out: [`Shard`], and whether it is healthy.
//! Does not know places, federations' domains or how facts are kept.

mod slice;
mod drain;
mod exclusion;
mod tier;

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core::name::{Label, MAX_LABEL, is_host_label, labels_of};

pub use drain::{Drain, EXPECTED as DRAIN_EXPECTED, unix_seconds};
pub use exclusion::Exclusion;
pub use slice::{Endpoint, SliceFacts};
pub use tier::{Spare, Tier};

/// Namespace and name: the same service in every cluster.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct ServiceKey {
    /// The namespace.
    pub namespace: Label,
    /// The service's name.
    pub name: Label,
}

impl ServiceKey {
    /// The labels in the order of a DNS name, in wire form: service, then namespace, no root.
    pub fn wire(&self) -> Vec<u8> {
        let mut wire =
            Vec::with_capacity(2 + self.name.as_str().len() + self.namespace.as_str().len());
        self.name.write_wire(&mut wire);
        self.namespace.write_wire(&mut wire);
        wire
    }

    /// The key whose [`ServiceKey::wire`] this is.
    pub fn from_wire(wire: &[u8]) -> Option<Self> {
        let parse = |label: &[u8]| Label::parse(std::str::from_utf8(label).ok()?).ok();
        let mut labels = labels_of(wire).map(parse);
        let name = labels.next()??;
        Some(Self { namespace: labels.next()??, name })
    }

    /// Whether octets are the [`ServiceKey::wire`] of some key.
    pub fn is_wire(octets: &[u8]) -> bool {
        let mut labels = labels_of(octets);
        let is_label = |label: Option<&[u8]>| {
            let fits = |it: &[u8]| it.len() <= MAX_LABEL && is_host_label(it);
            label.filter(|it| fits(it) && !it.iter().any(u8::is_ascii_uppercase)).map(<[u8]>::len)
        };
        let (name, namespace) = (is_label(labels.next()), is_label(labels.next()));
        name.zip(namespace).is_some_and(|(name, namespace)| name + namespace + 2 == octets.len())
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// `spec.type` of a Service.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum ServiceType {
    /// Reached inside the cluster only; headless ones too.
    #[default]
    ClusterIp,
    /// An alias for another name.
    ExternalName,
    /// Has a load balancer: the one type that is published.
    LoadBalancer,
    /// Reached on a port of every node.
    NodePort,
}

/// One usable entry of `status.loadBalancer.ingress`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Ingress {
    /// `ip`; wins over a `hostname` beside it.
    Address(IpAddr),
    /// `hostname`, where there is no `ip`.
    Hostname(Box<str>),
}

/// How a Service is reached inside its own cluster. One octet where nothing is said, as ground state
/// keeps it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub enum Inside {
    /// No address is given to it yet.
    #[default]
    Unassigned,
    /// By `spec.clusterIPs`.
    ClusterIps(Vec<IpAddr>),
    /// By the addresses of its endpoints: `spec.clusterIP` is `None`.
    Headless,
    /// By another name, `spec.externalName`: lower-cased, without the final dot.
    ExternalName(Box<str>),
}

/// What one cluster's Service object says.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceFacts {
    /// `spec.type`.
    pub service_type: ServiceType,
    /// It has a `deletionTimestamp`: its load balancer is being taken down.
    pub is_deleting: bool,
    /// `spec.publishNotReadyAddresses`: every endpoint counts as ready.
    pub publishes_not_ready: bool,
    /// Annotation `fedns.dev/publish: "false"`.
    pub is_opted_out: bool,
    /// Label `fedns.dev/publish: "true"`.
    pub is_labelled: bool,
    /// Annotation `fedns.dev/ttl`, in seconds.
    pub ttl: Option<u32>,
    /// Annotation `fedns.dev/weight`, 0 to 1000; who says nothing has 100. 0 stands by.
    pub weight: Option<u16>,
    /// Annotation `fedns.dev/drain`.
    pub drain: Option<Box<Drain>>,
    /// `status.loadBalancer.ingress`, entries that say something.
    pub ingress: Vec<Ingress>,
    /// How it is reached inside its cluster.
    pub inside: Inside,
}

impl ServiceFacts {
    /// The hostnames of its load balancer: lower-cased, without the final dot.
    pub fn hostnames(&self) -> impl Iterator<Item = &str> {
        self.ingress.iter().filter_map(|entry| match entry {
            Ingress::Address(_) => None,
            Ingress::Hostname(name) => Some(&**name),
        })
    }

    /// The name that it stands for inside its cluster, if it does: lower-cased, without the final
    /// dot.
    pub fn external_name(&self) -> Option<&str> {
        match &self.inside {
            Inside::ExternalName(name) => Some(name),
            Inside::Unassigned | Inside::ClusterIps(_) | Inside::Headless => None,
        }
    }

    /// Whether it names a hostname, of a load balancer or to stand for.
    pub fn has_hostnames(&self) -> bool {
        self.hostnames().next().is_some() || self.external_name().is_some()
    }
}

/// Which list an object came from: a manifest file, or the list of one kind.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct SourceId(pub u32);

impl SourceId {
    /// The source of facts whose cluster is read from somewhere else now, or that were kept from
    /// an earlier run: they stay until that has been read.
    pub const FORMER: Self = Self(u32::MAX);
}

/// Facts, with the source that gave them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sourced<F> {
    /// The source.
    pub source: SourceId,
    /// What it said.
    pub facts: F,
}

impl<F> Sourced<F> {
    /// Whether they are of a former place of their cluster, or an earlier run.
    pub fn is_former(&self) -> bool {
        self.source == SourceId::FORMER
    }
}

/// One cluster's part of a service, as ground state keeps it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Shard {
    /// The Service object, where the cluster has one.
    pub service: Option<Sourced<ServiceFacts>>,
    /// Its EndpointSlices, ordered by name.
    pub slices: Vec<Sourced<SliceFacts>>,
}

impl Shard {
    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.service.is_none() && self.slices.is_empty()
    }

    /// Whether nothing follows from the difference of the two: to answers, to what is complained of,
    /// or to who goes on from what was kept. Sources may differ, and so may the numbers of endpoints
    /// of a slice, as long as some are ready, or some are there, as before. Endpoints' addresses count
    /// where the Service is reached by them.
    pub fn means_as(&self, other: &Self) -> bool {
        let has_endpoints = self.may_be_headless();
        let is_same = |(a, b): (&Sourced<SliceFacts>, &Sourced<SliceFacts>)| {
            let (a, b) = (&a.facts, &b.facts);
            a.counts_as(b) && (!has_endpoints || a.endpoints == b.endpoints)
        };
        self.facts() == other.facts()
            && self.slices.len() == other.slices.len()
            && self.slices.iter().zip(&other.slices).all(is_same)
    }

    /// Where the slice stands of which this one has other numbers of endpoints, and from which nothing else
    /// follows, as [`Shard::means_as`] says of shards.
    pub fn recounts(&self, slice: &Sourced<SliceFacts>) -> Option<usize> {
        let is_it = |it: &Sourced<SliceFacts>| {
            it.source == slice.source && it.facts.counts_as(&slice.facts)
        };
        self.slices.iter().position(is_it).filter(|_| !self.may_be_headless())
    }

    /// What its Service says, where the cluster has one.
    pub fn facts(&self) -> Option<&ServiceFacts> {
        self.service.as_ref().map(|it| &it.facts)
    }

    fn may_be_headless(&self) -> bool {
        self.facts().is_none_or(|facts| facts.inside == Inside::Headless)
    }

    /// The source of each object it is made of.
    pub fn sources(&self) -> impl Iterator<Item = SourceId> {
        let service = self.service.iter().map(|it| it.source);
        service.chain(self.slices.iter().map(|it| it.source))
    }

    /// Endpoints that count as ready: those whose `conditions.ready` is true or absent, and every one
    /// under `publishNotReadyAddresses`.
    pub fn ready_endpoints(&self) -> u64 {
        let all = self.facts().is_some_and(|facts| facts.publishes_not_ready);
        let count = |slice: &SliceFacts| {
            u64::from(slice.ready) + if all { u64::from(slice.not_ready) } else { 0 }
        };
        self.slices.iter().map(|it| count(&it.facts)).sum()
    }

    /// Whether one of its endpoints is being ended and serves on. It counts where none is ready.
    pub fn has_terminating(&self) -> bool {
        self.slices.iter().any(|it| it.facts.terminating > 0)
    }

    /// All endpoints of it, ready or not.
    pub fn endpoints(&self) -> u64 {
        let count = |slice: &SliceFacts| u64::from(slice.ready) + u64::from(slice.not_ready);
        self.slices.iter().map(|it| count(&it.facts)).sum()
    }

    /// Whether its cluster has an endpoint of it, ready or not.
    pub fn has_endpoints(&self) -> bool {
        self.slices.iter().any(|it| it.facts.ready > 0 || it.facts.not_ready > 0)
    }

    /// Lets go of endpoints' addresses that nobody will ask for: they would be most of the memory
    /// of the whole program. Only a headless Service is reached by them, and so may be one that is
    /// not known yet, or not since its cluster is read anew; of those, [`MAX_ENDPOINTS`] are kept.
    pub fn shed_endpoints(&mut self) {
        let is_former = self.service.as_ref().is_some_and(Sourced::is_former);
        let is_of_use = is_former || self.may_be_headless();
        let mut room = if is_of_use { MAX_ENDPOINTS } else { 0 };
        for Sourced { facts: slice, .. } in &mut self.slices {
            if slice.endpoints.len() > room {
                slice.endpoints.truncate(room);
                slice.endpoints.shrink_to_fit();
            }
            room -= slice.endpoints.len();
        }
    }

    /// Whether it is labelled; `None` where it does not take part: there is no Service, or it is
    /// opted out or being deleted.
    pub fn takes_part(&self) -> Option<bool> {
        let facts = self.facts()?;
        (!facts.is_opted_out && !facts.is_deleting).then_some(facts.is_labelled)
    }

    /// What the shard is to askers in its own cluster; `None` where it does not take part.
    pub fn local(&self) -> Option<Local> {
        let is_labelled = self.takes_part()?;
        let facts = self.facts()?;
        let way = match &facts.inside {
            Inside::ExternalName(name) => LocalWay::ExternalName(name.clone()),
            _ if self.ready_endpoints() == 0 => LocalWay::Unready,
            Inside::Unassigned => LocalWay::Unready,
            Inside::ClusterIps(addresses) => LocalWay::new(addresses.iter().copied()),
            Inside::Headless => {
                let all = self.slices.iter().flat_map(|it| &it.facts.endpoints);
                let ready = all.filter(|it| it.is_ready || facts.publishes_not_ready);
                LocalWay::new(ready.map(|endpoint| endpoint.address))
            }
        };
        Some(Local { is_labelled, way })
    }

    /// Whether it is headless and ready, and the addresses of its endpoints were let go when it was
    /// something else: only its slices, said again, can bring them back.
    pub fn lacks_endpoints(&self) -> bool {
        let is_headless = self.facts().is_some_and(|facts| facts.inside == Inside::Headless);
        is_headless
            && self.ready_endpoints() > 0
            && self.slices.iter().all(|it| it.facts.endpoints.is_empty())
    }
}

/// Most addresses of endpoints that are kept of one shard.
pub const MAX_ENDPOINTS: usize = 1000;

/// What a shard that takes part is to askers in its own cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Local {
    /// Label `fedns.dev/publish: "true"`.
    pub is_labelled: bool,
    /// How it is reached.
    pub way: LocalWay,
}

/// How a shard is reached inside its own cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum LocalWay {
    /// By these addresses: at least one, sorted, each once.
    Addresses(Vec<IpAddr>),
    /// By another name.
    ExternalName(Box<str>),
    /// Not now: no endpoint is ready, or no address is known.
    Unready,
}

impl LocalWay {
    fn new(addresses: impl Iterator<Item = IpAddr>) -> Self {
        let mut addresses: Vec<_> = addresses.collect();
        addresses.sort_unstable();
        addresses.dedup();
        if addresses.is_empty() { Self::Unready } else { Self::Addresses(addresses) }
    }
}
