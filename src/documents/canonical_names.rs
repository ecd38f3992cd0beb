//! A service's canonical names in one federation, `svc.ns.F.svc.[zone.][region.]S`, as queries find
//! them.
//!
//! In: a snapshot, a federation's zone, a service's key, a location. Out: the walk that a query of the
//! name there takes, or why there is no such name.
//! Does not know record types or who wants to know.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::core::answer::{Inside, Sight, Walk, sight};
use crate::core::asker::Asking;
use crate::core::name::{Label, Name, QueryName};
use crate::core::policy::Federation;
use crate::core::snapshot::{DnsZone, Federated, Snapshot};

/// The canonical names of one service in one federation.
pub(super) struct CanonicalNames<'a> {
    snapshot: &'a Snapshot,
    zone: &'a DnsZone,
    /// `svc.ns.F.svc` in wire form, without the root.
    stem: Vec<u8>,
}

/// Why a service has no canonical name at a location.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum NoName {
    /// It would be longer than names can be.
    TooLong,
    /// The deepest of our zones above it, of this apex, is another one.
    OfZone(Name),
    /// It is a name server's.
    OfNameServer,
    /// The snapshot knows no such service.
    NotAnswered,
}

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("it would be longer than 255 octets"),
            Self::OfZone(apex) => write!(f, "it lies in the zone {apex}"),
            Self::OfNameServer => f.write_str("it is a name server's"),
            Self::NotAnswered => f.write_str("it is not answered yet"),
        }
    }
}

impl<'a> CanonicalNames<'a> {
    /// Those of the service with this key ([`crate::core::service::ServiceKey::wire`]), in the zone of
    /// `federation`'s domain.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        zone: &'a DnsZone,
        federation: &Label,
        key: &[u8],
    ) -> Self {
        let mut stem = key.to_vec();
        federation.write_wire(&mut stem);
        stem.extend_from_slice(b"\x03svc");
        Self { snapshot, zone, stem }
    }

    /// The same for a federation of the policy; `None` while the snapshot does not have it.
    pub(super) fn find(
        snapshot: &'a Snapshot,
        federation: &Federation,
        key: &[u8],
    ) -> Option<Self> {
        let has_it = |zone: &DnsZone| {
            let is_called = |it: &Federated| it.name == federation.name;
            zone.apex == federation.domain && zone.federations.iter().any(is_called)
        };
        let zone = snapshot.zones.iter().find(|zone| !zone.is_in_cluster() && has_it(zone))?;
        Some(Self::new(snapshot, zone, &federation.name, key))
    }

    /// What `then` makes of the walk that a query of the name at a location takes.
    pub(super) fn at<T>(
        &self,
        location: usize,
        then: impl FnOnce(&Walk<'_>) -> T,
    ) -> Result<T, NoName> {
        let place = &self.snapshot.places.location(location).wire;
        let octets = [&self.stem[..], place, self.zone.apex.wire()].concat();
        let mut name = QueryName::default();
        name.read(&octets, 0).map_err(|_| NoName::TooLong)?;
        // It is the same to everybody who asks.
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        // The query path knows best whether a deeper zone or a name server owns the name.
        match sight(self.snapshot, &name, &Asking { client, listener: None, id: None }) {
            Sight::Inside { zone, .. } | Sight::InCluster { zone, .. }
                if zone.apex != self.zone.apex =>
            {
                Err(NoName::OfZone(zone.apex.clone()))
            }
            Sight::Inside { what: Inside::Service(walk), .. } if walk.location == location => {
                Ok(then(&walk))
            }
            Sight::Inside { what: Inside::Host(_), .. } => Err(NoName::OfNameServer),
            Sight::Inside { .. } | Sight::InCluster { .. } | Sight::Outside => {
                Err(NoName::NotAnswered)
            }
        }
    }
}
