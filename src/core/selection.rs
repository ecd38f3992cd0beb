//! Selection: for one service, which shards answer at each level, and why not the others.
//!
//! In: ground state, a service, a class of federations. Out: [`Selection`], which is compiled
//! into answers and printed by people who ask why. There is no second place that decides this.
//! Does not know names, TTL of federations or packets.

use std::fmt;
use std::net::IpAddr;

use crate::core::name::Label;
use crate::core::policy::Publish;
use crate::core::service::{Exclusion, ServiceFacts, Shard};
use crate::core::state::{Silence, State};
use crate::core::topology::{ClusterIndex, PlaceId, Standing};

/// What each cluster brings to one service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection<'s> {
    /// One for each cluster that has anything of the service, ordered by cluster id.
    pub candidates: Vec<Candidate<'s>>,
}

/// One shard, evaluated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate<'s> {
    /// Its cluster.
    pub cluster: &'s Label,
    /// The cluster's number.
    pub index: ClusterIndex,
    /// Whether the cluster is withdrawn: silent for longer than its entry allows.
    pub is_withdrawn: bool,
    /// Where it counts.
    pub standing: &'s Standing,
    /// The addresses it publishes, healthy or not.
    pub addresses: Vec<IpAddr>,
    /// Why it answers nowhere; `None` for a healthy shard.
    pub exclusion: Option<Exclusion>,
    /// Whether it is left out only until a hostname of its has been asked for the first time.
    pub is_pending: bool,
    /// The least TTL of the hostnames that its addresses come from, in seconds.
    pub hostname_ttl: Option<u32>,
    /// The TTL its Service asks for, in seconds; only of published shards.
    pub ttl: Option<u32>,
    /// The hostnames of its load balancer; only of published shards.
    pub hostnames: Vec<Box<str>>,
}

/// What limits the answers of the places where a cluster stands, whatever TTL is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limit {
    /// The cluster.
    pub cluster: ClusterIndex,
    /// The TTL of the hostname that its addresses come from, in seconds; `None` while its shard is
    /// left out because a hostname has not been asked for yet.
    pub ttl: Option<u32>,
}

impl Limit {
    /// The longest that such an answer may live, in seconds.
    pub fn seconds(self, negative_ttl: u32) -> u32 {
        // Who is left out may answer a moment later.
        self.ttl.unwrap_or(negative_ttl)
    }
}

/// Why a shard does not answer at one level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LeftOut {
    /// It is healthy, but stands elsewhere.
    Elsewhere,
    /// It answers at no level.
    Nowhere(Exclusion),
    /// It was healthy, but nothing is heard of its cluster for longer than its entry allows.
    Withdrawn,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere => f.write_str("stands elsewhere"),
            Self::Nowhere(exclusion) => write!(f, "{exclusion}"),
            Self::Withdrawn => f.write_str("its cluster is silent and withdrawn"),
        }
    }
}

impl<'s> Selection<'s> {
    /// Evaluates every shard of the service with this key ([`crate::core::service::ServiceKey::wire`]).
    pub fn new(state: &'s State, key: &[u8], namespace: &str, publish: Publish) -> Self {
        let shards: Vec<_> = state.shards(key).collect();
        Self::of(state, &shards, namespace, publish)
    }

    /// The same of shards that [`State::shards`] gave.
    pub fn of(
        state: &'s State,
        shards: &[(ClusterIndex, Shard)],
        namespace: &str,
        publish: Publish,
    ) -> Self {
        let candidate = |(index, shard): &(ClusterIndex, Shard)| {
            let index = *index;
            let cluster = state.cluster(index);
            let eligibility = state.evaluate(index, namespace, shard, publish);
            let is_published = eligibility.exclusion.is_none_or(Exclusion::is_published);
            let facts = shard.facts().filter(|_| is_published);
            let hostnames = facts.into_iter().flat_map(ServiceFacts::hostnames);
            Candidate {
                cluster: &cluster.name,
                index,
                is_withdrawn: cluster.silence == Silence::Withdrawn,
                standing: &cluster.standing,
                addresses: eligibility.addresses,
                exclusion: eligibility.exclusion,
                is_pending: eligibility.is_pending,
                hostname_ttl: eligibility.hostname_ttl,
                hostnames: hostnames.map(Into::into).collect(),
                ttl: eligibility.ttl,
            }
        };
        let mut candidates: Vec<_> = shards.iter().map(candidate).collect();
        candidates.sort_by_key(|candidate| candidate.cluster);
        Self { candidates }
    }

    /// Whether the service is published: whether its names exist.
    pub fn is_published(&self) -> bool {
        self.candidates.iter().any(Candidate::is_published)
    }

    /// The least TTL that a published shard asks for, in seconds.
    pub fn ttl(&self) -> Option<u32> {
        self.candidates.iter().filter_map(|candidate| candidate.ttl).min()
    }

    /// Whether a shard may join as soon as its hostname has been asked for the first time.
    pub fn is_pending(&self) -> bool {
        self.candidates.iter().any(|candidate| candidate.is_pending)
    }

    /// What limits answers, by cluster.
    pub fn limits(&self) -> impl Iterator<Item = Limit> {
        self.candidates.iter().filter_map(Candidate::limit)
    }

    /// The healthy shards of all levels, those of withdrawn clusters too.
    pub fn healthy(&self) -> impl Iterator<Item = &Candidate<'s>> {
        self.candidates.iter().filter(|candidate| candidate.exclusion.is_none())
    }

    /// The shards that answer at `place`.
    pub fn answering(&self, place: PlaceId) -> impl Iterator<Item = &Candidate<'s>> {
        self.candidates.iter().filter(move |candidate| candidate.left_out(place).is_none())
    }

    /// The addresses that answer at `place`: those of every healthy shard there, each once,
    /// IPv4 before IPv6, in numerical order.
    pub fn addresses(&self, place: PlaceId) -> Vec<IpAddr> {
        unique(self.answering(place))
    }
}

impl Candidate<'_> {
    /// Whether the shard is published, healthy or not.
    pub fn is_published(&self) -> bool {
        self.exclusion.is_none_or(Exclusion::is_published)
    }

    /// What limits answers where it stands.
    fn limit(&self) -> Option<Limit> {
        let ttl = self.hostname_ttl.filter(|_| self.exclusion.is_none());
        (self.is_pending || ttl.is_some()).then_some(Limit { cluster: self.index, ttl })
    }

    /// Why the shard does not answer at `place`; `None` where it does.
    pub fn left_out(&self, place: PlaceId) -> Option<LeftOut> {
        match self.exclusion {
            Some(exclusion) => Some(LeftOut::Nowhere(exclusion)),
            None if self.is_withdrawn => Some(LeftOut::Withdrawn),
            None => (!self.standing.counts_at(place)).then_some(LeftOut::Elsewhere),
        }
    }
}

fn unique<'a>(candidates: impl Iterator<Item = &'a Candidate<'a>>) -> Vec<IpAddr> {
    let mut addresses: Vec<_> = candidates.flat_map(|it| it.addresses.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
