//! Changes: what one or more events did to ground state.
//!
//! In: what [`super::State`] noticed while applying. Out: which services to compile again, and
//! the moves of shards in words. Does not know what is compiled or logged.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use crate::core::complaint::Complaint;
use crate::core::hostname::ResolveRequest;
use crate::core::name::Label;
use crate::core::overrides::Override;
use crate::core::service::{Exclusion, ServiceKey, Spare};
use crate::core::spell::Spell;
use crate::core::time::rfc3339;
use crate::core::topology::ClusterIndex;

use super::cluster_state::StateChange;
use super::silence_change::SilenceChange;

/// A service that changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ChangedService {
    /// Its [`ServiceKey::wire`].
    pub key: Box<[u8]>,
    /// The cluster whose shard alone changed; `None` where what is compiled of each may differ.
    pub cluster: Option<ClusterIndex>,
}

/// What changed; changes of several events are merged before they are compiled.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes {
    /// Services whose answers may differ now; one may stand here several times.
    pub services: Vec<ChangedService>,
    /// Namespaces, as labels in wire form, in which the first service was published or the last
    /// one withdrawn.
    pub namespaces: Vec<Box<[u8]>>,
    /// Services of which some cluster answers its own askers otherwise now.
    pub local_services: Vec<ChangedService>,
    /// Namespaces, as labels in wire form, in which a cluster got its first Service that takes part,
    /// or lost its last one.
    pub local_namespaces: Vec<Box<[u8]>>,
    /// Whether a cluster's nodes or networks changed: who asks from where.
    pub has_askers: bool,
    /// Whether a place came or went.
    pub has_places: bool,
    /// Whether something else that a snapshot holds changed: a cluster synced, a grace ended.
    pub has_header: bool,
    /// Shards that joined or left the answers.
    pub moves: Vec<Move>,
    /// Services whose last shard left the answers, or whose first one is back.
    pub outages: Vec<Outage>,
    /// Overrides that came into force, or are not in force any more.
    pub overrides: Vec<OverrideTurn>,
    /// Complaints that are new.
    pub complaints: Vec<Complaint>,
    /// Clusters that fell silent or are heard again.
    pub silences: Vec<SilenceChange>,
    /// Clusters that are in another state.
    pub states: Vec<StateChange>,
    /// Clusters whose objects are to be listed anew, at once.
    pub relists: Vec<Label>,
    /// Hostnames that are wanted from now on, or no more, in the order in which
    /// that came to be.
    pub resolve_requests: Vec<ResolveRequest>,
}

impl ChangedService {
    /// One of which this cluster's shard is another one now.
    pub(super) fn of_shard(key: impl Into<Box<[u8]>>, cluster: ClusterIndex) -> Self {
        Self { key: key.into(), cluster: Some(cluster) }
    }
}

impl Changes {
    /// Whether there is nothing to publish; moves, complaints and requests to resolve are only told.
    pub fn is_empty(&self) -> bool {
        self.services.is_empty()
            && self.namespaces.is_empty()
            && self.local_services.is_empty()
            && self.local_namespaces.is_empty()
            && !self.has_askers
            && !self.has_places
            && !self.has_header
    }

    /// Takes what `later` changed behind what is here.
    pub fn merge(&mut self, mut later: Self) {
        self.services.append(&mut later.services);
        self.namespaces.append(&mut later.namespaces);
        self.local_services.append(&mut later.local_services);
        self.local_namespaces.append(&mut later.local_namespaces);
        self.moves.append(&mut later.moves);
        self.outages.append(&mut later.outages);
        self.overrides.append(&mut later.overrides);
        self.complaints.append(&mut later.complaints);
        self.silences.append(&mut later.silences);
        self.states.append(&mut later.states);
        self.relists.append(&mut later.relists);
        self.resolve_requests.append(&mut later.resolve_requests);
        self.has_askers |= later.has_askers;
        self.has_places |= later.has_places;
        self.has_header |= later.has_header;
    }
}

/// An override that came into force, or is not in force any more.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OverrideTurn {
    /// The override.
    pub of: Override,
    /// Whether it came into force.
    pub begins: bool,
}

impl fmt::Display for OverrideTurn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { of: Override { action, until, reason, by, .. }, begins } = self;
        let word = if *begins { "is in force" } else { "ends" };
        write!(f, "{action} {word}")?;
        if let Some(until) = until.filter(|_| *begins) {
            write!(f, " until {}", rfc3339(until))?;
        }
        if let Some(by) = by {
            write!(f, ", by {by}")?;
        }
        if reason.is_empty() { Ok(()) } else { write!(f, ": {reason}") }
    }
}

/// A shard that changed its part in the answers, in the words of a log line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Move {
    /// The cluster.
    pub cluster: Label,
    /// The service.
    pub service: ServiceKey,
    /// What it did.
    pub step: Step,
    /// Whether its cluster is being read for the first time.
    pub is_first: bool,
}

/// How a shard's part in the answers changed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// It answers now, with these addresses.
    Joins(Vec<IpAddr>),
    /// It answers no more but where no shard of a tier before its own does.
    Waits(Spare),
    /// It answers no more.
    Leaves(Exclusion),
    /// It answers no more, and its cluster is no longer registered.
    Ends,
    /// It answers with other addresses.
    Readdresses(Vec<IpAddr>),
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, addresses: &[IpAddr]| {
            addresses.iter().enumerate().try_for_each(|(index, address)| {
                write!(f, "{}{address}", if index == 0 { "" } else { ", " })
            })
        };
        write!(f, "{} ", self.cluster)?;
        match &self.step {
            Step::Joins(addresses) => {
                write!(f, "joins {}: ", self.service)?;
                list(f, addresses)
            }
            Step::Waits(spare) => write!(f, "waits behind others for {}: {spare}", self.service),
            Step::Leaves(exclusion) => write!(f, "leaves {}: {exclusion}", self.service),
            Step::Ends => write!(f, "leaves {}: the cluster is no longer registered", self.service),
            Step::Readdresses(addresses) => {
                write!(f, "moves {} to ", self.service)?;
                list(f, addresses)
            }
        }
    }
}

/// A service that nothing answers for any more, or again, in the words of a log line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outage {
    /// The service.
    pub service: ServiceKey,
    /// The cluster that left last, or is back first; `None` where several did at once.
    pub cluster: Option<Label>,
    /// What became of it.
    pub turn: OutageTurn,
}

/// How an outage begins and ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum OutageTurn {
    /// No shard answers any more; what clients get now, in words.
    Begins(Box<str>),
    /// One answers again, after so long.
    Ends(Duration),
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { service, cluster, turn } = self;
        match turn {
            OutageTurn::Begins(gets) => {
                write!(f, "{service} is down: ")?;
                match cluster {
                    Some(cluster) => write!(f, "{cluster} was the last cluster that answered")?,
                    None => write!(f, "no cluster answers any more")?,
                }
                write!(f, "; clients get {gets}")
            }
            OutageTurn::Ends(age) => {
                write!(f, "{service} answers again")?;
                if let Some(cluster) = cluster {
                    write!(f, " in {cluster}")?;
                }
                write!(f, "; it was down for {}", Spell(*age))
            }
        }
    }
}
