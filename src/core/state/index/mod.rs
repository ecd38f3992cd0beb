//! The index of services: their shards, and what is counted or remembered over all of those.
//!
//! In: shards, with what policy made of them, and what an earlier run kept. Out: shards again; how
//! many services each namespace publishes; how services do; the last healthy addresses.
//! Whatever was put in and taken out, the counts are what counting anew would give.
//! Does not know policy, places, nor what a change of a shard means to anybody.

mod fallen;
mod services;
mod falls;
mod overview;
mod naming;

use std::collections::HashMap;
use std::net::IpAddr;

use crate::core::policy::Publish;
use crate::core::service::{Exclusion, Shard};
use crate::core::time::Moment;
use crate::core::topology::{ClusterIndex, ClusterSet};
use crate::core::view::ViewId;

use super::CLASSES;
use super::health::Health;

use fallen::Fallen;
pub(super) use fallen::{KeptFalls, Turn};
pub use overview::Overview;
pub(super) use services::Entry;
use services::{PackedShard, Services, Tallies};

/// Addresses for each of [`CLASSES`].
pub(super) type Sets = [Vec<IpAddr>; 2];

/// All services.
#[derive(Debug, Default)]
pub(super) struct ServiceIndex {
    services: Services,
    /// How many services each namespace, a label in wire form, publishes in each class.
    namespaces: HashMap<Box<[u8]>, [u32; 2]>,
    /// How many services are published in each class.
    published: [u32; 2],
    /// How many services do how in each class, in the order of [`Health::ALL`]: those that are down count
    /// among the idle ones here.
    health: [[u32; Health::ALL.len()]; 2],
    /// Those that did well and do not answer now.
    fallen: Fallen,
    /// What is told is as of then.
    now: Moment,
    /// By service: the last healthy addresses of each class, while none is healthy.
    last_healthy: HashMap<Box<[u8]>, Sets>,
    /// Goes up whenever something changes that is kept by service and stands here.
    revision: u64,
}

/// A shard that an earlier run kept, as it stands in its file.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeptShard<'k> {
    pub(super) key: &'k [u8],
    pub(super) exclusions: [Option<Exclusion>; 2],
    pub(super) has_endpoints: bool,
    pub(super) octets: &'k [u8],
}

/// A service that fell, or answers again.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Turned {
    pub(super) key: Box<[u8]>,
    /// In each class.
    pub(super) turns: [Option<Turn>; 2],
}

/// What storing a shard came to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Stored {
    /// How many shards the service had.
    pub(super) shards_before: usize,
    /// How many it has.
    pub(super) shards_after: usize,
    /// Its namespace, a label in wire form, where the first service was published or the last one
    /// withdrawn there.
    pub(super) namespace: Option<Box<[u8]>>,
    /// Whether it fell in a class, or answers again.
    pub(super) turns: [Option<Turn>; 2],
}

impl ServiceIndex {
    /// How many services some cluster has a shard of.
    pub(super) fn len(&self) -> usize {
        self.services.len()
    }

