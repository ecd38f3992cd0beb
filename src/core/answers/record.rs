//! A compiled service: the octets that a query reads.
//!
//! ```text
//! key length u8, key | views u8 | at of view for Labelled u32 | view for All | view for Labelled
//! view:  ttl u32 | pending u8 | entries u16 | entry ... | addresses
//! entry: place u32 | at u32 | IPv4 count u16 | IPv6 count u16     `at` counts from the view
//! ```
//!
//! In: sets of addresses by place. Out: octets, and [`View`], which finds a place's set in them.
//! Equal sets are stored once. Numbers are little-endian. Does not know names or TTL rules.

use std::net::IpAddr;

use crate::core::topology::PlaceId;

const ENTRY: usize = 12;
const VIEW_HEADER: usize = 7;
const HAS_ALL: u8 = 1;
const HAS_LABELLED: u8 = 2;
/// The TTL of a view whose shards ask for none.
const NO_TTL: u32 = u32::MAX;

/// Sets that stand beside those of places; no place has such a number.
const PUBLISHED: PlaceId = PlaceId(u32::MAX - 1);
const LAST_HEALTHY: PlaceId = PlaceId(u32::MAX);

/// What a view is made of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ViewParts {
    /// The least TTL that a shard asks for, in seconds.
    pub ttl: Option<u32>,
    /// Whether a shard is left out only until its hostname has been asked for the first time.
    pub is_pending: bool,
    /// By place, in rising order: the addresses that answer there, sorted.
    pub places: Vec<(PlaceId, Vec<IpAddr>)>,
    /// Where nothing is healthy: every published address, sorted.
    pub published: Vec<IpAddr>,
    /// Where nothing is healthy: the last healthy addresses that are still published, sorted.
    pub last_healthy: Vec<IpAddr>,
}

/// Writes a record. `None` for a class in which the service is not published.
pub(super) fn write(key: &[u8], all: Option<&ViewParts>, labelled: Option<&ViewParts>) -> Vec<u8> {
    let mut octets = vec![key.len() as u8];
    octets.extend_from_slice(key);
    let flag = |view: Option<_>, flag| if view.is_some() { flag } else { 0 };
    octets.push(flag(all, HAS_ALL) | flag(labelled, HAS_LABELLED));
    let labelled_at = octets.len();
    octets.extend_from_slice(&[0; 4]);
    let first = octets.len();
    if let Some(view) = all {
        write_view(view, &mut octets);
    }
    if let Some(view) = labelled {
        // Mostly every shard is labelled or none is: then both classes read the same view.
        let at = if all == Some(view) { first } else { octets.len() };
        octets[labelled_at..labelled_at + 4].copy_from_slice(&(at as u32).to_le_bytes());
        if at != first || all.is_none() {
            write_view(view, &mut octets);
        }
    }
    octets
}

fn write_view(view: &ViewParts, octets: &mut Vec<u8>) {
    let extra = [(PUBLISHED, &view.published), (LAST_HEALTHY, &view.last_healthy)];
    let extra = extra.into_iter().filter(|(_, set)| !set.is_empty());
    let sets: Vec<_> = view.places.iter().map(|(place, set)| (*place, set)).chain(extra).collect();
    let start = octets.len();
    octets.extend_from_slice(&view.ttl.unwrap_or(NO_TTL).to_le_bytes());
    octets.push(u8::from(view.is_pending));
    octets.extend_from_slice(&(sets.len() as u16).to_le_bytes());
    let entries = octets.len();
    octets.resize(entries + sets.len() * ENTRY, 0);
    let mut written: Vec<(&Vec<IpAddr>, [u8; 8])> = Vec::new();
    for (index, (place, set)) in sets.into_iter().enumerate() {
        let known = written.iter().find(|(other, _)| *other == set).map(|(_, where_)| *where_);
        let where_ = known.unwrap_or_else(|| {
            let where_ = write_set(set, octets, start);
            written.push((set, where_));
            where_
        });
        let entry = &mut octets[entries + index * ENTRY..][..ENTRY];
        entry[..4].copy_from_slice(&place.0.to_le_bytes());
        entry[4..].copy_from_slice(&where_);
    }
}

/// Writes addresses; gives where they stand as an entry holds it. More than 65,535 addresses of
/// a family fit no message, so those behind are left out.
fn write_set(set: &[IpAddr], octets: &mut Vec<u8>, start: usize) -> [u8; 8] {
    let at = (octets.len() - start) as u32;
    let (mut v4_count, mut v6_count) = (0_u16, 0_u16);
    for address in set {
        match address {
            IpAddr::V4(v4) if v4_count < u16::MAX => {
                octets.extend_from_slice(&v4.octets());
                v4_count += 1;
            }
            IpAddr::V6(v6) if v6_count < u16::MAX => {
                octets.extend_from_slice(&v6.octets());
                v6_count += 1;
            }
            _ => {}
        }
    }
    let mut where_ = [0; 8];
    where_[..4].copy_from_slice(&at.to_le_bytes());
    where_[4..6].copy_from_slice(&v4_count.to_le_bytes());
    where_[6..].copy_from_slice(&v6_count.to_le_bytes());
    where_
}

