//! The shards of all services, kept small: a service is a key and one packed shard a cluster.
//!
//! In: shards. Out: shards. Packed they take some 40 octets each, which decides the memory of
//! the whole program: there are as many as services times clusters.
//! Does not know policy, places, nor what is counted over all services.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use crate::core::service::{Exclusion, ServiceFacts, Shard};
use crate::core::topology::{ClusterIndex, ClusterSet};

use super::super::health::Health;
use super::KeptShard;
use super::fallen::Standing;

/// One shard, packed, with what policy made of it when it was stored.
#[derive(Clone, Debug)]
pub(in crate::core::state) struct PackedShard {
    pub(in crate::core::state) cluster: ClusterIndex,
    /// Why it does not answer, for [`crate::core::state::CLASSES`] in their order.
    exclusions: [Option<Exclusion>; 2],
    /// Whether it names hostnames.
    pub(in crate::core::state) has_hostnames: bool,
    /// Whether its cluster has an endpoint of it, ready or not.
    has_endpoints: bool,
    octets: Box<[u8]>,
}

impl PackedShard {
    pub(super) fn pack(
        cluster: ClusterIndex,
        exclusions: [Option<Exclusion>; 2],
        shard: &Shard,
    ) -> Self {
        // Room for nearly all of them from the start: growing octet by octet takes as long as
        // all the rest of storing a shard.
        let octets = postcard::to_extend(shard, Vec::with_capacity(256))
            .expect("a shard holds nothing that can not be packed");
        let facts = shard.facts();
        let has_hostnames = facts.is_some_and(ServiceFacts::has_hostnames);
        let has_endpoints = shard.has_endpoints();
        Self { cluster, exclusions, has_hostnames, has_endpoints, octets: octets.as_slice().into() }
    }

    /// A shard that stands packed in a file, was evaluated when it was read, and names no hostname.
    pub(super) fn kept(cluster: ClusterIndex, kept: KeptShard<'_>) -> Self {
        let KeptShard { exclusions, has_endpoints, octets, .. } = kept;
        Self { cluster, exclusions, has_hostnames: false, has_endpoints, octets: octets.into() }
    }

    pub(in crate::core::state) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// Whether it answers in a class, while its cluster does.
    pub(super) fn answers(&self, class: usize) -> bool {
        self.exclusions[class].is_none()
    }

    pub(in crate::core::state) fn unpack(&self) -> Shard {
        postcard::from_bytes(&self.octets).expect("what pack wrote can be read")
    }

    /// How it counts while these clusters do not answer.
    fn tally(&self, withdrawn: &ClusterSet) -> Tally {
        let is_heard = !withdrawn.contains(self.cluster);
        Tally {
            shards: 1,
            published: self.exclusions.map(|it| u32::from(it.is_none_or(Exclusion::is_published))),
            healthy: self.exclusions.map(|it| u32::from(it.is_none() && is_heard)),
            alive: self
                .exclusions
                .map(|it| u32::from(self.has_endpoints && it.is_none_or(Exclusion::is_published))),
        }
    }
}

/// How many shards a service has, and how they do in each class.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) shards: u32,
    published: [u32; 2],
    healthy: [u32; 2],
    /// Those that are published and whose clusters have an endpoint of it, ready or not.
    alive: [u32; 2],
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.shards += other.shards;
        for class in 0..2 {
            self.published[class] += other.published[class];
            self.healthy[class] += other.healthy[class];
            self.alive[class] += other.alive[class];
        }
    }

    fn take(&mut self, other: Self) {
        self.shards -= other.shards;
        for class in 0..2 {
            self.published[class] -= other.published[class];
            self.healthy[class] -= other.healthy[class];
            self.alive[class] -= other.alive[class];
        }
    }

    pub(super) fn published(&self) -> [bool; 2] {
        self.published.map(|count| count > 0)
    }

    /// How the service does in each class; `None` where nothing is left of it.
    pub(super) fn health(&self) -> Option<[Health; 2]> {
        let health =
            |class: usize| Health::of(self.healthy[class] as usize, self.published[class] as usize);
        (self.shards > 0).then(|| [0, 1].map(health))
    }

    /// The same, and whether some cluster that publishes it in that class has an endpoint of it.
    pub(super) fn standings(&self) -> Option<[Standing; 2]> {
        let health = self.health()?;
        let standing =
            |class: usize| Standing { health: health[class], has_endpoints: self.alive[class] > 0 };
        Some([0, 1].map(standing))
    }
}

/// A service before and after one of its shards is another one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tallies {
    pub(super) before: Tally,
    pub(super) after: Tally,
}

/// One service: its shards, ordered by cluster.
#[derive(Clone, Debug)]
pub(in crate::core::state) struct Entry {
    /// [`crate::core::service::ServiceKey::wire`].
    pub(in crate::core::state) key: Box<[u8]>,
    pub(super) shards: Vec<PackedShard>,
}

