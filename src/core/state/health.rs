//! Health: how a service as a whole does, in one word.
//!
//! In: how many of its shards are published, and how many of those answer; whether it is missed. Out: a
//! word for lists and metrics. Does not know why a shard does not answer.

use serde::{Deserialize, Serialize};

/// How a service does over all its clusters.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// Every published shard answers.
    Healthy,
    /// Some published shards answer, others do not.
    Degraded,
    /// It is published and no shard answers, though it did well here within a week: it is missed.
    Down,
    /// It is published and no shard answers, and nobody misses it: it never did well here, or is scaled to
    /// nothing everywhere.
    Idle,
    /// No cluster publishes it: it has no names.
    Unpublished,
}

impl Health {
    /// All of them, best first.
    pub const ALL: [Self; 5] =
        [Self::Healthy, Self::Degraded, Self::Down, Self::Idle, Self::Unpublished];

    /// The health of a service with so many shards, where nobody misses one that does not answer.
    pub fn of(healthy: usize, published: usize) -> Self {
        match (healthy, published) {
            (_, 0) => Self::Unpublished,
            (0, _) => Self::Idle,
            _ if healthy < published => Self::Degraded,
            _ => Self::Healthy,
        }
    }

    /// Whether some shard answers.
    pub fn answers(self) -> bool {
        matches!(self, Self::Healthy | Self::Degraded)
    }

    /// The position in [`Health::ALL`].
    pub(super) fn index(self) -> usize {
        self as usize
    }

    /// The health that a word of [`Health::as_str`] means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.as_str() == word)
    }

    /// One word for people and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Idle => "idle",
            Self::Unpublished => "unpublished",
        }
    }
}
