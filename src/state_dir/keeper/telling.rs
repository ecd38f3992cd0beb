//! What a keeper tells of itself: what is not kept, and why.
//!
//! In: how its folder and its writing stand. Out: a report where that is another one than before.
//! Does not know who hears it.

use tokio_util::sync::CancellationToken;

use super::{Hold, Keeper};
use crate::core::complaint::Flaw;
use crate::state_dir::complaint;
use crate::state_dir::report::KeeperReport;

impl<S: From<KeeperReport> + Send + 'static> Keeper<S> {
    /// Tells how it goes, where that has changed.
    pub(super) async fn tell(&mut self, stop: &CancellationToken) {
        let path = self.folder.path();
        let own = match (&self.hold, &self.trouble) {
            (Hold::Theirs, _) => Some(Flaw::StateFolderTaken),
            (Hold::Unusable(why), _) => Some(Flaw::StateNotKept(why.as_str().into())),
            (Hold::Ours, Some(it)) => Some(Flaw::StateNotKept(it.why.as_str().into())),
            (Hold::Ours, None) => None,
        };
        let own = own.map(|flaw| complaint(None, path, flaw));
        let refused = self.refused.iter().map(|it| it.complaint.clone());
        let stuck = self.stuck.values().cloned();
        self.report.complaints = own.into_iter().chain(refused).chain(stuck).collect();
        if self.report != self.told {
            self.told = self.report.clone();
            let sending = self.reports.send(self.report.clone().into());
            // Nobody receives when the process is ending, and then nobody asks.
            _ = stop.run_until_cancelled(sending).await;
        }
    }
}
