//! The initial sync: for how long answers wait for clusters that were never read.
//!
//! In: whether every cluster that is registered has synced, whether more may be registered, when lists move,
//! and the passing of the grace. Out: whether answers still wait. A list that moves is worth waiting for, as
//! long as that does not go on for ever. Does not know clusters.

use std::time::Duration;

use crate::core::time::Moment;

/// How often the grace may be extended.
const MOST_EXTENSIONS: u32 = 10;

/// How far answers are from complete.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct InitialSync {
    /// Clusters may be registered that nobody has told of yet.
    expects_clusters: bool,
    grace: Duration,
    /// When a list moved last of a cluster that was never read.
    moved: Option<Moment>,
    extensions: u32,
    is_settled: bool,
}

impl InitialSync {
    /// Answers wait for so long while no list moves.
    pub(super) fn new(grace: Duration) -> Self {
        Self { grace, ..Self::default() }
    }

    /// A list of a cluster has moved that was never read.
    pub(super) fn note_move(&mut self, now: Moment) {
        self.moved = Some(now);
    }

    /// The grace passes that was to end at `now`: answers wait no longer, unless a list has moved since it
    /// began. Then it ends so long after that.
    pub(super) fn end_grace(&mut self, now: Moment) -> Option<Moment> {
        let end = self.moved.map(|moved| Moment(moved.0.saturating_add(self.grace)));
        let end = end.filter(|end| *end > now && self.extensions < MOST_EXTENSIONS);
        self.extensions += u32::from(end.is_some());
        self.is_settled |= end.is_none();
        end
    }

    /// Says whether clusters may be registered that nobody has told of yet; whether that is news.
    pub(super) fn expect_clusters(&mut self, expects: bool) -> bool {
        std::mem::replace(&mut self.expects_clusters, expects) != expects
    }

    /// Looks whether answers are settled, where `all_synced` says that no registered cluster is
    /// awaited any more; whether they were not before. Once settled they stay so.
    pub(super) fn look(&mut self, all_synced: bool) -> bool {
        let was_settled = self.is_settled;
        self.is_settled |= all_synced && !self.expects_clusters;
        self.is_settled != was_settled
    }

    pub(super) fn expects_clusters(&self) -> bool {
        self.expects_clusters
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

    fn at(seconds: u64) -> Moment {
        Moment(Duration::from_secs(seconds))
    }

    #[test]
    fn the_end_of_the_grace_settles_them_whoever_is_awaited() {
        let mut sync = InitialSync::new(Duration::from_secs(30));
        assert_eq!(sync.end_grace(at(30)), None);
        assert!(sync.is_settled() && !sync.look(false));
    }

    #[test]
    fn a_list_that_moves_extends_the_grace_but_not_for_ever() {
        let mut sync = InitialSync::new(Duration::from_secs(30));
        sync.note_move(at(29));
        assert_eq!(sync.end_grace(at(30)), Some(at(59)));
        assert_eq!(sync.end_grace(at(59)), None, "it has moved no more");
        let mut sync = InitialSync::new(Duration::from_secs(30));
        let (mut end, mut extensions) = (at(30), 0);
        loop {
            sync.note_move(end);
            match sync.end_grace(end) {
                Some(next) => (end, extensions) = (next, extensions + 1),
                None => break,
            }
        }
        assert_eq!((end, extensions), (at(330), 10));
        assert!(sync.is_settled());
    }
}
