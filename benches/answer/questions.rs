//! Questions of every kind, as packets with EDNS.
//!
//! In: a kind and a service. Out: a packet; none where the service has no name of that kind.

use crate::world::{PLACES, addresses, inside_name, query_name, zone_location};

/// What is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    /// A zone in which the service is healthy.
    ZoneHit,
    /// A zone whose region has no healthy shard: two CNAMEs and the addresses of the world.
    Chain,
    /// A region in which it is healthy.
    Region,
    /// The world: the addresses of all shards.
    Global,
    /// AAAA where there is A alone.
    Nodata,
    /// A service that nobody has.
    Nxdomain,
    /// A name outside of all zones.
    Refused,
    /// Asked from inside a cluster that has the service.
    InCluster,
    /// Asked from inside one where it is down: the alias, and the chain from the asker's zone.
    InClusterAway,
    /// A packet that ends in the middle of its OPT record.
    Malformed,
}

/// All kinds.
pub(crate) const KINDS: [Kind; 10] = [
    Kind::ZoneHit,
    Kind::Chain,
    Kind::Region,
    Kind::Global,
    Kind::Nodata,
    Kind::Nxdomain,
    Kind::Refused,
    Kind::InCluster,
    Kind::InClusterAway,
    Kind::Malformed,
];

impl Kind {
    /// One word for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ZoneHit => "zone-hit",
            Self::Chain => "two-cnames",
            Self::Region => "region",
            Self::Global => "global",
            Self::Nodata => "nodata",
            Self::Nxdomain => "nxdomain",
            Self::Refused => "refused",
            Self::InCluster => "in-cluster",
            Self::InClusterAway => "in-cluster-away",
            Self::Malformed => "malformed",
        }
    }
}

/// A question of a kind about a service.
pub(crate) fn question(kind: Kind, service: usize) -> Option<Vec<u8>> {
    let shards = addresses(service);
    let is_healthy = |zone: usize| !shards[zone].is_empty();
    let zone = (0..8).map(|at| (service + at) % 8).find(|&zone| is_healthy(zone))?;
    let region = format!("{}.", PLACES[zone].1);
    Some(match kind {
        Kind::ZoneHit => packet(&query_name(service, &zone_location(zone)), 1),
        Kind::Chain => {
            let zone = (0..8).find(|&zone| !is_healthy(zone) && !is_healthy(zone ^ 1))?;
            packet(&query_name(service, &zone_location(zone)), 1)
        }
        Kind::Region => packet(&query_name(service, &region), 1),
        Kind::Global => packet(&query_name(service, ""), 1),
        Kind::Nodata => packet(&query_name(service, &zone_location(zone)), 28),
        Kind::Nxdomain => packet(&format!("gone-{}", query_name(service, &zone_location(zone))), 1),
        Kind::Refused => packet(&format!("www{service}.example.org"), 1),
        // The first zone's cluster asks: who asks is part of the request.
        Kind::InCluster | Kind::InClusterAway => {
            let is_wanted = is_healthy(0) == (kind == Kind::InCluster);
            packet(&is_wanted.then(|| inside_name(service))?, 1)
        }
        Kind::Malformed => {
            let mut packet = packet(&query_name(service, &zone_location(zone)), 1);
            packet.pop();
            packet
        }
    })
}

/// A query with EDNS, as resolvers send it.
fn packet(name: &str, record_type: u8) -> Vec<u8> {
    let mut packet = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x01".to_vec();
    for label in name.split('.') {
        packet.push(label.len() as u8);
        packet.extend_from_slice(label.as_bytes());
    }
    packet.extend_from_slice(&[0, 0, record_type, 0, 1]);
    packet.extend_from_slice(b"\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00");
    packet
}
