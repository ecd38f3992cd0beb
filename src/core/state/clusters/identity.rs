//! Identity: who clusters are, and which of them lead to one API server.
//!
//! In: the UID of each cluster's namespace `kube-system`. Out: whether a cluster is another one than
//! before, and its twins. An API server that does not say who it is has no twin.
//! Does not know what answers make of it: each entry is answered as it stands.

use crate::core::name::Label;
use crate::core::time::Moment;
use crate::core::topology::ClusterIndex;

use super::Clusters;
use super::cluster::{Cluster, Foreign};

/// What came of a cluster's saying who it is.
#[derive(Debug)]
pub(in crate::core::state) struct Identified {
    /// Who answered before.
    pub(in crate::core::state) former: Option<Box<str>>,
    /// Whether it is itself again: what it said meanwhile was not heard.
    pub(in crate::core::state) is_back: bool,
}

impl Cluster {
    /// The UID of the cluster that answers: its own, or that of another one in its place.
    pub(in crate::core::state) fn answering(&self) -> Option<&str> {
        let foreign = self.foreign.as_ref().map(|foreign| &foreign.uid);
        foreign.or(self.uid.as_ref()).map(|uid| &**uid)
    }
}

impl Clusters {
    /// Notes who a cluster is. Another one than before is foreign until it is accepted; the one that
    /// it was before is taken back at once.
    pub(in crate::core::state) fn identify(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        uid: Box<str>,
    ) -> Identified {
        let cluster = self.unsettle(index);
        let former = cluster.answering().map(Box::<str>::from);
        let is_first = cluster.uid.is_none();
        let known = cluster.uid.get_or_insert_with(|| uid.clone());
        let mut is_back = false;
        if *known == uid {
            is_back = cluster.foreign.take().is_some();
        } else {
            let since = cluster.foreign.take().map_or(now, |foreign| foreign.since);
            cluster.foreign = Some(Foreign { since, uid });
        }
        if is_first {
            self.touch(index);
        }
        Identified { former, is_back }
    }

    /// Accepts that a cluster is another one now; `false` where there is no such question.
    pub(in crate::core::state) fn accept(&mut self, index: ClusterIndex) -> bool {
        let cluster = self.unsettle(index);
        let Some(foreign) = cluster.foreign.take() else { return false };
        cluster.uid = Some(foreign.uid);
        cluster.held_withdrawals.clear();
        self.touch(index);
        true
    }

    /// A cluster is read from somewhere else from now on: who is there is not known. Who answered
    /// before.
    pub(in crate::core::state) fn forget_identity(
        &mut self,
        index: ClusterIndex,
    ) -> Option<Box<str>> {
        let cluster = self.unsettle(index);
        let former = cluster.answering().map(Box::<str>::from);
        (cluster.contact, cluster.uid, cluster.foreign) = (None, None, None);
        cluster.restored.iter_mut().for_each(|restored| restored.is_seen = false);
        cluster.held_withdrawals.clear();
        self.touch(index);
        former
    }

    /// Looks for the twins of the clusters that answer, or answered until now, by these UIDs. The
    /// clusters that have other twins now.
    pub(in crate::core::state) fn match_twins<'u>(
        &mut self,
        uids: impl IntoIterator<Item = Option<&'u str>>,
    ) -> Vec<ClusterIndex> {
        let mut changed = Vec::new();
        for uid in uids.into_iter().flatten() {
            let alike: Vec<(ClusterIndex, Label)> = self
                .by_name()
                .filter(|(_, index)| self.get(*index).answering() == Some(uid))
                .map(|(name, index)| (index, name.clone()))
                .collect();
            for (index, own) in &alike {
                let others = alike.iter().map(|(_, name)| name).filter(|name| *name != own);
                changed.extend(self.set_twins(*index, others.cloned().collect()));
            }
        }
        changed
    }

    /// The same where who a cluster is has changed: before, `former` answered.
    pub(in crate::core::state) fn match_anew(
        &mut self,
        index: ClusterIndex,
        former: Option<&str>,
    ) -> Vec<ClusterIndex> {
        let now = self.get(index).answering().map(Box::<str>::from);
        if now.as_deref() == former {
            return Vec::new();
        }
        let mut changed: Vec<_> = self.set_twins(index, Box::default()).into_iter().collect();
        changed.extend(self.match_twins([former, now.as_deref()]));
        changed
    }

    fn set_twins(&mut self, index: ClusterIndex, twins: Box<[Label]>) -> Option<ClusterIndex> {
        let known = &mut self.get_mut(index).twins;
        let is_news = *known != twins;
        *known = twins;
        is_news.then_some(index)
    }
}
