//! Selection: for one service, which shards answer at each level, and why not the others.
//!
//! In: ground state, a service, a class of federations. Out: [`Selection`], which is compiled
//! into answers and printed by people who ask why. There is no second place that decides this.
//! Does not know names, TTL of federations or packets.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::core::name::Label;
use crate::core::policy::Publish;
use crate::core::service::{Exclusion, ServiceFacts, Shard, Spare, Tier};
use crate::core::state::{Silence, State, SyncState};
use crate::core::topology::{ClusterIndex, PlaceId, Standing};

/// What each cluster brings to one service.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selection<'s> {
    /// One for each cluster that has anything of the service, ordered by cluster id.
    pub candidates: Vec<Candidate<'s>>,
    /// The tier that answers at the global name: the first that anybody is in who is heard.
    world: Tier,
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
    /// Whether the cluster was never read whole.
    pub is_awaited: bool,
    /// The best tier that the cluster's shards can be in: drained everywhere, they wait or are out.
    pub cluster_tier: Tier,
    /// Where the cluster stands.
    pub standing: &'s Standing,
    /// Where its active shards count: where it stands and is not drained.
    pub counting: Cow<'s, Standing>,
    /// The addresses it publishes, healthy or not.
    pub addresses: Vec<IpAddr>,
    /// Why it answers nowhere; `None` for a healthy shard.
    pub exclusion: Option<Exclusion>,
    /// Why it waits behind others, where it is healthy and does.
    pub spare: Option<Spare>,
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
    /// Nothing of it is known that would answer, and its cluster was never read whole.
    Unread,
    /// It answers at the global name alone, where no shard of a tier before its own does.
    Waits(Spare),
    /// It stands there, and the place is drained.
    PlaceDrained,
    /// Its cluster is drained, and hard.
    ClusterDrainedHard,
    /// It was healthy, but nothing is heard of its cluster for longer than its entry allows.
    Withdrawn,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Elsewhere => f.write_str("stands elsewhere"),
            Self::Nowhere(exclusion) => write!(f, "{exclusion}"),
            Self::Unread => f.write_str("its cluster was never read whole"),
            Self::Waits(spare) => write!(f, "{spare}"),
            Self::PlaceDrained => f.write_str("the place is drained"),
            Self::ClusterDrainedHard => f.write_str("its cluster is drained hard"),
            Self::Withdrawn => f.write_str("its cluster is silent and withdrawn"),
        }
    }
}

impl<'s> Selection<'s> {
    /// Evaluates every shard of the service with this key ([`crate::core::service::ServiceKey::wire`]).
    pub fn new(state: &'s State, key: &[u8], publish: Publish) -> Self {
        let shards: Vec<_> = state.shards(key).collect();
        Self::of(state, &shards, key, publish)
    }

    /// The same of shards that [`State::shards`] gave.
    pub fn of(
        state: &'s State,
        shards: &[(ClusterIndex, Shard)],
        key: &[u8],
        publish: Publish,
    ) -> Self {
        let candidate = |(index, shard): &(ClusterIndex, Shard)| {
            let index = *index;
            let cluster = state.cluster(index);
            let eligibility = state.evaluate(index, key, shard, publish);
            let is_published = eligibility.exclusion.is_none_or(Exclusion::is_published);
            let facts = shard.facts().filter(|_| is_published);
            let hostnames = facts.into_iter().flat_map(ServiceFacts::hostnames);
            Candidate {
                cluster: &cluster.name,
                index,
                is_withdrawn: cluster.silence == Silence::Withdrawn,
                is_awaited: cluster.sync == SyncState::Awaited,
                cluster_tier: cluster.tier,
                standing: &cluster.standing,
                counting: Cow::Borrowed(&cluster.counting),
                addresses: eligibility.addresses,
                exclusion: eligibility.exclusion,
                spare: eligibility.spare,
                is_pending: eligibility.is_pending,
                hostname_ttl: eligibility.hostname_ttl,
                hostnames: hostnames.map(Into::into).collect(),
                ttl: eligibility.ttl,
            }
        };
        let mut candidates: Vec<_> = shards.iter().map(candidate).collect();
        candidates.sort_by_key(|candidate| candidate.cluster);
        Self::among(candidates)
    }

