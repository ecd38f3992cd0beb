//! A compiled service: the octets that a query reads.
//!
//! ```text
//! record: key length u8, key | views u8, a bit for each | at of view u32, for each from the second up to
//!         the last that it has | view ...
//! view:   ttl u32 | clusters of active shards u64, folded | bits u8 | what bits are set for: healthy, published,
//!         last healthy, standby, reserve, limits
//! limits: count u16 | one of a cluster: cluster u16, ttl u32 ...
//! list:   IPv4 count u16 | IPv6 count u16 | cluster u16 ... | IPv4 address ... | IPv6 address ...
//! ```
//!
//! In: addresses with their clusters. Out: octets, little-endian, and [`View`], which reads them. Does not know places.

use std::net::IpAddr;

use crate::core::selection::Limit;
use crate::core::topology::{ClusterIndex, ClusterSet, Folded};

use crate::core::view::ViewId;

use super::number::{read_u16, read_u32, read_u64};

const VIEW_HEADER: usize = 13;
/// Where a view says which lists it has.
const LISTS: usize = 12;
const LIST_HEADER: usize = 4;
/// Octets in front of the places of views: which there are.
const VIEWS: usize = 1;
const AT: usize = 4;
/// The TTL of a view whose shards ask for none.
const NO_TTL: u32 = u32::MAX;

const HEALTHY: u8 = 1;
const PUBLISHED: u8 = 2;
const LAST_HEALTHY: u8 = 4;
const LIMITED: u8 = 8;
const STANDBY: u8 = 16;
const RESERVE: u8 = 32;
/// The bits of lists, in the order in which those stand in a view.
const EACH: [u8; 5] = [HEALTHY, PUBLISHED, LAST_HEALTHY, STANDBY, RESERVE];
const LIMIT: usize = 6;
/// Stands for the TTL of a hostname that has not been asked for yet.
const UNTRIED: u32 = u32::MAX;

/// Addresses with their clusters, in rising order. An address of several clusters stands there
/// once for each.
pub type Owned = Vec<(IpAddr, ClusterIndex)>;

/// What a view is made of.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ViewParts {
    /// The least TTL that a shard asks for, in seconds.
    pub ttl: Option<u32>,
    /// What limits answers, by cluster.
    pub limits: Vec<Limit>,
    /// The addresses of active shards.
    pub healthy: Owned,
    /// Those of shards that are published and not healthy, where some federation fails open.
    pub published: Owned,
    /// Where nothing is active: the last active addresses that are still published.
    pub last_healthy: Owned,
    /// The addresses of shards that stand by.
    pub standby: Owned,
    /// Those of shards that are in reserve.
    pub reserve: Owned,
}

impl ViewParts {
    /// All its lists, in the order in which a view has them.
    pub(super) fn lists(&self) -> [&Owned; 5] {
        [&self.healthy, &self.published, &self.last_healthy, &self.standby, &self.reserve]
    }

    /// The same, to be changed.
    pub(super) fn lists_mut(&mut self) -> [&mut Owned; 5] {
        let Self { healthy, published, last_healthy, standby, reserve, .. } = self;
        [healthy, published, last_healthy, standby, reserve]
    }
}

/// A view to write: its number, and what it is made of.
#[derive(Clone, Debug)]
pub(super) struct CompiledView {
    pub(super) id: ViewId,
    pub(super) parts: ViewParts,
}

/// Writes a record with the views in which the service is published, in the order of their numbers.
pub(super) fn write(key: &[u8], views: &[CompiledView]) -> Vec<u8> {
    let mut octets = vec![key.len() as u8];
    octets.extend_from_slice(key);
    octets.push(views.iter().fold(0, |bits, view| bits | view.id.bit()));
    let places = octets.len();
    octets.resize(places + views.last().map_or(0, |view| view.id.index()) * AT, 0);
    let mut written: Vec<(u32, &ViewParts)> = Vec::with_capacity(views.len());
    for CompiledView { id, parts } in views {
        // Mostly every shard is labelled or none is: then both ways to publish read the same view.
        let same = written.iter().find(|(_, other)| *other == parts).map(|(at, _)| *at);
        let at = same.unwrap_or(octets.len() as u32);
        if let Some(place) = id.index().checked_sub(1) {
            octets[places + place * AT..][..AT].copy_from_slice(&at.to_le_bytes());
        }
        if same.is_none() {
            write_view(parts, &mut octets);
            written.push((at, parts));
        }
    }
    octets
}

