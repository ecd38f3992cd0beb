//! The rule of withdrawal: what becomes of the shards of a cluster that has fallen silent, and when.
//!
//! In: what an entry says. Out: after how long a silence its shards answer no more.
//! Does not know who is silent, nor since when: `core/state/clusters/silence.rs` does.

use std::time::Duration;

use super::ClusterPolicy;

/// How long a cluster has been silent when that counts: answers that rest on it say that they are
/// stale.
pub const SILENT_AFTER: Duration = Duration::from_secs(60);

/// What becomes of the shards of a cluster that has fallen silent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WhenSilent {
    /// Its last facts stay: losing sight of a cluster is not losing the service.
    #[default]
    Keep,
    /// They are withdrawn after [`SILENT_AFTER`].
    Withdraw,
}

impl ClusterPolicy {
    /// After how long a silence the cluster's shards are withdrawn; `None` = never.
    pub fn withdrawn_after(&self) -> Option<Duration> {
        match (self.when_silent, self.stale_limit) {
            (WhenSilent::Keep, limit) => limit,
            (WhenSilent::Withdraw, limit) => {
                Some(limit.map_or(SILENT_AFTER, |limit| limit.min(SILENT_AFTER)))
            }
        }
    }
}
