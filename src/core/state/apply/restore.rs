//! Facts that an earlier run kept: they answer until their cluster has been read again.
//!
//! In: [`Kept`] files of registered clusters. Out: ground state as it was. What the cluster does
//! not list, once it has been read in whole, is gone then, unless that is so much that the withdraw
//! guard holds it; that its source holds nothing at all is not believed. Does not know files.

use std::collections::BTreeSet;

use crate::core::name::Label;
use crate::core::policy::WhenAllDown;
use crate::core::service::Shard;
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::clusters::{RestoredFacts, RestoredShards};
use crate::core::state::deadlines::Deadline;
use crate::core::state::index::KeptShard;
use crate::core::state::kept::{Head, Kept, KeptServices, LastHealthy, Row};
use crate::core::topology::ClusterIndex;

/// Rows of one cluster that are taken before those of the next. Clusters mostly keep services in the
/// same order: what one of them touched is still in the cache when the next one comes to it.
const STRIDE: usize = 1024;

/// A shard from which more follows: it is applied like one that its cluster says.
struct Other<'k> {
    index: ClusterIndex,
    key: &'k [u8],
    octets: &'k [u8],
}

impl State {
    /// Takes in what an earlier run kept of clusters that are registered and have said nothing
    /// yet. Moves of shards are none: answers go on as they were.
    pub fn restore(&mut self, files: &[Kept]) -> Changes {
        let mut changes = Changes::default();
        let found = files.iter().map(|kept| (self.find_cluster(&kept.head.cluster), kept));
        let files: Vec<_> = found.filter_map(|(index, kept)| Some((index?, kept))).collect();
        for &(index, kept) in &files {
            self.restore_cluster(index, kept);
        }
        let mut others = Vec::new();
        let rows = files.iter().map(|(_, kept)| kept.rows.len()).max().unwrap_or(0);
        for first in (0..rows).step_by(STRIDE) {
            for &(index, kept) in &files {
                let rows = kept.rows.iter().skip(first).take(STRIDE);
                self.restore_rows(index, kept, rows, files.len(), &mut others);
            }
        }
        self.index.recount(self.clusters.withdrawn());
        for Other { index, key, octets } in others {
            let shard: Result<Shard, _> = postcard::from_bytes(octets);
            if let Ok(shard) = shard {
                self.set_shard(key, index, self.index.shard(key, index), shard, &mut changes);
            }
        }
        for &(index, _) in &files {
            self.refresh_nodes(index, &mut changes);
            self.clusters.end_restoring(index);
            self.complain_about_cluster(index);
        }
        let uids: BTreeSet<_> = files.iter().map(|(_, kept)| kept.head.uid.as_deref()).collect();
        let changed = self.clusters.match_twins(uids);
        self.complain_about_twins(changed);
        // Also for places that are only shown any more.
        self.rebuild_places();
        // Publishing compiles all of it anyway.
        changes.services.clear();
        changes.local_services.clear();
        (changes.has_header, changes.has_askers) = (true, true);
        self.tell_complaints(&mut changes);
        changes
    }

    fn restore_cluster(&mut self, index: ClusterIndex, kept: &Kept) {
        let Head { as_of, is_complete, uid, .. } = &kept.head;
        let facts = RestoredFacts {
            as_of: *as_of,
            is_complete: *is_complete,
            uid: uid.as_deref(),
            shown: &kept.shown,
            nodes: &kept.nodes,
            shards: kept.rows.len(),
        };
        self.clusters.restore(index, self.deadlines.now(), facts);
    }

    /// Stores the shards from which nothing follows but whether they answer; the rest is for
    /// `others`.
    fn restore_rows<'k>(
        &mut self,
        index: ClusterIndex,
        kept: &'k Kept,
        rows: impl Iterator<Item = &'k Row>,
        clusters: usize,
        others: &mut Vec<Other<'k>>,
    ) {
        let mut restored = RestoredShards::default();
        for row in rows {
            let key = &kept.octets[row.key()];
            let exclusions = row
                .exclusions
                .filter(|_| key.len() <= self.name_room && self.federation_like(key).is_none())
                // What the operator says of a service is no matter of its file.
                .filter(|_| !self.overrides.names(key));
            let octets = &kept.octets[row.shard()];
            let has_endpoints = row.has_endpoints;
            let shard =
                exclusions.map(|exclusions| KeptShard { key, exclusions, has_endpoints, octets });
            if shard.is_some_and(|shard| self.index.put_kept(index, shard, clusters)) {
                restored.shards += 1;
                restored.objects += row.objects as usize;
                restored.taking_part.extend(row.is_labelled.map(|is_labelled| (key, is_labelled)));
            } else {
                others.push(Other { index, key, octets });
            }
        }
        self.clusters.count_restored(index, restored);
    }

    /// Takes in what was kept by service: the last good addresses of hostnames that are named, and
    /// the last healthy ones of services of which nothing is healthy now.
    pub fn restore_services(&mut self, kept: KeptServices) -> Changes {
        let mut changes = Changes::default();
        self.restore_hostnames(kept.hostnames, &mut changes);
        self.restore_last_healthy(kept.last_healthy);
        let now = self.deadlines.told();
        for (key, falls) in kept.falls {
            self.index.restore_falls(&key, falls, self.clusters.withdrawn(), now);
        }
        self.deadlines.set(Deadline::Fallen, self.index.next_change());
        // Publishing compiles all of it anyway, and answers go on as they were.
        changes.services.clear();
        changes.moves.clear();
        self.tell_complaints(&mut changes);
        changes
    }

    fn restore_last_healthy(&mut self, kept: LastHealthy) {
        let is_wanted =
            self.policy.federations.iter().any(|it| it.when_all_down == WhenAllDown::Last);
        if !is_wanted {
            return;
        }
        for (key, sets) in kept {
            self.index.restore_healthy(&key, sets, self.clusters.withdrawn());
        }
        self.index.touch();
    }

    /// A cluster's facts were known to hold until then, though its file is older.
    pub fn note_heard(&mut self, cluster: &Label, as_of: u64) {
        if let Some(index) = self.find_cluster(cluster) {
            self.clusters.note_heard(index, as_of);
        }
    }
}
