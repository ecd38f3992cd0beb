//! Overrides: the operator's word on which shards answer, for a while and with a reason.
//!
//! In: what was said, checked already. Out: [`Override`], whether it is in force at a time of day, and what all
//! that are in force come to. Does not know who keeps them, nor what clusters have.

mod drains;

use std::collections::BTreeSet;
use std::fmt;

use crate::core::name::Label;
use crate::core::service::ServiceKey;
use crate::core::topology::Place;

pub use drains::{Drains, Stand};

/// What an override is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Target {
    /// All shards of a cluster.
    Cluster(Label),
    /// What stands in a region, there.
    Region(Label),
    /// What stands in a zone, there: of this region, or of any.
    Zone(Label, Option<Label>),
    /// A service: in this cluster, or in all.
    Service(ServiceKey, Option<Label>),
}

/// What an override does.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Action {
    /// What it is about waits until nobody else answers; where it is hard, it does not answer at all.
    Drain {
        /// What it is about.
        target: Target,
        /// Whether it does not even answer where nobody else does.
        is_hard: bool,
    },
    /// A service answers from this cluster; the others' shards wait until it does not.
    Pin {
        /// The service.
        service: ServiceKey,
        /// The cluster.
        cluster: Label,
    },
}

impl Action {
    /// All that [`Action::kind`] says.
    pub const KINDS: [&str; 2] = ["drain", "pin"];

    /// One word for people and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Drain { .. } => "drain",
            Self::Pin { .. } => "pin",
        }
    }
}

/// Where an override was said.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Source {
    /// By a command.
    Command,
    /// In the file that the configuration names.
    File,
    /// In the cluster's entry.
    Entry,
    /// On the Secret by which the cluster is registered.
    Secret,
    /// On the Service, in the cluster itself.
    Service,
}

impl Source {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Command => "command",
            Self::File => "file",
            Self::Entry => "entry",
            Self::Secret => "secret",
            Self::Service => "service",
        }
    }
}

/// The operator's word.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Override {
    /// By what it is told from others of its source.
    pub id: Box<str>,
    /// What it does.
    pub action: Action,
    /// When it ends by itself, in unix seconds; `None` = never, which only a cluster's own data may say.
    pub until: Option<u64>,
    /// Since when it is said, in unix seconds.
    pub since: Option<u64>,
    /// Why.
    pub reason: Box<str>,
    /// Who said so.
    pub by: Option<Box<str>>,
    /// Where it was said.
    pub source: Source,
}

impl Override {
    /// Whether it is in force at a time of day, in unix seconds.
    pub fn is_in_force(&self, unix_seconds: u64) -> bool {
        self.until.is_none_or(|until| unix_seconds < until)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster(cluster) => write!(f, "cluster {cluster}"),
            Self::Region(region) => write!(f, "region {region}"),
            Self::Zone(zone, Some(region)) => write!(f, "zone {zone} of region {region}"),
            Self::Zone(zone, None) => write!(f, "zone {zone}"),
            Self::Service(service, Some(cluster)) => write!(f, "service {service} in {cluster}"),
            Self::Service(service, None) => write!(f, "service {service}"),
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Drain { target, is_hard: false } => write!(f, "drain of {target}"),
            Self::Drain { target, is_hard: true } => write!(f, "hard drain of {target}"),
            Self::Pin { service, cluster } => write!(f, "pin of service {service} to {cluster}"),
        }
    }
}

/// What overrides of a service make of one of its shards.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Word {
    /// It waits: it is pinned to another cluster.
    PinnedAway,
    /// It waits: it is drained.
    Drained,
    /// It does not answer at all.
    DrainedHard,
}

impl Action {
    /// What it makes of a cluster's shard of the service that it is about; `None` where that is not touched.
    pub fn word_on(&self, cluster: &Label) -> Option<Word> {
        match self {
            Self::Drain { target: Target::Service(_, of), is_hard } => {
                let word = if *is_hard { Word::DrainedHard } else { Word::Drained };
                of.as_ref().is_none_or(|of| of == cluster).then_some(word)
            }
            Self::Drain { .. } => None,
            Self::Pin { cluster: to, .. } => (to != cluster).then_some(Word::PinnedAway),
        }
    }

    /// Whether it touches a cluster that stands at these places, as a whole or there.
    pub fn is_about(&self, cluster: &Label, places: &BTreeSet<Place>) -> bool {
        let Self::Drain { target, .. } = self else { return false };
        match target {
            Target::Cluster(of) => of == cluster,
            Target::Region(_) | Target::Zone(..) => {
                places.iter().any(|place| drains::is_about_place(target, place))
            }
            Target::Service(..) => false,
        }
    }

    /// The service that it is about, where it is about one.
    pub fn service(&self) -> Option<&ServiceKey> {
        match self {
            Self::Drain { target: Target::Service(service, _), .. } | Self::Pin { service, .. } => {
                Some(service)
            }
            Self::Drain { .. } => None,
        }
    }
}
