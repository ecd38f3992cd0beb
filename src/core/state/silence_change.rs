//! Clusters that fall silent, in words.
//!
//! In: what ground state noticed. Out: log lines and words for people and metrics.
//! Does not know when a cluster counts as silent.

use std::fmt;
use std::time::Duration;

use crate::core::count::Count;
use crate::core::name::Label;

/// Whether a cluster is heard of.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Silence {
    /// It is, or was until a moment ago.
    #[default]
    Heard,
    /// It is not; its last facts stay.
    Silent,
    /// It is not, and its shards answer no more.
    Withdrawn,
}

impl Silence {
    /// One word for people and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Heard => "heard",
            Self::Silent => "silent",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// A cluster that fell silent, was withdrawn or is heard again, in the words of a log line.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SilenceChange {
    /// The cluster.
    pub cluster: Label,
    /// How it is now.
    pub silence: Silence,
    /// For how long it was silent.
    pub age: Duration,
    /// How many services it has a shard of.
    pub shards: usize,
}

impl fmt::Display for SilenceChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cluster, shards, age, .. } = self;
        let (age, services) = (age.as_secs(), Count(*shards, "service"));
        match self.silence {
            Silence::Heard => write!(f, "{cluster} is heard again"),
            Silence::Silent => {
                write!(
                    f,
                    "{cluster} is silent for {age} s: clients go on to get what its {services} had last"
                )
            }
            Silence::Withdrawn => write!(
                f,
                "{cluster} is silent for {age} s: answers go without its {services}, as its \
                 entry says"
            ),
        }
    }
}
