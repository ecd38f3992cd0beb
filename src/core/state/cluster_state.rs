//! The state of a cluster, in one word: the word of the page, the command line, filters, JSON, the log and
//! metrics. A cluster is in one state at a time.
//!
//! In: nothing. Out: the words. Does not know which of them a cluster is in.

use std::time::Duration;

use crate::core::name::Label;
use crate::core::time::Moment;

/// How a cluster is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ClusterState {
    /// Another cluster answers in its place: what it said itself stays.
    Foreign,
    /// It is silent for longer than its entry allows: answers go without it.
    Withdrawn,
    /// It was never read: what it has is not known.
    Awaited,
    /// Nothing is heard of it for a minute: its last facts stay.
    Silent,
    /// There is no contact, for less than a minute.
    Lost,
    /// Much is absent from its lists at once: that is not believed until a second list says so.
    Held,
    /// What an earlier run kept of it answers: it was not read since.
    Restored,
    /// Something of it could not be read.
    Partial,
    /// All of it was read, and it is heard.
    Synced,
}

impl ClusterState {
    /// All of them, worst first.
    pub const ALL: [Self; 9] = [
        Self::Foreign,
        Self::Withdrawn,
        Self::Awaited,
        Self::Silent,
        Self::Lost,
        Self::Held,
        Self::Restored,
        Self::Partial,
        Self::Synced,
    ];

    /// The state that a word of [`ClusterState::as_str`] means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Foreign => "foreign",
            Self::Withdrawn => "withdrawn",
            Self::Awaited => "awaited",
            Self::Silent => "silent",
            Self::Lost => "lost",
            Self::Held => "held",
            Self::Restored => "restored",
            Self::Partial => "partial",
            Self::Synced => "synced",
        }
    }
}

/// In which state a cluster is, since when.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct StateSince {
    pub(super) state: ClusterState,
    pub(super) since: Moment,
}

/// A cluster that is in another state than before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateChange {
    /// The cluster.
    pub cluster: Label,
    /// How it was, unless nobody had looked yet.
    pub before: Option<ClusterState>,
    /// How it is.
    pub state: ClusterState,
    /// For how long it was so before.
    pub lasted: Duration,
}
