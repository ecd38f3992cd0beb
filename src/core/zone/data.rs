//! A zone's records as one immutable arena: names in canonical order, each with its RRsets.
//!
//! In: checked records in canonical order. Out: [`StaticZone`]. Names that own nothing and stand above others
//! (empty non-terminals) are there too, so that every name's closest encloser is. Each name knows the one above it,
//! its wildcard, and the topmost cut or DNAME at or above it.
//! Does not know questions.

use super::key;
use super::reader::RawRecord;
use crate::core::name::Name;
use crate::core::wire::RecordType;

/// Stands for no name.
const NONE: u32 = u32::MAX;

/// A name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct NodeEntry {
    /// Where its key stands in the arena, and how long that is.
    key: u32,
    key_len: u16,
    /// How many labels it has left of the apex.
    depth: u8,
    parent: u32,
    /// Its child `*`.
    wildcard: u32,
    /// The topmost name at or above it, and not the apex, that owns NS; or that owns DNAME.
    cover: u32,
    /// Its RRsets: the first, and the one behind the last.
    sets: [u32; 2],
}

/// Records of one owner and type.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct SetEntry {
    record_type: u16,
    /// In seconds.
    ttl: u32,
    /// Where its records stand in the arena, and where they end: each has its length, of two octets, before it.
    start: u32,
    end: u32,
}

/// The records of a zone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StaticZone {
    apex: Name,
    arena: Box<[u8]>,
    nodes: Box<[NodeEntry]>,
    sets: Box<[SetEntry]>,
}

/// A name of a zone.
#[derive(Clone, Copy, Debug)]
pub struct Node<'z> {
    zone: &'z StaticZone,
    index: u32,
}

/// The records of one owner and type.
#[derive(Clone, Copy, Debug)]
pub struct RrSet<'z> {
    /// The type.
    pub record_type: RecordType,
    /// In seconds.
    pub ttl: u32,
    records: &'z [u8],
}

/// One record, as it is listed.
#[derive(Clone, Debug)]
pub struct Record<'z> {
    /// Its owner in wire form.
    pub owner: Vec<u8>,
    /// The type.
    pub record_type: RecordType,
    /// In seconds.
    pub ttl: u32,
    /// The data in wire form; names in them are not compressed.
    pub data: &'z [u8],
}

impl StaticZone {
    /// The zone of records that were checked and stand in canonical order. `None` where they are more than four
    /// gigabytes.
    pub(super) fn new(apex: &Name, records: &[RawRecord]) -> Option<Self> {
        let mut building = Building::default();
        building.node(b"", &[])?;
        for owner in records.chunk_by(|a, b| a.key == b.key) {
            building.above(&owner[0].key)?;
            building.owner(&owner[0].key, owner)?;
        }
        building.wildcards();
        Some(Self {
            apex: apex.clone(),
            arena: building.arena.into(),
            nodes: building.nodes.into(),
            sets: building.sets.into(),
        })
    }

    /// The apex.
    pub fn apex(&self) -> &Name {
        &self.apex
    }

    /// The apex as a name that owns records.
    pub fn root(&self) -> Node<'_> {
        self.at(0)
    }

    /// The data of the SOA.
    pub fn soa(&self) -> Option<RrSet<'_>> {
        self.root().set(RecordType::SOA)
    }

    /// How many names there are.
    pub fn name_count(&self) -> usize {
        self.nodes.len()
    }

    /// Every name, in canonical order.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len() as u32).map(|index| self.at(index))
    }

    /// Every record, in canonical order.
    pub fn records(&self) -> impl Iterator<Item = Record<'_>> {
        self.nodes().flat_map(|node| {
            node.sets().flat_map(move |set| {
                let owner = node.name();
                let RrSet { record_type, ttl, .. } = set;
                set.records().map(move |data| Record {
                    owner: owner.clone(),
                    record_type,
                    ttl,
                    data,
                })
            })
        })
    }

    fn at(&self, index: u32) -> Node<'_> {
        Node { zone: self, index }
    }

    fn key_of(&self, index: usize) -> &[u8] {
        self.nodes.get(index).map_or(&[], |node| {
            let start = node.key as usize;
            &self.arena[start..start + usize::from(node.key_len)]
        })
    }

    /// The name of this key, or the one before which it would stand.
    pub(super) fn position(&self, key: &[u8]) -> Result<Node<'_>, usize> {
        let (mut low, mut high) = (0, self.nodes.len());
        while low < high {
            let middle = low + (high - low) / 2;
            match self.key_of(middle).cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Ok(self.at(middle as u32)),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Err(low)
    }

    /// The name at that position; there is one.
    pub(super) fn node_before(&self, position: usize) -> Node<'_> {
        self.at(position.saturating_sub(1) as u32)
    }
}

