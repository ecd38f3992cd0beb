//! The initial sync: from when on answers are as complete as waiting makes them.
//!
//! In: whether every cluster that is registered has synced, whether more may be registered, and the
//! end of the grace. Out: whether what nobody has is known to be nowhere.
//! Does not know clusters, nor when the grace ends.

/// How far answers are from complete.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct InitialSync {
    /// Clusters may be registered that nobody has told of yet.
    expects_clusters: bool,
    is_grace_over: bool,
    is_settled: bool,
}

impl InitialSync {
    /// Says whether clusters may be registered that nobody has told of yet; whether that is news.
    pub(super) fn expect_clusters(&mut self, expects: bool) -> bool {
        std::mem::replace(&mut self.expects_clusters, expects) != expects
    }

    /// Ends the grace; whether it was not over before.
    pub(super) fn end_grace(&mut self) -> bool {
        !std::mem::replace(&mut self.is_grace_over, true)
    }

    /// Looks whether answers are settled, where `all_synced` says that no registered cluster is
    /// awaited any more; whether they were not before. Once settled they stay so.
    pub(super) fn look(&mut self, all_synced: bool) -> bool {
        let was_settled = self.is_settled;
        self.is_settled |= self.is_grace_over || (all_synced && !self.expects_clusters);
        self.is_settled != was_settled
    }

    pub(super) fn expects_clusters(&self) -> bool {
        self.expects_clusters
    }

    pub(super) fn is_grace_over(&self) -> bool {
        self.is_grace_over
    }

    pub(super) fn is_settled(&self) -> bool {
        self.is_settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_wait_for_clusters_that_may_still_be_told_of() {
        let mut sync = InitialSync::default();
        assert!(sync.expect_clusters(true) && !sync.look(true));
        assert!(sync.expect_clusters(false) && !sync.look(false));
        assert!(sync.look(true) && sync.is_settled());
    }

    #[test]
    fn once_settled_they_stay_so() {
        let mut sync = InitialSync::default();
        sync.look(true);
        sync.expect_clusters(true);
        assert!(!sync.look(false) && sync.is_settled());
    }

    #[test]
    fn the_end_of_the_grace_settles_them_whoever_is_awaited() {
        let mut sync = InitialSync::default();
        assert!(sync.end_grace() && !sync.end_grace());
        assert!(sync.look(false) && sync.is_settled());
    }
}