/// The key of the record that starts `octets`, and what stands behind it.
pub(super) fn split_key(octets: &[u8]) -> (&[u8], &[u8]) {
    let (&length, rest) = octets.split_first().expect("a record starts with its key's length");
    rest.split_at(usize::from(length))
}

/// One class's part of a record.
#[derive(Clone, Copy, Debug)]
pub struct View<'t> {
    octets: &'t [u8],
}

/// The addresses of one level.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AddressSet<'t> {
    /// IPv4 addresses, sorted.
    pub v4: &'t [[u8; 4]],
    /// IPv6 addresses, sorted.
    pub v6: &'t [[u8; 16]],
}

impl<'t> View<'t> {
    /// The view for a class (0 = All, 1 = Labelled) in a record; `None` where the service is not
    /// published in it.
    pub fn new(record: &'t [u8], class: usize) -> Option<Self> {
        let (key, rest) = split_key(record);
        let is_labelled = class == 1;
        if rest[0] & if is_labelled { HAS_LABELLED } else { HAS_ALL } == 0 {
            return None;
        }
        let at = if is_labelled { read_u32(rest, 1) as usize } else { 1 + key.len() + 5 };
        Some(Self { octets: &record[at..] })
    }

    /// The least TTL that a shard asks for, in seconds.
    pub fn ttl(self) -> Option<u32> {
        Some(read_u32(self.octets, 0)).filter(|&ttl| ttl != NO_TTL)
    }

    /// Whether a shard is left out only until its hostname has been asked for the first time.
    pub fn is_pending(self) -> bool {
        self.octets[4] != 0
    }

    /// The addresses that answer at a place; `None` where no shard does.
    pub fn at(self, place: PlaceId) -> Option<AddressSet<'t>> {
        let count = usize::from(read_u16(self.octets, 5));
        let entries = &self.octets[VIEW_HEADER..VIEW_HEADER + count * ENTRY];
        // Rarely more than a few dozen, in one or two cache lines each: walking beats halving.
        let (entries, _) = entries.as_chunks::<ENTRY>();
        let entry = entries.iter().find(|entry| read_u32(&entry[..], 0) == place.0)?;
        let (at, v4_count, v6_count) =
            (read_u32(entry, 4), read_u16(entry, 8), read_u16(entry, 10));
        let addresses = &self.octets[at as usize..];
        let (v4, rest) = addresses.split_at(usize::from(v4_count) * 4);
        let v6 = &rest[..usize::from(v6_count) * 16];
        Some(AddressSet { v4: v4.as_chunks().0, v6: v6.as_chunks().0 })
    }

    /// Every published address; empty unless nothing is healthy.
    pub fn published(self) -> AddressSet<'t> {
        self.at(PUBLISHED).unwrap_or_default()
    }

    /// The last healthy addresses; empty unless nothing is healthy.
    pub fn last_healthy(self) -> AddressSet<'t> {
        self.at(LAST_HEALTHY).unwrap_or_default()
    }
}

fn read_u16(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([octets[at], octets[at + 1]])
}

fn read_u32(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn a_record_gives_back_what_was_written() {
        let mut all = ViewParts { ttl: Some(30), is_pending: true, ..ViewParts::default() };
        let (one, both) = (ips(&["192.0.2.1"]), ips(&["192.0.2.1", "192.0.2.2", "2001:db8::1"]));
        all.places = vec![(PlaceId(0), both.clone()), (PlaceId(3), one), (PlaceId(7), both)];
        let labelled = ViewParts { published: ips(&["192.0.2.9"]), ..ViewParts::default() };
        let record = write(b"\x01a\x01b", Some(&all), Some(&labelled));
        assert_eq!(split_key(&record).0, b"\x01a\x01b");
        let view = View::new(&record, 0).expect("published");
        assert_eq!((view.ttl(), view.is_pending()), (Some(30), true));
        assert_eq!(view.at(PlaceId(3)).expect("answers").v4, [[192, 0, 2, 1]]);
        assert_eq!(view.at(PlaceId(7)).expect("answers"), view.at(PlaceId(0)).expect("answers"));
        assert_eq!(view.at(PlaceId(7)).expect("answers").v6.len(), 1);
        assert!(view.at(PlaceId(4)).is_none());
        let view = View::new(&record, 1).expect("published");
        assert_eq!((view.ttl(), view.published().v4), (None, &[[192, 0, 2, 9]][..]));
        assert!(View::new(&write(b"\x01a\x01b", None, Some(&labelled)), 0).is_none());
        assert!(View::new(&write(b"\x01a\x01b", None, Some(&labelled)), 1).is_some());
        let same = write(b"\x01a\x01b", Some(&all), Some(&all));
        assert!(View::new(&same, 1).expect("published").at(PlaceId(3)).is_some());
    }
}