    /// The selection among these alone.
    pub fn among(candidates: Vec<Candidate<'s>>) -> Self {
        let heard = candidates.iter().filter(|candidate| !candidate.is_withdrawn);
        let world = heard.map(Candidate::tier).min().unwrap_or(Tier::Out);
        Self { candidates, world }
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

    /// The tier that answers at the global name; [`Tier::Out`] where nothing does.
    pub fn world(&self) -> Tier {
        self.world
    }

    /// The shards that are in a tier by what is said of them alone, whatever is said of their clusters; those of
    /// withdrawn clusters too.
    pub fn of_tier(&self, tier: Tier) -> impl Iterator<Item = &Candidate<'s>> {
        self.candidates.iter().filter(move |candidate| candidate.own_tier() == tier)
    }

    /// The shards that answer at `place`.
    pub fn answering(&self, place: PlaceId) -> impl Iterator<Item = &Candidate<'s>> {
        self.candidates.iter().filter(move |it| self.left_out(it, place).is_none())
    }

    /// Why one of the shards does not answer at `place`; `None` where it does.
    pub fn left_out(&self, candidate: &Candidate<'_>, place: PlaceId) -> Option<LeftOut> {
        if let Some(exclusion) = candidate.exclusion {
            // What is not there may come with the rest of its cluster: nobody should look for it among its pods.
            let may_come = matches!(exclusion, Exclusion::NoReadyEndpoint | Exclusion::NoService);
            let is_unread = may_come && candidate.is_awaited;
            return Some(if is_unread { LeftOut::Unread } else { LeftOut::Nowhere(exclusion) });
        }
        if candidate.is_withdrawn {
            return Some(LeftOut::Withdrawn);
        }
        match candidate.tier() {
            Tier::Out => Some(LeftOut::ClusterDrainedHard),
            Tier::Active if candidate.counting.counts_at(place) => None,
            Tier::Active if candidate.standing.counts_at(place) => Some(LeftOut::PlaceDrained),
            Tier::Active => Some(LeftOut::Elsewhere),
            tier if place == PlaceId::GLOBAL && tier == self.world => None,
            Tier::Standby | Tier::Reserve => candidate.waits().map(LeftOut::Waits),
        }
    }

    /// The addresses that answer at `place`: those of every shard that does, each once,
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
        // What waits behind others lives no longer than any hostname's answer does.
        let ttl = self.hostname_ttl.filter(|_| self.own_tier() == Tier::Active);
        (self.is_pending || ttl.is_some()).then_some(Limit { cluster: self.index, ttl })
    }

    /// The tier that it is in.
    pub fn tier(&self) -> Tier {
        self.own_tier().max(self.cluster_tier)
    }

    /// Why it waits behind others, by what is said of it or of its cluster; `None` where it does not.
    pub fn waits(&self) -> Option<Spare> {
        let of_cluster = (self.cluster_tier == Tier::Reserve).then_some(Spare::Drained);
        let found = self.spare.max(of_cluster);
        found.filter(|_| matches!(self.tier(), Tier::Standby | Tier::Reserve))
    }

    /// The tier that it is in by what is said of it alone, whatever is said of its cluster.
    pub fn own_tier(&self) -> Tier {
        match (self.exclusion, self.spare) {
            (Some(_), _) => Tier::Out,
            (None, Some(spare)) => spare.tier(),
            (None, None) => Tier::Active,
        }
    }
}

fn unique<'a>(candidates: impl Iterator<Item = &'a Candidate<'a>>) -> Vec<IpAddr> {
    let mut addresses: Vec<_> = candidates.flat_map(|it| it.addresses.iter().copied()).collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses
}