fn write_view(view: &ViewParts, octets: &mut Vec<u8>) {
    let given = EACH.into_iter().zip(view.lists()).filter(|(_, list)| !list.is_empty());
    octets.extend_from_slice(&view.ttl.unwrap_or(NO_TTL).to_le_bytes());
    let mut clusters = Folded::default();
    view.healthy.iter().for_each(|(_, cluster)| clusters.insert(*cluster));
    octets.extend_from_slice(&clusters.0.to_le_bytes());
    let limited = if view.limits.is_empty() { 0 } else { LIMITED };
    octets.push(given.clone().fold(limited, |bits, (bit, _)| bits | bit));
    given.for_each(|(_, list)| write_list(list, octets));
    if limited != 0 {
        octets.extend_from_slice(&(view.limits.len() as u16).to_le_bytes());
        for limit in &view.limits {
            octets.extend_from_slice(&limit.cluster.0.to_le_bytes());
            octets.extend_from_slice(&limit.ttl.unwrap_or(UNTRIED).to_le_bytes());
        }
    }
}

/// Writes a list. More than 65,535 addresses of a family fit no message, so those behind are left
/// out.
fn write_list(list: &Owned, octets: &mut Vec<u8>) {
    // IPv4 stands before IPv6 in the order of addresses.
    let (v4, v6) = list.split_at(list.partition_point(|(address, _)| address.is_ipv4()));
    let families = [v4, v6].map(|of_family| &of_family[..of_family.len().min(0xffff)]);
    for of_family in families {
        octets.extend_from_slice(&(of_family.len() as u16).to_le_bytes());
    }
    for (_, cluster) in families.into_iter().flatten() {
        octets.extend_from_slice(&cluster.0.to_le_bytes());
    }
    for (address, _) in families.into_iter().flatten() {
        match address {
            IpAddr::V4(v4) => octets.extend_from_slice(&v4.octets()),
            IpAddr::V6(v6) => octets.extend_from_slice(&v6.octets()),
        }
    }
}

/// The key of the record that starts `octets`, and what stands behind it.
pub(super) fn split_key(octets: &[u8]) -> (&[u8], &[u8]) {
    let (&length, rest) = octets.split_first().expect("a record starts with its key's length");
    rest.split_at(usize::from(length))
}

/// One view's part of a record.
#[derive(Clone, Copy, Debug)]
pub struct View<'t> {
    header: &'t [u8; VIEW_HEADER],
    lists: &'t [u8],
}

/// Addresses with their clusters, as a record holds them: sorted, an address of several clusters
/// once for each.
#[derive(Clone, Copy, Debug, Default)]
pub struct List<'t> {
    pub(super) v4: &'t [[u8; 4]],
    pub(super) v6: &'t [[u8; 16]],
    v4_clusters: &'t [[u8; 2]],
    v6_clusters: &'t [[u8; 2]],
}

impl<'t> List<'t> {
    /// The list that starts `octets`, and what stands behind it.
    fn read(octets: &'t [u8]) -> (Self, &'t [u8]) {
        let (header, rest) = octets.split_at(LIST_HEADER);
        let (v4, v6) = (usize::from(read_u16(header, 0)), usize::from(read_u16(header, 2)));
        let (v4_clusters, rest) = rest.split_at(v4 * 2);
        let (v6_clusters, rest) = rest.split_at(v6 * 2);
        let (v4, rest) = rest.split_at(v4 * 4);
        let (v6, rest) = rest.split_at(v6 * 16);
        let list = Self {
            v4: v4.as_chunks().0,
            v6: v6.as_chunks().0,
            v4_clusters: v4_clusters.as_chunks().0,
            v6_clusters: v6_clusters.as_chunks().0,
        };
        (list, rest)
    }