    /// All services, in no order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.services.iter()
    }

    /// Some services by where they are stored: one that is taken out is replaced by the last.
    pub(super) fn range(&self, range: std::ops::Range<usize>) -> &[Entry] {
        self.services.range(range)
    }

    /// All services as lists show them, in no order.
    pub(super) fn overviews<'s>(
        &'s self,
        withdrawn: &'s ClusterSet,
    ) -> impl Iterator<Item = Overview<'s>> {
        self.services.iter().map(|entry| Overview::new(entry, withdrawn, &self.fallen))
    }

    /// The shards of a service, ordered by cluster number.
    pub(super) fn shards(&self, key: &[u8]) -> impl Iterator<Item = (ClusterIndex, Shard)> {
        self.packed_shards(key).iter().map(|packed| (packed.cluster, packed.unpack()))
    }

    /// The clusters that have a shard of a service, ordered by number.
    pub(super) fn having(&self, key: &[u8]) -> impl Iterator<Item = ClusterIndex> {
        self.packed_shards(key).iter().map(|packed| packed.cluster)
    }

    /// Those of them whose shards answer in a class while their clusters do.
    pub(super) fn answering(&self, key: &[u8], class: usize) -> impl Iterator<Item = ClusterIndex> {
        let shards = self.packed_shards(key).iter();
        shards.filter(move |packed| packed.answers(class)).map(|packed| packed.cluster)
    }

    fn packed_shards(&self, key: &[u8]) -> &[PackedShard] {
        self.services.find(key).map_or(&[][..], |entry| &entry.shards)
    }

    /// One cluster's shard of a service.
    pub(super) fn shard(&self, key: &[u8], cluster: ClusterIndex) -> Option<Shard> {
        Some(self.services.find(key)?.shard(cluster)?.unpack())
    }

    /// The same, packed.
    pub(super) fn packed(&self, key: &[u8], cluster: ClusterIndex) -> Option<&[u8]> {
        Some(self.services.find(key)?.shard(cluster)?.octets())
    }

    /// The same, if it names a hostname; the others are not unpacked.
    pub(super) fn shard_with_hostnames(&self, key: &[u8], cluster: ClusterIndex) -> Option<Shard> {
        let packed = self.services.find(key)?.shard(cluster)?;
        packed.has_hostnames.then(|| packed.unpack())
    }

    /// All shards that name a hostname, in no order.
    pub(super) fn with_hostnames(&self) -> impl Iterator<Item = (&[u8], ClusterIndex, Shard)> {
        self.services.iter().flat_map(|entry| {
            let named = entry.shards.iter().filter(|shard| shard.has_hostnames);
            named.map(|shard| (&*entry.key, shard.cluster, shard.unpack()))
        })
    }

    /// The services of which a cluster has a shard, in the order of their keys.
    pub(super) fn keys_of(&self, cluster: ClusterIndex) -> Vec<Box<[u8]>> {
        let of_cluster = self.services.iter().filter(|entry| entry.shard(cluster).is_some());
        let mut keys: Vec<_> = of_cluster.map(|entry| entry.key.clone()).collect();
        keys.sort_unstable();
        keys
    }

    /// Stores a shard, with why it does not answer in each class. Empty it is taken out, and so is a
    /// service without shards. Clusters in `withdrawn` do not answer.
    pub(super) fn put(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        exclusions: [Option<Exclusion>; 2],
        new: &Shard,
        withdrawn: &ClusterSet,
    ) -> Stored {
        let packed = (!new.is_empty()).then(|| PackedShard::pack(cluster, exclusions, new));
        let Tallies { before, after } =
            self.services.entry(key).exchange(cluster, packed, withdrawn);
        let turns = self.follow_fall(key, before.health(), after.standings());
        if after.shards == 0 {
            self.services.remove(key);
            self.last_healthy.remove(key);
        }
        self.count_health(before.health(), after.health());
        let namespace = self.count_namespace(key, before.published(), after.published());
        let [shards_before, shards_after] = [before, after].map(|it| it.shards as usize);
        Stored { shards_before, shards_after, namespace, turns }
    }

    /// Replaces a shard by one that says the same.
    pub(super) fn repack(&mut self, key: &[u8], cluster: ClusterIndex, new: &Shard) {
        self.services.entry(key).repack(cluster, new);
    }

    /// Keeps how many services do how in each class.
    fn count_health(&mut self, before: Option<[Health; 2]>, after: Option<[Health; 2]>) {
        for class in 0..CLASSES.len() {
            if let Some(before) = before {
                self.health[class][before[class].index()] -= 1;
            }
            if let Some(after) = after {
                self.health[class][after[class].index()] += 1;
            }
        }
    }

    /// Keeps how many services each namespace publishes in each class; the namespace, where it
    /// publishes its first one or no more.
    fn count_namespace(
        &mut self,
        key: &[u8],
        before: [bool; 2],
        after: [bool; 2],
    ) -> Option<Box<[u8]>> {
        if before == after {
            return None;
        }
        let namespace: Box<[u8]> = key[1 + usize::from(key[0])..].into();
        let counts = self.namespaces.entry(namespace.clone()).or_default();
        let was = counts.map(|count| count > 0);
        for class in 0..CLASSES.len() {
            for count in [&mut counts[class], &mut self.published[class]] {
                *count = *count + u32::from(after[class]) - u32::from(before[class]);
            }
        }
        let is = counts.map(|count| count > 0);
        if is == [false; 2] {
            self.namespaces.remove(&namespace);
        }
        (was != is).then_some(namespace)
    }

    /// How many services of a namespace (its label in wire form) are published in each class.
    pub(super) fn published_in(&self, namespace: &[u8]) -> [u32; 2] {
        self.namespaces.get(namespace).copied().unwrap_or_default()
    }

    /// How many services are published in each class.
    pub(super) fn published(&self) -> [u32; 2] {
        self.published
    }

    /// How many services do how in federations that take part as `publish` says.
    pub(super) fn health_counts(&self, publish: Publish) -> impl Iterator<Item = (Health, u32)> {
        let class = ViewId::of(publish).index();
        let (mut counts, down) = (self.health[class], self.fallen.missed(class));
        counts[Health::Idle.index()] -= down;
        counts[Health::Down.index()] += down;
        Health::ALL.into_iter().zip(counts)
    }

    /// The addresses that were healthy last, while none is; empty where none was seen.
    pub(super) fn last_healthy(&self, key: &[u8], publish: Publish) -> &[IpAddr] {
        self.last_healthy.get(key).map_or(&[], |sets| &sets[ViewId::of(publish).index()])
    }

    /// The same of all classes; `None` where there are none.
    pub(super) fn last_healthy_sets(&self, key: &[u8]) -> Option<&Sets> {
        self.last_healthy.get(key)
    }

    /// Keeps the last healthy addresses of a service.
    pub(super) fn remember_healthy(&mut self, key: &[u8], sets: Sets) {
        if self.last_healthy.get(key).map_or(&Sets::default(), |it| it) == &sets {
            return;
        }
        self.revision += 1;
        if sets.iter().all(Vec::is_empty) {
            self.last_healthy.remove(key);
        } else {
            self.last_healthy.insert(key.into(), sets);
        }
    }

    /// Takes in what an earlier run remembered of a service: of each class in which nothing is
    /// healthy now.
    pub(super) fn restore_healthy(&mut self, key: &[u8], mut sets: Sets, withdrawn: &ClusterSet) {
        let found = self.services.find(key).and_then(|it| it.health(withdrawn));
        let Some(health) = found else { return };
        for class in 0..CLASSES.len() {
            if health[class].answers() {
                sets[class].clear();
            }
        }
        if sets.iter().any(|set| !set.is_empty()) {
            self.last_healthy.insert(key.into(), sets);
        }
    }

    /// What is kept by service and stands here has changed.
    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }

    /// Another number whenever something changes that is kept by service and stands here.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Stores a shard that an earlier run kept of one of so many clusters, unless there is one.
    /// Nothing is counted until [`ServiceIndex::recount`].
    pub(super) fn put_kept(
        &mut self,
        cluster: ClusterIndex,
        kept: KeptShard<'_>,
        clusters: usize,
    ) -> bool {
        let entry = self.services.entry(kept.key);
        if entry.shard(cluster).is_some() {
            return false;
        }
        if entry.shards.is_empty() {
            entry.shards.reserve_exact(clusters);
        }
        entry.put(PackedShard::kept(cluster, kept));
        true
    }

    /// Counts anew what is counted over all services.
    pub(super) fn recount(&mut self, withdrawn: &ClusterSet) {
        self.recount_health(withdrawn);
        self.published = [0; 2];
        let mut namespaces: HashMap<Box<[u8]>, [u32; 2]> = HashMap::new();
        for entry in self.services.iter_mut() {
            entry.shards.shrink_to_fit();
            let published = entry.tally(withdrawn).published();
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
    fn recount_health(&mut self, withdrawn: &ClusterSet) {
        self.health = [[0; Health::ALL.len()]; 2];
        for health in self.services.iter().filter_map(|entry| entry.health(withdrawn)) {
            for (counts, health) in self.health.iter_mut().zip(health) {
                counts[health.index()] += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests;
