//! Facts that an earlier run kept: they answer until their cluster has been read again.
//!
//! In: [`Kept`] files of registered clusters. Out: ground state as it was. What the cluster does
//! not list, once it has been read in whole, is gone then, unless that is so much that the withdraw
//! guard holds it; that its source holds nothing at all is not believed. Does not know files.

use std::collections::{BTreeSet, HashMap};

use crate::core::name::Label;
use crate::core::policy::WhenAllDown;
use crate::core::service::{Shard, SourceId};
use crate::core::time::Moment;

use super::changes::Changes;
use super::cluster::{ClusterIndex, Emptied, Restored, SyncState};
use super::health::Health;
use super::kept::{Head, Kept, KeptServices, LastHealthy, Row};
use super::services::PackedShard;
use super::{CLASSES, State};

/// Rows of one cluster that are taken before those of the next. Clusters mostly keep services in the
/// same order: what one of them touched is still in the cache when the next one comes to it.
const STRIDE: usize = 1024;

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
                self.restore_rows(index, (kept, rows), files.len(), &mut others);
            }
        }
        self.recount();
        for (index, kept, row) in others {
            let shard: Result<Shard, _> = postcard::from_bytes(&kept.octets[row.shard()]);
            let key = &kept.octets[row.key()];
            if let Ok(shard) = shard {
                self.set_shard(key, index, self.shard(key, index), shard, &mut changes);
            }
        }
        for &(index, _) in &files {
            self.refresh_nodes(index, &mut changes);
            self.cluster_mut(index).sync = SyncState::Restored;
            self.complain_about_cluster(index);
        }
        let uids: BTreeSet<_> = files.iter().map(|(_, kept)| kept.head.uid.as_deref()).collect();
        self.match_twins(uids);
        // Also for places that are only shown any more.
        self.rebuild_places();
        // Publishing compiles all of it anyway.
        changes.services.clear();
        changes.local_services.clear();
        changes.has_header = true;
        self.tell_complaints(&mut changes);
        changes
    }

    fn restore_cluster(&mut self, index: ClusterIndex, kept: &Kept) {
        let since = self.now;
        let cluster = self.cluster_mut(index);
        let Head { as_of, is_complete, uid, .. } = &kept.head;
        let (as_of, is_complete) = (*as_of, *is_complete);
        let of = [kept.rows.len(), kept.nodes.len()];
        cluster.restored = Some(Restored { since, as_of, is_complete, of });
        cluster.uid.clone_from(uid);
        cluster.shown.extend(kept.shown.iter().cloned());
        let of_former =
            |(name, facts): &(Box<str>, _)| (name.clone(), (SourceId::FORMER, Clone::clone(facts)));
        cluster.nodes.extend(kept.nodes.iter().map(of_former));
    }

    /// Stores the shards from which nothing follows but whether they answer; the rest is for
    /// `others`.
    fn restore_rows<'k>(
        &mut self,
        index: ClusterIndex,
        (kept, rows): (&'k Kept, impl Iterator<Item = &'k Row>),
        clusters: usize,
        others: &mut Vec<(ClusterIndex, &'k Kept, &'k Row)>,
    ) {
        let (mut shards, mut objects, mut local) = (0, 0, Vec::new());
        for row in rows {
            let key = &kept.octets[row.key()];
            let exclusions = row
                .exclusions
                .filter(|_| key.len() <= self.name_room && self.federation_like(key).is_none());
            let entry = exclusions.map(|exclusions| (exclusions, self.services.entry(key)));
            match entry {
                Some((exclusions, entry)) if entry.shard(index).is_none() => {
                    if entry.shards.is_empty() {
                        entry.shards.reserve_exact(clusters);
                    }
                    let octets = &kept.octets[row.shard()];
                    entry.put(PackedShard::kept(index, exclusions, octets));
                    shards += 1;
                    objects += row.objects as usize;
                    local.extend(row.is_labelled.map(|is_labelled| (key, is_labelled)));
                }
                _ => others.push((index, kept, row)),
            }
        }
        let cluster = self.cluster_mut(index);
        cluster.shards += shards;
        cluster.count_restored(objects);
        local
            .into_iter()
            .for_each(|(key, is_labelled)| cluster.count_restored_local(key, is_labelled));
    }

    /// Counts anew what is counted over all services.
    fn recount(&mut self) {
        self.recount_health();
        self.published = [0; 2];
        let mut namespaces: HashMap<Box<[u8]>, [u32; 2]> = HashMap::new();
        for entry in self.services.iter_mut() {
            entry.shards.shrink_to_fit();
            let published = entry.published();
            for (count, is_published) in self.published.iter_mut().zip(published) {
                *count += u32::from(is_published);
            }
            if published != [false; 2] {
                let label = &entry.key[1 + usize::from(entry.key[0])..];
                let counts = match namespaces.get_mut(label) {
                    Some(counts) => counts,
                    None => namespaces.entry(label.into()).or_default(),
                };
                (0..CLASSES.len()).for_each(|class| counts[class] += u32::from(published[class]));
            }
        }
        self.namespaces = namespaces;
    }

    /// Counts anew how many services do how.
    pub(super) fn recount_health(&mut self) {
        self.health = [[0; Health::ALL.len()]; 2];
        for health in self.services.iter().filter_map(|entry| entry.health(&self.withdrawn)) {
            for (counts, health) in self.health.iter_mut().zip(health) {
                counts[health.index()] += 1;
            }
        }
    }

    /// Takes in what was kept by service: the last good addresses of hostnames that are named, and
    /// the last healthy ones of services of which nothing is healthy now.
    pub fn restore_services(&mut self, kept: KeptServices) -> Changes {
        let mut changes = Changes::default();
        self.restore_hostnames(kept.hostnames, &mut changes);
        self.restore_last_healthy(kept.last_healthy);
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
        for (key, mut sets) in kept {
            let Some(health) = self.services.find(&key).and_then(|it| it.health(&self.withdrawn))
            else {
                continue;
            };
            for class in 0..CLASSES.len() {
                if !matches!(health[class], Health::Down | Health::Unpublished) {
                    sets[class].clear();
                }
            }
            if sets.iter().any(|set| !set.is_empty()) {
                self.last_healthy.insert(key.into(), sets);
            }
        }
        self.services_revision += 1;
    }

    /// A cluster's facts were known to hold until then, though its file is older.
    pub fn note_heard(&mut self, cluster: &Label, as_of: u64) {
        let Some(index) = self.find_cluster(cluster) else { return };
        if let Some(restored) = &mut self.cluster_mut(index).restored {
            restored.as_of = restored.as_of.max(as_of);
        }
    }

    /// Every source of a cluster has been read once. What was kept and is listed no more is gone,
    /// unless something could not be read, which may be just that, or too much of it is absent: then
    /// all that was kept stays until everything has been listed once more.
    pub(super) fn note_synced(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        is_complete: bool,
        changes: &mut Changes,
    ) {
        let cluster = self.cluster_mut(index);
        if let Some(broken) = &mut cluster.broken {
            broken.unheard = None;
        }
        // An empty folder is mostly one whose file system is not mounted.
        if cluster.restored.is_some() && cluster.has_former() && !cluster.has_read() {
            let since = cluster.emptied.map_or(now, |emptied| emptied.since);
            cluster.emptied = Some(Emptied { since, is_complete });
            self.complain_about_cluster(index);
            return;
        }
        cluster.emptied = None;
        if is_complete && self.holds_former(index, now, changes) {
            return;
        }
        let cluster = self.cluster_mut(index);
        let sync = if is_complete { SyncState::Synced } else { SyncState::Partial };
        let has_changed = cluster.sync != sync || cluster.restored.is_some();
        changes.has_header |= cluster.sync != sync;
        cluster.sync = sync;
        // Of files that could not be read anew yet there is only what was read before.
        if is_complete || (cluster.restored.is_none() && cluster.broken.is_none()) {
            cluster.restored = None;
            self.forget_former(index, changes);
        }
        if has_changed {
            self.touch(index);
        }
        self.complain_about_cluster(index);
    }

    /// A source that was not believed, because it held nothing, holds something now.
    pub(super) fn believe(&mut self, index: ClusterIndex, now: Moment, changes: &mut Changes) {
        let cluster = self.cluster(index);
        if let Some(emptied) = cluster.emptied.filter(|_| cluster.has_read()) {
            self.note_synced(index, now, emptied.is_complete, changes);
        }
    }

    /// What is kept of a cluster has changed.
    pub(super) fn touch(&mut self, index: ClusterIndex) {
        self.kept_revision += 1;
        let revision = self.kept_revision;
        self.cluster_mut(index).kept_revision = revision;
    }
}
