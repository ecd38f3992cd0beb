//! What clusters answer to their own askers: the octets of one service or namespace.
//!
//! ```text
//! key length u8, key | entries u16 | entry ... | rest
//! entry: cluster u16 | flags u8 | 4 octets     sorted by cluster
//! the 4 octets: the one IPv4 address; else where in the record this stands:
//!     IPv4 count u16, IPv6 count u16, addresses
//!     with EXTERNAL before that: TTL u32, two names in wire form, the second perhaps the root
//! ```
//!
//! In: ground state and a key. Out: octets, and [`InClusterEntry`], one cluster's part of them. An entry
//! is a Service that takes part; of a namespace, that one of those is in it. Little-endian.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::core::name::{Name, labels_of};
use crate::core::policy::Publish;
use crate::core::service::{Local, LocalWay, Shard};
use crate::core::state::{Changes, ClusterIndex, ResolvedAlias, State};
use crate::core::view::ViewId;

use super::address_set::AddressSet;
use super::changed::{self, Changed, ChangedShards};
use super::number::{read_u16, read_u32};
use super::record::split_key;
use super::table::Table;

const ENTRY: usize = 7;
const COUNT: usize = 2;
/// It takes part where only labelled Services do, too.
const LABELLED: u8 = 1;
/// It is reached by one IPv4 address.
const ADDRESS: u8 = 2;
/// It is reached by several addresses, or by one of IPv6.
const ADDRESSES: u8 = 4;
/// It is reached by another name.
const EXTERNAL: u8 = 8;

/// Compiles what changed into the table.
pub fn compile_in_cluster(table: &mut Table, state: &State, changes: &Changes) {
    let services = changed::once_each(&changes.local_services);
    let services = services.iter().map(|Changed { key, shards }| {
        let record = match shards {
            ChangedShards::Of(clusters) => increment(state, key, table.find(key), clusters),
            ChangedShards::All => service(state, key, state.shards(key)),
        };
        (Box::from(*key), record)
    });
    let namespaces = changes.local_namespaces.iter().collect::<BTreeSet<_>>();
    let namespaces = namespaces.iter().map(|label| ((*label).clone(), namespace(state, label)));
    let patches = services.chain(namespaces).collect();
    table.patch(patches);
}

/// The record of a service in which these clusters have other shards now: each has an entry of its own.
fn increment(
    state: &State,
    key: &[u8],
    before: Option<&[u8]>,
    clusters: &[ClusterIndex],
) -> Option<Vec<u8>> {
    let changed = changed::set_of(clusters);
    let kept = before.into_iter().flat_map(entries_of);
    let kept = kept.filter(|entry| !changed.contains(entry.cluster()));
    let new = |cluster: &ClusterIndex| local(state, key, *cluster, &state.shard(key, *cluster)?);
    let mut entries: Vec<_> = kept.chain(clusters.iter().filter_map(new)).collect();
    entries.sort_by_key(Entry::cluster);
    (!entries.is_empty()).then(|| write(key, &entries))
}

/// What a shard is to askers in its cluster.
fn local(
    state: &State,
    key: &[u8],
    cluster: ClusterIndex,
    shard: &Shard,
) -> Option<Entry<'static>> {
    let local = shard.local()?;
    Some(Entry::New { cluster, local, alias: state.resolved_alias(cluster, key, shard) })
}

/// One cluster's part of a record that is written.
enum Entry<'r> {
    New {
        cluster: ClusterIndex,
        local: Local,
        alias: ResolvedAlias,
    },
    /// As it stands in the record before, with what stands behind all entries for it.
    Kept {
        octets: &'r [u8; ENTRY],
        behind: &'r [u8],
    },
}

impl Entry<'_> {
    fn cluster(&self) -> ClusterIndex {
        match self {
            Self::New { cluster, .. } => *cluster,
            Self::Kept { octets, .. } => ClusterIndex(read_u16(*octets, 0)),
        }
    }
}