impl<'z> Node<'z> {
    fn entry(self) -> &'z NodeEntry {
        &self.zone.nodes[self.index as usize]
    }

    /// Its key.
    pub(super) fn key(self) -> &'z [u8] {
        self.zone.key_of(self.index as usize)
    }

    /// How many labels it has left of the apex.
    pub fn depth(self) -> usize {
        usize::from(self.entry().depth)
    }

    /// Whether it owns nothing, and exists because names below it do.
    pub fn is_empty(self) -> bool {
        let [first, end] = self.entry().sets;
        first == end
    }

    /// Whether something stands below it.
    pub fn has_children(self) -> bool {
        let next = self.index as usize + 1;
        next < self.zone.nodes.len() && self.zone.key_of(next).starts_with(self.key())
    }

    /// The name in wire form.
    pub fn name(self) -> Vec<u8> {
        let mut wire = key::labels(self.key());
        wire.extend_from_slice(self.zone.apex.wire());
        wire
    }

    /// The next name above it.
    pub fn parent(self) -> Option<Self> {
        self.other(self.entry().parent)
    }

    /// The name `*` right below it (RFC 4592).
    pub fn wildcard(self) -> Option<Self> {
        self.other(self.entry().wildcard)
    }

    /// The topmost name at or above it that delegates or redirects what is below.
    pub(super) fn cover(self) -> Option<Self> {
        self.other(self.entry().cover)
    }

    pub(super) fn is(self, other: Self) -> bool {
        self.index == other.index
    }

    fn other(self, index: u32) -> Option<Self> {
        (index != NONE).then_some(Self { index, ..self })
    }

    /// Its RRset of a type.
    pub fn set(self, record_type: RecordType) -> Option<RrSet<'z>> {
        self.sets().find(|set| set.record_type == record_type)
    }

    /// Whether it owns an RRset of a type.
    pub fn has(self, record_type: RecordType) -> bool {
        self.set(record_type).is_some()
    }

    /// Its RRsets, by type.
    pub fn sets(self) -> impl Iterator<Item = RrSet<'z>> {
        let [first, end] = self.entry().sets;
        self.zone.sets[first as usize..end as usize].iter().map(move |set| RrSet {
            record_type: RecordType(set.record_type),
            ttl: set.ttl,
            records: &self.zone.arena[set.start as usize..set.end as usize],
        })
    }
}

impl<'z> RrSet<'z> {
    /// The data of its records, in canonical order.
    pub fn records(self) -> impl Iterator<Item = &'z [u8]> + Clone {
        let mut rest = self.records;
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<2>()?;
            let (data, next) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            rest = next;
            Some(data)
        })
    }

    /// The same with another TTL, in seconds.
    pub fn with_ttl(self, ttl: u32) -> Self {
        Self { ttl, ..self }
    }

    /// The data of the first record; there is one.
    pub fn first(self) -> &'z [u8] {
        self.records().next().unwrap_or_default()
    }
}

#[derive(Default)]
struct Building {
    arena: Vec<u8>,
    nodes: Vec<NodeEntry>,
    sets: Vec<SetEntry>,
    /// The names from the apex to the last one.
    path: Vec<u32>,
}

impl Building {
    /// Adds the names above `key` that are not there yet.
    fn above(&mut self, key: &[u8]) -> Option<()> {
        let mut missing = Vec::new();
        let mut above = key::parent(key);
        while let Some(name) = above.filter(|name| !name.is_empty()) {
            // In canonical order a name follows right behind those above it.
            let is_there = self.path.iter().any(|&index| self.key(index) == name);
            if is_there {
                break;
            }
            missing.push(name);
            above = key::parent(name);
        }
        missing.into_iter().rev().try_for_each(|name| self.node(name, &[]))
    }

    fn key(&self, index: u32) -> &[u8] {
        let node = &self.nodes[index as usize];
        &self.arena[node.key as usize..node.key as usize + usize::from(node.key_len)]
    }

    fn owner(&mut self, key: &[u8], records: &[RawRecord]) -> Option<()> {
        match key.is_empty() {
            // The apex is there from the beginning.
            true => {
                let sets = self.add_sets(records)?;
                self.nodes[0].sets = sets;
                self.cover(0);
                Some(())
            }
            false => self.node(key, records),
        }
    }

    fn node(&mut self, key: &[u8], records: &[RawRecord]) -> Option<()> {
        let index = u32::try_from(self.nodes.len()).ok()?;
        while let Some(&last) = self.path.last()
            && !key.starts_with(self.key(last))
        {
            self.path.pop();
        }
        let start = u32::try_from(self.arena.len()).ok()?;
        self.arena.extend_from_slice(key);
        let sets = self.add_sets(records)?;
        let parent = self.path.last().copied().unwrap_or(NONE);
        self.nodes.push(NodeEntry {
            key: start,
            key_len: key.len() as u16,
            depth: key::depth(key) as u8,
            parent,
            wildcard: NONE,
            cover: self.nodes.get(parent as usize).map_or(NONE, |above| above.cover),
            sets,
        });
        self.cover(index);
        self.path.push(index);
        Some(())
    }

    /// Looks whether a name covers those below it.
    fn cover(&mut self, index: u32) {
        let node = &self.nodes[index as usize];
        let sets = &self.sets[node.sets[0] as usize..node.sets[1] as usize];
        let has = |wanted: RecordType| sets.iter().any(|set| set.record_type == wanted.0);
        let covers = (has(RecordType::NS) && index != 0) || has(RecordType::DNAME);
        if covers && node.cover == NONE {
            self.nodes[index as usize].cover = index;
        }
    }

    fn add_sets(&mut self, records: &[RawRecord]) -> Option<[u32; 2]> {
        let first = u32::try_from(self.sets.len()).ok()?;
        for set in records.chunk_by(|a, b| a.type_number == b.type_number) {
            let start = u32::try_from(self.arena.len()).ok()?;
            for record in set {
                let length = u16::try_from(record.data.len()).ok()?;
                self.arena.extend_from_slice(&length.to_be_bytes());
                self.arena.extend_from_slice(&record.data);
            }
            let end = u32::try_from(self.arena.len()).ok()?;
            let ttl = set[0].ttl.unwrap_or_default();
            self.sets.push(SetEntry { record_type: set[0].type_number, ttl, start, end });
        }
        Some([first, u32::try_from(self.sets.len()).ok()?])
    }

    fn wildcards(&mut self) {
        for index in 0..self.nodes.len() {
            let (parent, is_wildcard) =
                (self.nodes[index].parent, key::is_wildcard(self.key(index as u32)));
            if let Some(above) = self.nodes.get_mut(parent as usize).filter(|_| is_wildcard) {
                above.wildcard = index as u32;
            }
        }
    }
}