impl Entry {
    pub(in crate::core::state) fn shard(&self, cluster: ClusterIndex) -> Option<&PackedShard> {
        self.position(cluster).ok().map(|index| &self.shards[index])
    }

    fn position(&self, cluster: ClusterIndex) -> Result<usize, usize> {
        self.shards.binary_search_by_key(&cluster, |shard| shard.cluster)
    }

    /// Puts a shard in; the one that it replaces.
    pub(super) fn put(&mut self, shard: PackedShard) -> Option<PackedShard> {
        match self.position(shard.cluster) {
            Ok(index) => Some(std::mem::replace(&mut self.shards[index], shard)),
            Err(index) => {
                // Services are many and their clusters few: doubling would waste half of it.
                self.shards.reserve_exact(1);
                self.shards.insert(index, shard);
                None
            }
        }
    }

    /// Puts a shard in, or takes a cluster's out where there is none; what counts before and after that
    /// while the clusters in `withdrawn` do not answer. Looks at all shards once.
    pub(super) fn exchange(
        &mut self,
        cluster: ClusterIndex,
        new: Option<PackedShard>,
        withdrawn: &ClusterSet,
    ) -> Tallies {
        let before = self.tally(withdrawn);
        let mut after = before;
        let new_tally = new.as_ref().map(|new| new.tally(withdrawn));
        let old = match new {
            Some(new) => self.put(new),
            None => self.remove(cluster),
        };
        old.iter().for_each(|old| after.take(old.tally(withdrawn)));
        new_tally.into_iter().for_each(|new| after.add(new));
        Tallies { before, after }
    }

    /// Replaces a shard by one that says the same.
    pub(super) fn repack(&mut self, cluster: ClusterIndex, shard: &Shard) {
        if let Ok(index) = self.position(cluster) {
            let exclusions = self.shards[index].exclusions;
            self.shards[index] = PackedShard::pack(cluster, exclusions, shard);
        }
    }

    fn remove(&mut self, cluster: ClusterIndex) -> Option<PackedShard> {
        let index = self.position(cluster).ok()?;
        Some(self.shards.remove(index))
    }

    /// How its shards count while these clusters do not answer.
    pub(super) fn tally(&self, withdrawn: &ClusterSet) -> Tally {
        let mut tally = Tally::default();
        self.shards.iter().for_each(|shard| tally.add(shard.tally(withdrawn)));
        tally
    }

    /// How it does in each class while these clusters do not answer; `None` where nothing is left of it.
    pub(super) fn health(&self, withdrawn: &ClusterSet) -> Option<[Health; 2]> {
        self.tally(withdrawn).health()
    }

    /// How many of its published shards do not answer in each class.
    pub(super) fn left_out(&self, withdrawn: &ClusterSet) -> [u32; 2] {
        let Tally { published, healthy, .. } = self.tally(withdrawn);
        [0, 1].map(|class| published[class] - healthy[class])
    }
}

/// All services, by key.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    entries: Vec<Entry>,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl Services {
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut()
    }

    pub(super) fn range(&self, range: Range<usize>) -> &[Entry] {
        &self.entries[range]
    }

    pub(super) fn find(&self, key: &[u8]) -> Option<&Entry> {
        let hash = hash(&self.hasher, key);
        let found = self.index.find(hash, |&at| *self.entries[at as usize].key == *key)?;
        Some(&self.entries[*found as usize])
    }

    /// The entry of `key`, made now if there is none.
    pub(super) fn entry(&mut self, key: &[u8]) -> &mut Entry {
        let hash = hash(&self.hasher, key);
        let found = self.index.find(hash, |&at| *self.entries[at as usize].key == *key);
        let at = match found {
            Some(&at) => at,
            None => {
                let at = self.entries.len() as u32;
                self.entries.push(Entry { key: key.into(), shards: Vec::new() });
                let (entries, hasher) = (&self.entries, &self.hasher);
                self.index
                    .insert_unique(hash, at, |&at| self::hash(hasher, &entries[at as usize].key));
                at
            }
        };
        &mut self.entries[at as usize]
    }

    /// Removes the entry of `key`.
    pub(super) fn remove(&mut self, key: &[u8]) {
        let hash = hash(&self.hasher, key);
        let is_it = |entries: &[Entry], at: u32| *entries[at as usize].key == *key;
        let Ok(found) = self.index.find_entry(hash, |&at| is_it(&self.entries, at)) else { return };
        let (at, _) = found.remove();
        // The last entry moves into the gap, so its number in the index must follow it.
        let last = self.entries.len() as u32 - 1;
        self.entries.swap_remove(at as usize);
        if at != last {
            let moved = self::hash(&self.hasher, &self.entries[at as usize].key);
            let slot = self.index.find_mut(moved, |&it| it == last);
            *slot.expect("every entry stands in the index") = at;
        }
    }
}

fn hash(hasher: &FixedState, key: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(key);
    state.finish()
}