    /// All of it, as it was written.
    fn owned(self) -> Owned {
        let v4 = self.v4().map(|(address, cluster)| (IpAddr::from(*address), cluster));
        let v6 = self.v6().map(|(address, cluster)| (IpAddr::from(*address), cluster));
        let mut owned = Vec::with_capacity(self.v4.len() + self.v6.len() + 1);
        owned.extend(v4.chain(v6));
        owned
    }

    /// IPv4 addresses with their clusters.
    pub(super) fn v4(self) -> impl Iterator<Item = (&'t [u8; 4], ClusterIndex)> {
        self.v4.iter().zip(self.v4_clusters.iter().map(cluster))
    }

    /// IPv6 addresses with their clusters.
    pub(super) fn v6(self) -> impl Iterator<Item = (&'t [u8; 16], ClusterIndex)> {
        self.v6.iter().zip(self.v6_clusters.iter().map(cluster))
    }

    /// Whether an address belongs to a cluster that is in both sets.
    pub fn has_of(self, one: &ClusterSet, other: &ClusterSet) -> bool {
        self.has(|cluster| one.contains(cluster) && other.contains(cluster))
    }

    /// Whether an address belongs to such a cluster.
    pub fn has(self, is_it: impl FnMut(ClusterIndex) -> bool) -> bool {
        self.v4_clusters.iter().chain(self.v6_clusters).map(cluster).any(is_it)
    }

    /// Whether there is no address.
    pub fn is_empty(self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }
}

fn cluster(octets: &[u8; 2]) -> ClusterIndex {
    ClusterIndex(u16::from_le_bytes(*octets))
}

impl<'t> View<'t> {
    /// The view of that number in a record; `None` where the service is not published in it.
    pub fn new(record: &'t [u8], id: ViewId) -> Option<Self> {
        let (key, rest) = split_key(record);
        let views = rest[0];
        if views & id.bit() == 0 {
            return None;
        }
        let at = match id.index().checked_sub(1) {
            Some(place) => read_u32(rest, VIEWS + place * AT) as usize,
            // The first stands behind the places of the others.
            None => 1 + key.len() + VIEWS + views.ilog2() as usize * AT,
        };
        let view = record[at..].split_first_chunk();
        let (header, lists) = view.expect("records are written whole");
        Some(Self { header, lists })
    }

    /// What it was made of.
    pub(super) fn parts(self) -> ViewParts {
        ViewParts {
            ttl: self.ttl(),
            limits: self.limits().collect(),
            healthy: self.healthy().owned(),
            published: self.published().owned(),
            last_healthy: self.last_healthy().owned(),
            standby: self.standby().owned(),
            reserve: self.reserve().owned(),
        }
    }

    /// The least TTL that a shard asks for, in seconds.
    pub fn ttl(self) -> Option<u32> {
        Some(read_u32(self.header, 0)).filter(|&ttl| ttl != NO_TTL)
    }

    /// Whether answers are limited by what stands behind them.
    pub fn is_limited(self) -> bool {
        self.header[LISTS] & LIMITED != 0
    }

    /// What limits answers, by cluster.
    pub fn limits(self) -> impl Iterator<Item = Limit> {
        let octets = if self.is_limited() { self.behind(0) } else { &[0; 2] };
        let count = usize::from(read_u16(octets, 0));
        let (limits, _) = octets[2..2 + count * LIMIT].as_chunks::<LIMIT>();
        limits.iter().map(|limit| Limit {
            cluster: ClusterIndex(read_u16(limit, 0)),
            ttl: Some(read_u32(limit, 2)).filter(|&ttl| ttl != UNTRIED),
        })
    }

    /// The clusters of active shards: enough to see that none answers at a place.
    pub fn clusters(self) -> Folded {
        Folded(read_u64(self.header, 4))
    }