/// The entries of a record.
fn entries_of(record: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    slots_of(record).iter().map(|octets| {
        let there = || &record[read_u32(octets, 3) as usize..];
        let behind = match octets[2] & (ADDRESSES | EXTERNAL) {
            ADDRESSES => &there()[..addresses_length(there())],
            EXTERNAL => &there()[..external_length(there())],
            _ => &[],
        };
        Entry::Kept { octets, behind }
    })
}

fn slots_of(record: &[u8]) -> &[[u8; ENTRY]] {
    let (_, rest) = split_key(record);
    let count = usize::from(read_u16(rest, 0));
    rest[COUNT..COUNT + count * ENTRY].as_chunks().0
}

/// The record of a service with these shards; `None` where it takes part in no cluster.
pub(super) fn service<S: Borrow<Shard>>(
    state: &State,
    key: &[u8],
    shards: impl Iterator<Item = (ClusterIndex, S)>,
) -> Option<Vec<u8>> {
    let local = |(index, shard): (ClusterIndex, S)| local(state, key, index, shard.borrow());
    let entries: Vec<_> = shards.filter_map(local).collect();
    (!entries.is_empty()).then(|| write(key, &entries))
}

/// The record of a namespace; `None` where it has no Service that takes part.
pub(super) fn namespace(state: &State, label: &[u8]) -> Option<Vec<u8>> {
    let counted = |(_, cluster)| {
        let counts = state.cluster(cluster).taking_part_in(label);
        let takes_part = |publish| counts[ViewId::of(publish).index()] > 0;
        let is_labelled = takes_part(Publish::Labelled);
        let local = Local { is_labelled, way: LocalWay::Unready };
        let entry = Entry::New { cluster, local, alias: ResolvedAlias::default() };
        takes_part(Publish::All).then_some(entry)
    };
    let mut entries: Vec<_> = state.clusters_by_name().filter_map(counted).collect();
    entries.sort_by_key(Entry::cluster);
    (!entries.is_empty()).then(|| write(label, &entries))
}

