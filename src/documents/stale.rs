//! Facts that nobody confirms any more, and that answers rest on all the same.
//!
//! In: a cluster, the present moment. Out: [`StaleNote`], and its text. Does not know who shows it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::spell::Spell;
use crate::core::state::{Cluster, ClusterState};
use crate::core::time::Moment;

/// A cluster of which the last facts are all that is known.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct StaleNote {
    /// The cluster.
    pub cluster: String,
    /// How it is, in the word of a [`ClusterState`].
    pub state: String,
    /// How old its facts are, in seconds.
    pub seconds: u64,
}

impl StaleNote {
    /// The note on a cluster; `None` while what is known of it is confirmed, was never read, or is of an earlier
    /// run.
    pub(in crate::documents) fn of(cluster: &Cluster, now: Moment) -> Option<Self> {
        let state = cluster.state();
        let since = match state {
            ClusterState::Foreign
            | ClusterState::Withdrawn
            | ClusterState::Silent
            | ClusterState::Lost
            | ClusterState::Held => cluster.unheard_since()?,
            ClusterState::Awaited
            | ClusterState::Restored
            | ClusterState::Partial
            | ClusterState::Synced => return None,
        };
        Some(Self {
            cluster: cluster.name.to_string(),
            state: state.as_str().to_owned(),
            seconds: now.0.saturating_sub(since.0).as_secs(),
        })
    }
}

impl fmt::Display for StaleNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let age = Spell(Duration::from_secs(self.seconds));
        write!(f, "facts of {age} ago ({})", self.state)
    }
}
