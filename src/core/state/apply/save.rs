//! What is kept across restarts, some services at a time, so that copying holds up no event.
//!
//! In: ground state, and where copying stands. Out: sections of state files, and numbers by which it is
//! known whether there is something to keep. Does not know files, nor when something is kept.

use std::ops::Bound;

use crate::core::name::Label;
use crate::core::state::State;
use crate::core::state::clusters::{Cluster, SyncState};
use crate::core::state::index::{Entry, Sets};
use crate::core::state::kept::{
    Cursor, EntryPlaces, FALLS, HEAD, HOSTNAMES, Head, LAST_HEALTHY, Mark, NODES, Part, SHARDS,
    SHOWN, Slice, packed, write_row,
};
use crate::core::time::Now;

/// Services that one slice looks at, and nodes that one holds: a fraction of a millisecond.
const SERVICES_A_SLICE: usize = 1000;
const NODES_A_SLICE: usize = 1000;

impl State {
    /// The clusters, in the order of their numbers.
    pub fn marks(&self) -> impl Iterator<Item = Mark> {
        self.clusters().map(|cluster| Mark {
            name: cluster.name.clone(),
            revision: cluster.kept_revision,
            is_read: match cluster.sync {
                SyncState::Awaited => false,
                // What it has said since counts, whatever it has not said yet.
                SyncState::Restored => cluster.has_read(),
                SyncState::Partial | SyncState::Synced => true,
            },
            as_of: cluster.restored.map(|restored| restored.as_of),
        })
    }

    /// Another number whenever what is kept of some cluster changes.
    pub fn kept_revision(&self) -> u64 {
        self.clusters.kept_revision()
    }

    /// Another number whenever what is kept by service changes.
    pub fn services_revision(&self) -> u64 {
        self.index.revision() + self.hostnames.revision()
    }

    /// What of a cluster has changed since it was copied last, or since this was asked last; `None` where
    /// that is more than a few shards: then it is to be copied as a whole.
    pub fn part(&mut self, name: &Label) -> Option<Part> {
        let index = self.find_cluster(name)?;
        let keys = self.clusters.take_unkept(index)?;
        let mut octets = Vec::new();
        for key in &keys {
            let packed = self.index.packed(key, index);
            write_row(&mut octets, key, packed.unwrap_or_default());
        }
        let (revision, versions) =
            (self.cluster(index).kept_revision, self.resource_versions(name));
        let shards = Slice { tag: SHARDS, octets, next: None };
        Some(Part { revision, versions, shards })
    }

    /// Something changes that stands in a cluster's file and is no fact of its: where it was read.
    pub fn touch(&mut self, name: &Label) {
        if let Some(index) = self.find_cluster(name) {
            self.clusters.touch(index);
        }
    }

    /// A cluster is about to be copied as a whole: what changes from now on is what is copied next.
    /// Of what changed since its head was copied, at `revision`, the head may have to be copied again.
    pub fn begin_copy(&mut self, name: &Label, revision: u64) {
        if let Some(index) = self.find_cluster(name) {
            self.clusters.begin_copy(index, revision);
        }
    }

    /// The next slice of what is kept of a cluster, from the beginning where there is no cursor;
    /// `None` where there is no such cluster.
    pub fn slice_cluster(&self, name: &Label, cursor: Option<Cursor>) -> Option<Slice> {
        let index = self.find_cluster(name)?;
        let cluster = self.cluster(index);
        Some(match cursor {
            None => {
                let shown: Vec<_> = cluster.shown.iter().collect();
                let next = Some(Cursor::Nodes("".into()));
                Slice { tag: SHOWN, octets: packed(&shown), next }
            }
            Some(Cursor::Nodes(after)) => self.slice_nodes(cluster, &after),
            Some(Cursor::Services(left) | Cursor::Falls(left)) => {
                let mut octets = Vec::with_capacity(SERVICES_A_SLICE * 64);
                let next = self.walk(left, |entry| {
                    if let Some(shard) = entry.shard(index) {
                        write_row(&mut octets, &entry.key, shard.octets());
                    }
                });
                Slice { tag: SHARDS, octets, next }
            }
        })
    }

    fn slice_nodes(&self, cluster: &Cluster, after: &str) -> Slice {
        let behind = (Bound::Excluded(after), Bound::Unbounded);
        let nodes: Vec<_> = cluster.nodes.range::<str, _>(behind).take(NODES_A_SLICE).collect();
        let next = match nodes.last() {
            Some((name, _)) if nodes.len() == NODES_A_SLICE => Cursor::Nodes((*name).clone()),
            _ => Cursor::Services(self.index.len()),
        };
        let nodes: Vec<_> = nodes.iter().map(|(name, node)| (name, &node.facts)).collect();
        Slice { tag: NODES, octets: packed(&nodes), next: Some(next) }
    }

    /// The next slice of what is kept by service; hostnames first, all at once: they are few.
    pub fn slice_services(&self, cursor: Option<Cursor>) -> Slice {
        match cursor {
            Some(Cursor::Services(left)) => {
                let mut sets: Vec<(&[u8], &Sets)> = Vec::new();
                let next = self.walk(left, |entry| {
                    let found = self.index.last_healthy_sets(&entry.key);
                    sets.extend(found.map(|it| (&*entry.key, it)));
                });
                let next = next.or(Some(Cursor::Falls(self.index.len())));
                Slice { tag: LAST_HEALTHY, octets: packed(&sets), next }
            }
            Some(Cursor::Falls(left)) => {
                let (mut falls, now) = (Vec::new(), self.deadlines.told());
                let next = self.walk(left, |entry| {
                    let found = self.index.kept_falls(&entry.key, now);
                    falls.extend(found.map(|it| (&*entry.key, it)));
                });
                let next = next.map(|next| match next {
                    Cursor::Services(left) => Cursor::Falls(left),
                    next => next,
                });
                Slice { tag: FALLS, octets: packed(&falls), next }
            }
            Some(Cursor::Nodes(_)) | None => {
                let next = Some(Cursor::Services(self.index.len()));
                Slice { tag: HOSTNAMES, octets: packed(&self.keep_hostnames()), next }
            }
        }
    }

    /// Looks at some services before the last of `left`; says where to go on.
    fn walk<'s>(&'s self, left: usize, mut look: impl FnMut(&'s Entry)) -> Option<Cursor> {
        let end = left.min(self.index.len());
        let start = end.saturating_sub(SERVICES_A_SLICE);
        self.index.range(start..end).iter().rev().for_each(&mut look);
        (start > 0).then_some(Cursor::Services(start))
    }

    /// The first section of a cluster's file, whose facts hold at `now` unless they are of an earlier
    /// run; `source` says where they were read.
    pub fn head(&self, name: &Label, source: &str, now: Now) -> Option<Slice> {
        let cluster = self.cluster(self.find_cluster(name)?);
        let head = Head {
            cluster: name.clone(),
            source: source.into(),
            uid: cluster.uid.clone(),
            as_of: cluster.restored.map_or(now.unix_seconds, |restored| restored.as_of),
            is_complete: cluster.is_known(),
            places: EntryPlaces::of(&cluster.policy),
            resource_versions: self.resource_versions(name),
        };
        Some(Slice { tag: HEAD, octets: head.octets(), next: None })
    }
}
