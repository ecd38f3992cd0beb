//! What of a cluster has changed since it was copied last to be kept.
//!
//! In: changes. Out: the keys of shards that changed, while those are few; else that it is to be copied as
//! a whole. Does not know who keeps it.

use std::collections::BTreeSet;

use crate::core::topology::ClusterIndex;

use super::Clusters;

/// So many shards that changed are remembered of a cluster.
const MOST: usize = 1024;

/// What has changed.
#[derive(Clone, Debug, Default)]
pub(super) enum Unkept {
    /// More than is remembered, or something else than shards; and where nothing was copied yet.
    #[default]
    Whole,
    /// The shards of the services with these keys.
    Shards(BTreeSet<Box<[u8]>>),
}

impl Clusters {
    /// What is kept of a cluster has changed, by a shard of the service with this key.
    pub(in crate::core::state) fn touch_shard(&mut self, index: ClusterIndex, key: &[u8]) {
        self.step_revision(index);
        let unkept = &mut self.get_mut(index).unkept;
        match unkept {
            Unkept::Whole => {}
            Unkept::Shards(keys) if keys.len() < MOST => _ = keys.insert(key.into()),
            Unkept::Shards(_) => *unkept = Unkept::Whole,
        }
    }

    /// What is kept of a cluster has changed, and not by a shard.
    pub(in crate::core::state) fn touch(&mut self, index: ClusterIndex) {
        self.step_revision(index);
        self.get_mut(index).unkept = Unkept::Whole;
    }

    /// A cluster is copied as a whole from now on, behind a head that was copied at `revision`.
    pub(in crate::core::state) fn begin_copy(&mut self, index: ClusterIndex, revision: u64) {
        let cluster = self.get_mut(index);
        let is_head_old = cluster.kept_revision != revision;
        if !(is_head_old && matches!(cluster.unkept, Unkept::Whole)) {
            cluster.unkept = Unkept::Shards(BTreeSet::new());
        }
    }

    /// The keys of the shards that changed since a cluster was copied last; `None` where that is not all.
    pub(in crate::core::state) fn take_unkept(
        &mut self,
        index: ClusterIndex,
    ) -> Option<BTreeSet<Box<[u8]>>> {
        match &mut self.get_mut(index).unkept {
            Unkept::Whole => None,
            Unkept::Shards(keys) => Some(std::mem::take(keys)),
        }
    }
}