fn write(key: &[u8], entries: &[Entry<'_>]) -> Vec<u8> {
    let start = 1 + key.len() + COUNT;
    let mut octets = Vec::with_capacity(start + entries.len() * ENTRY);
    octets.push(key.len() as u8);
    octets.extend_from_slice(key);
    octets.extend_from_slice(&(entries.len() as u16).to_le_bytes());
    octets.resize(start + entries.len() * ENTRY, 0);
    for (at, entry) in entries.iter().enumerate() {
        let written = write_entry(entry, &mut octets);
        octets[start + at * ENTRY..][..ENTRY].copy_from_slice(&written);
    }
    octets
}

/// The octets of an entry; what does not fit them is written behind all of them.
fn write_entry(entry: &Entry<'_>, octets: &mut Vec<u8>) -> [u8; ENTRY] {
    let mut written = [0; ENTRY];
    match entry {
        Entry::New { cluster, local, alias } => {
            let (flag, place) = write_way(&local.way, alias, octets);
            written[..2].copy_from_slice(&cluster.0.to_le_bytes());
            written[2] = flag | if local.is_labelled { LABELLED } else { 0 };
            written[3..].copy_from_slice(&place);
        }
        Entry::Kept { octets: kept, behind } => {
            written = **kept;
            if !behind.is_empty() {
                written[3..].copy_from_slice(&(octets.len() as u32).to_le_bytes());
                octets.extend_from_slice(behind);
            }
        }
    }
    written
}

/// Writes what does not fit an entry behind all of them; gives the entry's flag and 4 octets.
fn write_way(way: &LocalWay, alias: &ResolvedAlias, octets: &mut Vec<u8>) -> (u8, [u8; 4]) {
    let here = (octets.len() as u32).to_le_bytes();
    match way {
        LocalWay::Unready => (0, [0; 4]),
        LocalWay::Addresses(addresses) => {
            if let [IpAddr::V4(address)] = addresses[..] {
                return (ADDRESS, address.octets());
            }
            write_addresses(addresses, octets);
            (ADDRESSES, here)
        }
        LocalWay::ExternalName(name) => match Name::parse(name) {
            Ok(name) => {
                octets.extend_from_slice(&alias.ttl.unwrap_or(u32::MAX).to_le_bytes());
                octets.extend_from_slice(name.wire());
                let home = alias.home.as_ref().and_then(|home| Name::parse(home).ok());
                octets.extend_from_slice(home.as_ref().map_or(&[0], Name::wire));
                write_addresses(&alias.addresses, octets);
                (EXTERNAL, here)
            }
            Err(_) => (0, [0; 4]),
        },
    }
}

/// Writes sorted addresses, so that all of IPv4 stand first.
fn write_addresses(addresses: &[IpAddr], octets: &mut Vec<u8>) {
    // More than a message can hold are of no use.
    let addresses = &addresses[..addresses.len().min(usize::from(u16::MAX))];
    let v4 = addresses.iter().filter(|address| address.is_ipv4()).count();
    octets.extend_from_slice(&(v4 as u16).to_le_bytes());
    octets.extend_from_slice(&((addresses.len() - v4) as u16).to_le_bytes());
    for address in addresses {
        match address {
            IpAddr::V4(address) => octets.extend_from_slice(&address.octets()),
            IpAddr::V6(address) => octets.extend_from_slice(&address.octets()),
        }
    }
}

/// What one cluster answers to its own askers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum InClusterEntry<'t> {
    /// These addresses; at least one.
    Addresses(AddressSet<'t>),
    /// An alias.
    External(External<'t>),
    /// Nothing of its own: the Service has no ready endpoint. Of a namespace: it has a Service.
    Unready,
}

/// The name that a Service of type ExternalName stands for, and what is known of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct External<'t> {
    /// The name, in wire form.
    pub name: &'t [u8],
    /// The name in one of our zones that it is an alias of, in wire form; the root where it is none.
    pub home: &'t [u8],
    /// Its addresses, as far as they are known.
    pub addresses: AddressSet<'t>,
    /// For how long they may be kept, in seconds.
    pub ttl: u32,
}

impl External<'_> {
    /// Whether nothing is known of the name.
    pub fn is_bare(&self) -> bool {
        self.home.len() == 1 && self.addresses == AddressSet::default()
    }
}

impl<'t> InClusterEntry<'t> {
    /// The entry of a cluster in the record of `key`, if it takes part in a view.
    pub fn find(table: &'t Table, key: &[u8], cluster: ClusterIndex, view: ViewId) -> Option<Self> {
        Self::of(table.find(key)?, cluster, view)
    }

    /// The entry of a cluster in a record, if it takes part in a view.
    pub fn of(record: &'t [u8], cluster: ClusterIndex, view: ViewId) -> Option<Self> {
        let entries = slots_of(record);
        let at = entries.binary_search_by_key(&cluster.0, |entry| read_u16(entry, 0)).ok()?;
        let entry = &entries[at];
        if view.publish() == Publish::Labelled && entry[2] & LABELLED == 0 {
            return None;
        }
        let place = || read_u32(entry, 3) as usize;
        Some(match entry[2] & (ADDRESS | ADDRESSES | EXTERNAL) {
            ADDRESS => Self::Addresses(AddressSet { v4: entry[3..].as_chunks().0, v6: &[] }),
            ADDRESSES => Self::Addresses(read_addresses(&record[place()..])),
            EXTERNAL => Self::External(read_external(&record[place()..])),
            _ => Self::Unready,
        })
    }
}

fn read_addresses(octets: &[u8]) -> AddressSet<'_> {
    let count = |at: usize| usize::from(read_u16(octets, at));
    let (v4, rest) = octets[4..].split_at(count(0) * 4);
    AddressSet { v4: v4.as_chunks().0, v6: rest[..count(2) * 16].as_chunks().0 }
}

fn addresses_length(octets: &[u8]) -> usize {
    4 + usize::from(read_u16(octets, 0)) * 4 + usize::from(read_u16(octets, 2)) * 16
}

