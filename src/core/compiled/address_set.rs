//! The addresses of one answer, gathered from a record for the clusters that count at a place.
//!
//! In: lists of addresses with their clusters, and a set of clusters. Out: [`AddressSet`], sorted,
//! each address once. A worker makes the room once and fills it again for each packet.
//! Does not know names, places or levels.

use crate::core::topology::{ClusterIndex, ClusterSet};

use super::record::List;

/// Room for as many addresses as one message can hold, and never more.
#[derive(Debug)]
pub struct AddressBuffer {
    v4: Vec<[u8; 4]>,
    v6: Vec<[u8; 16]>,
}

/// The addresses of one answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct AddressSet<'t> {
    /// IPv4 addresses, sorted.
    pub v4: &'t [[u8; 4]],
    /// IPv6 addresses, sorted.
    pub v6: &'t [[u8; 16]],
}

impl AddressSet<'_> {
    /// Whether there is no address.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }
}

impl Default for AddressBuffer {
    fn default() -> Self {
        // An address record takes no fewer octets than these of the 65,535 of a message.
        let most = usize::from(u16::MAX);
        Self { v4: Vec::with_capacity(most / 16), v6: Vec::with_capacity(most / 28) }
    }
}

impl AddressBuffer {
    /// Takes out all that was gathered.
    pub fn clear(&mut self) {
        self.v4.clear();
        self.v6.clear();
    }

    /// Gathers those of a list whose clusters are in the set. Nothing may have been gathered
    /// since it was cleared: order and uniqueness come from the list.
    pub fn gather(&mut self, list: List<'_>, clusters: &ClusterSet) {
        pick(&mut self.v4, list.v4(), |cluster| clusters.contains(cluster));
        pick(&mut self.v6, list.v6(), |cluster| clusters.contains(cluster));
    }

    /// Adds those of a list whose clusters are in the set to what was gathered.
    pub fn add(&mut self, list: List<'_>, clusters: &ClusterSet) {
        self.add_if(list, |cluster| clusters.contains(cluster));
    }

    fn add_if(&mut self, list: List<'_>, is_wanted: impl Fn(ClusterIndex) -> bool) {
        pick(&mut self.v4, list.v4(), &is_wanted);
        pick(&mut self.v6, list.v6(), &is_wanted);
        settle(&mut self.v4);
        settle(&mut self.v6);
    }

    /// Adds all of a list to what was gathered, but for what clusters of `except` have.
    pub fn add_all(&mut self, list: List<'_>, except: Option<&ClusterSet>) {
        match except {
            None => {
                fill(&mut self.v4, list.v4);
                fill(&mut self.v6, list.v6);
            }
            Some(except) => self.add_if(list, |cluster| !except.contains(cluster)),
        }
    }

    /// Whether nothing was gathered.
    pub fn is_empty(&self) -> bool {
        self.v4.is_empty() && self.v6.is_empty()
    }

    /// What was gathered.
    pub fn set(&self) -> AddressSet<'_> {
        AddressSet { v4: &self.v4, v6: &self.v6 }
    }
}

/// Picks what the wanted clusters have, up to the capacity: nothing is allocated, and more would
/// fit no message.
fn pick<'t, T: Copy + Eq + 't>(
    into: &mut Vec<T>,
    from: impl Iterator<Item = (&'t T, ClusterIndex)>,
    is_wanted: impl Fn(ClusterIndex) -> bool,
) {
    for (address, cluster) in from {
        if is_wanted(cluster) && into.last() != Some(address) && into.len() < into.capacity() {
            into.push(*address);
        }
    }
}

fn fill<T: Copy + Ord>(into: &mut Vec<T>, from: &[T]) {
    let room = into.capacity() - into.len();
    into.extend_from_slice(&from[..from.len().min(room)]);
    settle(into);
}

fn settle<T: Ord>(gathered: &mut Vec<T>) {
    gathered.sort_unstable();
    gathered.dedup();
}
