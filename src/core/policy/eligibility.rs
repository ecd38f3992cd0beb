//! Eligibility: what policy makes of one shard.
//!
//! In: what a shard says, as it was judged. Out: its tier, its addresses, and whether answers are the same with
//! another one. Does not know how it was judged.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::core::service::{Exclusion, Spare, Tier};

/// What policy makes of one shard.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Eligibility {
    /// Why it does not answer; `None` for a healthy shard.
    pub exclusion: Option<Exclusion>,
    /// Why it waits behind others, where it could answer and does not at once.
    pub spare: Option<Spare>,
    /// The addresses it publishes, healthy or not; empty where it is not published.
    pub addresses: Vec<IpAddr>,
    /// Whether it is left out only until a hostname of its has been asked for the first time.
    pub is_pending: bool,
    /// The least TTL with which a hostname was answered that its addresses come from, in seconds;
    /// [`super::LEAST_HOSTNAME_TTL`] at least.
    pub hostname_ttl: Option<u32>,
    /// The TTL that its Service asks for, in seconds; only where it is published.
    pub ttl: Option<u32>,
}

impl Eligibility {
    /// Whether every answer is the same with either. Why a shard does not answer is read by people
    /// alone, the order of its addresses by nobody, and those of a shard that is not healthy only where
    /// some federation `fails_open`.
    pub fn answers_as(&self, other: &Self, fails_open: bool) -> bool {
        let parts = |it: &Self| {
            let is_published = it.exclusion.is_none_or(Exclusion::is_published);
            let hostname_ttl = it.hostname_ttl.filter(|_| it.tier() == Tier::Active);
            // What is drained hard is not even given where nothing else is left.
            let is_given = it.exclusion != Some(Exclusion::DrainedHard);
            (it.tier(), is_published, is_given, it.is_pending, it.ttl, hostname_ttl)
        };
        let set = |it: &Self| it.addresses.iter().copied().collect::<BTreeSet<_>>();
        let is_unread = self.exclusion.is_some() && !fails_open;
        parts(self) == parts(other)
            && (is_unread || self.addresses == other.addresses || set(self) == set(other))
    }

    /// The tier that the shard is in.
    pub fn tier(&self) -> Tier {
        match (self.exclusion, self.spare) {
            (Some(_), _) => Tier::Out,
            (None, Some(spare)) => spare.tier(),
            (None, None) => Tier::Active,
        }
    }

    pub(super) fn unpublished(exclusion: Exclusion) -> Self {
        Self { exclusion: Some(exclusion), ..Self::default() }
    }
}
