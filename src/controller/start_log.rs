//! What the log says when a server begins to answer: how many clusters were read, which were not, why, and
//! what that means for clients.
//!
//! In: ground state at that moment. Out: log lines. Does not know when that is.

use crate::core::count::Count;
use crate::core::state::{Cluster, SyncState};
use crate::core::verdict;

use super::Controller;

/// Clusters that are named one by one.
const MOST_CLUSTERS: usize = 20;

impl Controller {
    /// Tells what answers rest on from now on.
    pub(super) fn tell_start(&self) {
        let all = self.state.clusters().count();
        let count = |wanted: fn(SyncState) -> bool| {
            self.state.clusters().filter(|it| wanted(it.sync)).count()
        };
        let read = count(|it| matches!(it, SyncState::Synced | SyncState::Partial));
        let restored = count(|it| it == SyncState::Restored);
        let verb = if all == 1 { "was" } else { "were" };
        let were_read = format!("{read} of {} {verb} read", Count(all, "cluster"));
        let unread = self.state.unread().collect::<Vec<_>>().join(", ");
        if !unread.is_empty() {
            tracing::warn!(
                "ready: answers go without {unread}, not read within `syncGrace`: {were_read}; \
                 answers that they could change live {} s and carry EDE 14",
                self.state.policy().negative_ttl
            );
            return self.tell_unread();
        }
        match (all, restored) {
            (0, _) => tracing::info!("ready: answers are complete: no cluster is registered"),
            (_, 0) => tracing::info!("ready: answers are complete: {were_read}"),
            _ => tracing::info!(
                "ready: {were_read}, {restored} restored: what an earlier run kept answers until \
                 they are"
            ),
        }
    }

    /// Tells of each cluster that was never read why, and who gets SERVFAIL for that.
    pub(super) fn tell_unread(&self) {
        let is_awaited = |it: &&Cluster| it.sync == SyncState::Awaited;
        let mut awaited = self.state.clusters().filter(is_awaited);
        for cluster in awaited.by_ref().take(MOST_CLUSTERS) {
            tracing::warn!("{}: {}", cluster.name, verdict::unread(cluster));
        }
        let rest = awaited.count();
        if rest > 0 {
            tracing::warn!("and {} more; `fedns clusters --state awaited` lists them", rest);
        }
        if self.state.expects_clusters() {
            tracing::warn!(
                "not all registries were read: clients get SERVFAIL for services that no cluster has"
            );
        }
    }
}
