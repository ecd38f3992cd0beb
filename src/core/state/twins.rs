//! Twins: clusters that lead to one API server.
//!
//! In: who clusters are. Out: complaints that name them all, as long as it is so. An API server that
//! does not say who it is has no twin. Does not know what answers make of it: each entry is answered
//! as it stands.

use crate::core::name::Label;
use crate::core::topology::ClusterIndex;

use super::State;

impl State {
    /// Looks for the twins of the clusters that answer, or answered until now, by these UIDs.
    pub(super) fn match_twins<'u>(&mut self, uids: impl IntoIterator<Item = Option<&'u str>>) {
        for uid in uids.into_iter().flatten() {
            let alike: Vec<(ClusterIndex, Label)> = self
                .clusters_by_name()
                .filter(|(_, index)| self.cluster(*index).answering() == Some(uid))
                .map(|(name, index)| (index, name.clone()))
                .collect();
            for (index, own) in &alike {
                let others = alike.iter().map(|(_, name)| name).filter(|name| *name != own);
                self.set_twins(*index, others.cloned().collect());
            }
        }
    }

    /// Who a cluster is has changed: before, `former` answered.
    pub(super) fn match_anew(&mut self, index: ClusterIndex, former: Option<&str>) {
        let now = self.cluster(index).answering().map(Box::<str>::from);
        if now.as_deref() != former {
            self.set_twins(index, Box::default());
            self.match_twins([former, now.as_deref()]);
        }
    }

    fn set_twins(&mut self, index: ClusterIndex, twins: Box<[Label]>) {
        let cluster = self.cluster_mut(index);
        if cluster.twins != twins {
            cluster.twins = twins;
            self.complain_about_cluster(index);
        }
    }
}