    /// The addresses of active shards.
    pub fn healthy(self) -> List<'t> {
        if self.header[LISTS] & HEALTHY == 0 {
            return List::default();
        }
        List::read(self.lists).0
    }

    /// Addresses of shards that are published and not healthy.
    pub fn published(self) -> List<'t> {
        self.list(PUBLISHED)
    }

    /// The last active addresses; empty unless nothing is active.
    pub fn last_healthy(self) -> List<'t> {
        self.list(LAST_HEALTHY)
    }

    /// The addresses of shards that stand by.
    pub fn standby(self) -> List<'t> {
        self.list(STANDBY)
    }

    /// The addresses of shards that are in reserve.
    pub fn reserve(self) -> List<'t> {
        self.list(RESERVE)
    }

    fn list(self, wanted: u8) -> List<'t> {
        if self.header[LISTS] & wanted == 0 {
            return List::default();
        }
        List::read(self.behind(wanted)).0
    }

    /// What starts with the list of a bit; behind all lists for no bit.
    fn behind(self, wanted: u8) -> &'t [u8] {
        let mut octets = self.lists;
        for bit in EACH {
            if bit == wanted {
                break;
            }
            if self.header[LISTS] & bit != 0 {
                octets = List::read(octets).1;
            }
        }
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::policy::Publish;

    fn owned(texts: &[(&str, u16)]) -> Owned {
        let parse = |(text, cluster): &(&str, u16)| {
            (text.parse().expect("an address"), ClusterIndex(*cluster))
        };
        texts.iter().map(parse).collect()
    }

    fn v4(list: List<'_>) -> Vec<([u8; 4], u16)> {
        list.v4().map(|(address, cluster)| (*address, cluster.0)).collect()
    }

    #[test]
    fn a_record_gives_back_what_was_written() {
        let limits = [(3, None), (300, Some(60))];
        let limits = limits.map(|(cluster, ttl)| Limit { cluster: ClusterIndex(cluster), ttl });
        let mut all = ViewParts { ttl: Some(30), limits: limits.into(), ..ViewParts::default() };
        all.healthy = owned(&[("192.0.2.1", 0), ("192.0.2.1", 7), ("2001:db8::1", 300)]);
        all.last_healthy = owned(&[("192.0.2.8", 1)]);
        all.standby = owned(&[("192.0.2.7", 2), ("2001:db8::7", 2)]);
        all.reserve = owned(&[("192.0.2.6", 4)]);
        let labelled = ViewParts { published: owned(&[("192.0.2.9", 2)]), ..ViewParts::default() };
        let ids = [Publish::All, Publish::Labelled].map(ViewId::of);
        let numbered =
            |at: usize, parts: &ViewParts| CompiledView { id: ids[at], parts: parts.clone() };
        let record = write(b"\x01a\x01b", &[numbered(0, &all), numbered(1, &labelled)]);
        assert_eq!(split_key(&record).0, b"\x01a\x01b");
        let view = View::new(&record, ids[0]).expect("published");
        assert_eq!((view.ttl(), view.is_limited()), (Some(30), true));
        assert_eq!(view.parts(), all);
        assert_eq!(view.limits().collect::<Vec<_>>(), limits);
        assert_eq!(v4(view.healthy()), [([192, 0, 2, 1], 0), ([192, 0, 2, 1], 7)]);
        assert_eq!(view.healthy().v6().map(|(_, it)| it.0).collect::<Vec<_>>(), [300]);
        assert!(view.published().is_empty());
        assert_eq!(v4(view.last_healthy()), [([192, 0, 2, 8], 1)]);
        assert_eq!(v4(view.standby()), [([192, 0, 2, 7], 2)]);
        assert_eq!(v4(view.reserve()), [([192, 0, 2, 6], 4)]);
        let view = View::new(&record, ids[1]).expect("published");
        assert!(!view.is_limited() && view.limits().next().is_none());
        assert_eq!((view.ttl(), v4(view.published())), (None, vec![([192, 0, 2, 9], 2)]));
        assert!(view.healthy().is_empty());
        let second = write(b"\x01a\x01b", &[numbered(1, &labelled)]);
        assert!(View::new(&second, ids[0]).is_none() && View::new(&second, ids[1]).is_some());
        let first = write(b"\x01a\x01b", &[numbered(0, &all)]);
        assert_eq!(v4(View::new(&first, ids[0]).expect("published").healthy()).len(), 2);
        assert!(View::new(&first, ids[1]).is_none());
        let same = write(b"\x01a\x01b", &[numbered(0, &all), numbered(1, &all)]);
        assert_eq!(same.len(), first.len() + AT, "what is the same in two views stands once");
        for id in ids {
            assert_eq!(v4(View::new(&same, id).expect("published").healthy()).len(), 2);
        }
    }
}
