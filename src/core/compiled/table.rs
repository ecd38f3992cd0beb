//! The table: every compiled service and every namespace, found by one hash.
//!
//! ```text
//! root -> 64 branches -> 64 leaves each -> one arena of some records
//! leaf: (hash u32, at u32) a slot, at 0 = empty | records | padding
//!       its length modulo 32 is the logarithm of the number of slots: the length stands in the
//!       branch, so that a look-up goes to its slot at once and misses the cache once less
//! ```
//!
//! In: records to put or remove. Out: a new root that shares all it did not touch with the old
//! one, so that one change copies a few kilobytes whatever the size. Readers hold a root and are
//! never disturbed. Does not know what a record says behind its key.

use std::hash::{BuildHasher, Hasher};
use std::sync::{Arc, LazyLock};

use foldhash::quality::FixedState;

use super::number::{read_u32, read_u64};
use super::record::split_key;

const FANOUT: usize = 64;
const SLOT: usize = 8;
/// A leaf's length tells by its remainder how many slots it has.
const LENGTHS: usize = 32;
/// Octets of a line of memory, which processors load whole.
const LINE: usize = 64;
/// Length octets before each record in a leaf.
const RECORD_HEADER: usize = 4;

type Leaf = Arc<[u8]>;
type Branch = Arc<[Leaf; FANOUT]>;

static EMPTY_BRANCH: LazyLock<Branch> = LazyLock::new(|| {
    let empty: Leaf = Arc::from(build_leaf(&[]));
    Arc::new(std::array::from_fn(|_| empty.clone()))
});

/// An immutable table; cloning copies one pointer.
#[derive(Clone, Debug)]
pub struct Table {
    root: Arc<[Branch; FANOUT]>,
    hasher: FixedState,
}

impl Default for Table {
    fn default() -> Self {
        Self::new(0)
    }
}

/// A change of one record: its octets, or `None` to remove it. The key is the record's.
pub(super) type Patch = (Box<[u8]>, Option<Vec<u8>>);

impl Table {
    /// An empty table whose hash starts from `seed`.
    pub fn new(seed: u64) -> Self {
        let root = Arc::new(std::array::from_fn(|_| EMPTY_BRANCH.clone()));
        Self { root, hasher: FixedState::with_seed(seed) }
    }

    /// The record with this key.
    pub fn find(&self, key: &[u8]) -> Option<&[u8]> {
        self.find_hashed(key, self.hash(key))
    }

    /// The record with this key, whose [`Self::hash`] is known.
    pub fn find_hashed(&self, key: &[u8], hash: u64) -> Option<&[u8]> {
        let leaf = self.leaf(hash);
        let mask = slots_of(leaf) - 1;
        let mut slot = hash as usize & mask;
        loop {
            let (tag, at) = slot_at(leaf, slot);
            if at == 0 {
                return None;
            }
            if tag == hash as u32 {
                let record = record_at(leaf, at);
                if split_key(record).0 == key {
                    return Some(record);
                }
            }
            slot = (slot + 1) & mask;
        }
    }

    /// Loads the slot that a look-up begins at; gives where its record stands in the leaf. Slot and
    /// record are each a wait for memory: whoever has several look-ups to do does this for all of
    /// them, then [`Self::load_record`], and waits for all at once.
    pub fn load_slot(&self, hash: u64) -> usize {
        let leaf = self.leaf(hash);
        slot_at(leaf, hash as usize & (slots_of(leaf) - 1)).1
    }

    /// Loads the beginning of the record that stands there, of which most are no longer; gives what is made
    /// of an octet of each line of memory.
    pub fn load_record(&self, hash: u64, at: usize) -> u8 {
        let leaf = self.leaf(hash);
        let octet = |at: usize| leaf.get(at).copied().unwrap_or(0);
        let start = at + RECORD_HEADER;
        octet(start) ^ octet(start + LINE)
    }

    fn leaf(&self, hash: u64) -> &[u8] {
        let (branch, leaf) = position(hash);
        &self.root[branch][leaf]
    }

    /// Applies patches. Each touched leaf is built once, however many patches it gets.
    pub(super) fn patch(&mut self, patches: Vec<Patch>) {
        let place = |patch: Patch| (position(self.hash(&patch.0)), patch);
        let mut placed: Vec<_> = patches.into_iter().map(place).collect();
        // The sort is stable: of a key patched twice the last patch stays behind the others.
        placed.sort_by(|(a, (one, _)), (b, (other, _))| a.cmp(b).then_with(|| one.cmp(other)));
        let root = Arc::make_mut(&mut self.root);
        for patches in placed.chunk_by(|(one, _), (other, _)| one == other) {
            let (branch, leaf) = patches[0].0;
            let leaf = &mut Arc::make_mut(&mut root[branch])[leaf];
            *leaf = patched(leaf, patches, &self.hasher);
        }
    }