fn external_length(octets: &[u8]) -> usize {
    let name = read_name(&octets[4..]).len();
    let names = 4 + name + read_name(&octets[4 + name..]).len();
    names + addresses_length(&octets[names..])
}

fn read_external(octets: &[u8]) -> External<'_> {
    let (ttl, rest) = (read_u32(octets, 0), &octets[4..]);
    let name = read_name(rest);
    let home = read_name(&rest[name.len()..]);
    let addresses = read_addresses(&rest[name.len() + home.len()..]);
    External { name, home, addresses, ttl }
}

fn read_name(octets: &[u8]) -> &[u8] {
    let labels: usize = labels_of(octets).map(|label| 1 + label.len()).sum();
    &octets[..=labels]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn local(is_labelled: bool, way: LocalWay) -> Local {
        Local { is_labelled, way }
    }

    fn resolved_alias() -> ResolvedAlias {
        let addresses = ["192.0.2.1", "2001:db8::1"].map(|text| text.parse().expect("an address"));
        ResolvedAlias { addresses: addresses.into(), ttl: Some(30), home: Some("x.test".into()) }
    }

    fn addresses(texts: &[&str]) -> LocalWay {
        LocalWay::Addresses(texts.iter().map(|text| text.parse().expect("an address")).collect())
    }

    #[test]
    fn each_cluster_finds_its_own_part() {
        let entries = [
            (ClusterIndex(0), local(false, addresses(&["10.96.0.1"]))),
            (ClusterIndex(3), local(true, addresses(&["10.97.0.1", "10.97.0.2", "2001:db8::1"]))),
            (ClusterIndex(4), local(true, LocalWay::ExternalName("db.example.net".into()))),
            (ClusterIndex(7), local(true, LocalWay::Unready)),
            (ClusterIndex(9), local(true, addresses(&["2001:db8::9"]))),
        ];
        let entries = entries.map(|(cluster, local)| {
            let alias = resolved_alias();
            Entry::New { cluster, local, alias }
        });
        let written = write(b"\x04cart\x04shop", &entries);
        let kept: Vec<_> = entries_of(&written).collect();
        assert_eq!(write(b"\x04cart\x04shop", &kept), written, "as it was");
        let key = b"\x04cart\x04shop";
        let mut table = Table::new(1);
        table.patch(vec![(key[..].into(), Some(write(key, &entries)))]);
        let [all, labelled] = [Publish::All, Publish::Labelled].map(ViewId::of);
        let find = |cluster, view| InClusterEntry::find(&table, key, ClusterIndex(cluster), view);
        let one = AddressSet { v4: &[[10, 96, 0, 1]], v6: &[] };
        assert_eq!(find(0, all), Some(InClusterEntry::Addresses(one)));
        assert_eq!(find(0, labelled), None, "it is not labelled");
        let Some(InClusterEntry::Addresses(set)) = find(3, labelled) else {
            panic!("{:?}", find(3, labelled))
        };
        assert_eq!((set.v4, set.v6.len()), (&[[10, 97, 0, 1], [10, 97, 0, 2]][..], 1));
        let Some(InClusterEntry::External(external)) = find(4, all) else {
            panic!("{:?}", find(4, all))
        };
        assert_eq!((external.name, external.ttl), (&b"\x02db\x07example\x03net\x00"[..], 30));
        assert_eq!(external.home, b"\x01x\x04test\x00");
        assert_eq!((external.addresses.v4.len(), external.addresses.v6.len()), (1, 1));
        assert_eq!(find(7, all), Some(InClusterEntry::Unready));
        let Some(InClusterEntry::Addresses(set)) = find(9, all) else {
            panic!("{:?}", find(9, all))
        };
        assert_eq!((set.v4.len(), set.v6.len()), (0, 1));
        assert_eq!((find(1, all), find(10, all)), (None, None));
        assert_eq!(InClusterEntry::find(&table, b"\x01x", ClusterIndex(0), all), None);
    }
}
