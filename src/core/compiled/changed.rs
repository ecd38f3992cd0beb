//! Changed services, each once, with the clusters whose shards changed.
//!
//! In: changes in the order in which they happened. Out: [`Changed`], in that of the first of each service:
//! it is mostly the one in which ground state holds them, and memory is read fastest that way.
//! Does not know what is compiled.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::core::state::ChangedService;
use crate::core::topology::{ClusterIndex, ClusterSet};

/// A service that changed.
#[derive(Debug)]
pub(super) struct Changed<'c> {
    pub(super) key: &'c [u8],
    pub(super) shards: ChangedShards,
}

/// Which shards of a service changed.
#[derive(Debug)]
pub(super) enum ChangedShards {
    /// What is compiled of each may differ.
    All,
    /// Those of these clusters, each once, in the order of their numbers.
    Of(Vec<ClusterIndex>),
}

impl ChangedShards {
    fn add(&mut self, cluster: Option<ClusterIndex>) {
        match (&mut *self, cluster) {
            (Self::All, _) => {}
            (_, None) => *self = Self::All,
            (Self::Of(clusters), Some(cluster)) => {
                if let Err(at) = clusters.binary_search(&cluster) {
                    clusters.insert(at, cluster);
                }
            }
        }
    }
}

/// Each changed service once.
pub(super) fn once_each(changes: &[ChangedService]) -> Vec<Changed<'_>> {
    let mut all: Vec<Changed<'_>> = Vec::with_capacity(changes.len());
    let mut seen: HashMap<&[u8], usize, RandomState> =
        HashMap::with_capacity_and_hasher(changes.len(), RandomState::default());
    for ChangedService { key, cluster } in changes {
        let at = *seen.entry(key).or_insert_with(|| {
            all.push(Changed { key, shards: ChangedShards::Of(Vec::new()) });
            all.len() - 1
        });
        all[at].shards.add(*cluster);
    }
    all
}

/// Some clusters as a set.
pub(super) fn set_of(clusters: &[ClusterIndex]) -> ClusterSet {
    let mut set = ClusterSet::default();
    clusters.iter().for_each(|cluster| set.insert(*cluster));
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_stands_once_with_all_clusters_of_which_something_changed() {
        let changes = [
            ("b", Some(7)),
            ("a", Some(1)),
            ("b", Some(2)),
            ("b", Some(7)),
            ("a", None),
            ("a", Some(3)),
        ];
        let changes = changes.map(|(key, cluster)| ChangedService {
            key: key.as_bytes().into(),
            cluster: cluster.map(ClusterIndex),
        });
        let each = once_each(&changes);
        let [b, a] = &each[..] else { panic!("{each:?}") };
        assert_eq!((b.key, a.key), (&b"b"[..], &b"a"[..]));
        let ChangedShards::Of(clusters) = &b.shards else { panic!("{b:?}") };
        assert_eq!(clusters[..], [ClusterIndex(2), ClusterIndex(7)]);
        assert!(matches!(a.shards, ChangedShards::All));
    }
}