    /// All records, in no order.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        self.root.iter().flat_map(|branch| branch.iter()).flat_map(|leaf| records_of(leaf))
    }

    /// Octets that all leaves take.
    pub fn size(&self) -> usize {
        self.root.iter().flat_map(|branch| branch.iter()).map(|leaf| leaf.len()).sum()
    }

    /// The hash of a key: the same in every table with this one's seed.
    pub fn hash(&self, key: &[u8]) -> u64 {
        hash(&self.hasher, key)
    }
}

fn hash(hasher: &FixedState, key: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(key);
    state.finish()
}

/// Branch and leaf.
type Position = (usize, usize);

/// Branch and leaf of a hash: its upper bits. The slot in the leaf takes the lower ones.
fn position(hash: u64) -> Position {
    ((hash >> 58) as usize, (hash >> 52) as usize & (FANOUT - 1))
}

/// The leaf after patches that are sorted by key; of a key patched twice the last one counts.
fn patched(leaf: &[u8], patches: &[(Position, Patch)], hasher: &FixedState) -> Leaf {
    let is_patched =
        |key: &[u8]| patches.binary_search_by(|(_, patch)| (*patch.0).cmp(key)).is_ok();
    let kept = records_of(leaf).filter(|record| !is_patched(split_key(record).0));
    let last = patches.chunk_by(|(_, one), (_, other)| one.0 == other.0).filter_map(<[_]>::last);
    let new = last.filter_map(|(_, (_, record))| record.as_deref());
    let records: Vec<_> =
        kept.chain(new).map(|record| (hash(hasher, split_key(record).0), record)).collect();
    Arc::from(build_leaf(&records))
}

/// Lays out records behind a table of slots that is at most half full.
fn build_leaf(records: &[(u64, &[u8])]) -> Vec<u8> {
    let slots = (records.len() * 2).next_power_of_two().max(1);
    // With one slot there is no empty one behind a record: a look-up must end somewhere.
    let slots = if records.is_empty() { 1 } else { slots.max(2) };
    let records_at = slots * SLOT;
    let size: usize = records.iter().map(|(_, record)| RECORD_HEADER + record.len()).sum();
    let mut leaf = vec![0; records_at];
    leaf.reserve_exact(size + LENGTHS);
    for (hash, record) in records {
        let mut slot = *hash as usize & (slots - 1);
        while slot_at(&leaf, slot).1 != 0 {
            slot = (slot + 1) & (slots - 1);
        }
        let at = leaf.len() as u32;
        leaf[slot * SLOT..][..4].copy_from_slice(&(*hash as u32).to_le_bytes());
        leaf[slot * SLOT + 4..][..4].copy_from_slice(&at.to_le_bytes());
        leaf.extend_from_slice(&(record.len() as u32).to_le_bytes());
        leaf.extend_from_slice(record);
    }
    let logarithm = slots.trailing_zeros() as usize;
    let padding = (logarithm + LENGTHS - leaf.len() % LENGTHS) % LENGTHS;
    leaf.resize(leaf.len() + padding, 0);
    leaf
}

/// How many slots a leaf has.
fn slots_of(leaf: &[u8]) -> usize {
    1 << (leaf.len() % LENGTHS)
}

/// A slot's tag, and where its record stands; 0 for an empty one.
fn slot_at(leaf: &[u8], slot: usize) -> (u32, usize) {
    let both = read_u64(leaf, slot * SLOT);
    (both as u32, (both >> 32) as usize)
}

fn record_at(leaf: &[u8], at: usize) -> &[u8] {
    let length = read_u32(leaf, at) as usize;
    &leaf[at + RECORD_HEADER..][..length]
}

fn records_of(leaf: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slots = (0..slots_of(leaf)).map(|slot| slot_at(leaf, slot).1);
    slots.filter(|&at| at != 0).map(|at| record_at(leaf, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u32, content: u8) -> Patch {
        let key = [&[4][..], &number.to_le_bytes()].concat();
        let octets = [&[key.len() as u8], &key[..], &[content]].concat();
        (key.into(), Some(octets))
    }

    #[test]
    fn finds_what_was_put_and_leaves_old_tables_alone() {
        let mut table = Table::new(7);
        table.patch((0..50_000).map(|number| record(number, 1)).collect());
        let old = table.clone();
        table.patch(vec![record(17, 2), (record(18, 0).0, None), record(17, 3)]);
        let content = |table: &Table, number| {
            table.find(&record(number, 0).0).and_then(|record| record.last().copied())
        };
        assert_eq!((content(&table, 17), content(&table, 18)), (Some(3), None));
        assert_eq!((content(&old, 17), content(&old, 18)), (Some(1), Some(1)));
        assert!(
            (0..50_000).filter(|&it| it != 17 && it != 18).all(|it| content(&table, it) == Some(1))
        );
        assert_eq!(table.records().count(), 49_999);
        assert_eq!(content(&table, 50_000), None);
    }
}
