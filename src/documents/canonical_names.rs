//! A service's canonical names in one federation, `svc.ns.F.svc.[zone.][region.]S`, as queries find
//! them.
//!
//! In: a snapshot, a federation's zone, a service's key, a location. Out: what a query of the
//! name there finds, or why there is no such name.
//! Does not know record types or who wants to know.

use std::fmt;
use std::net::Ipv4Addr;

use crate::core::answer::{Data, FallbackChain, Node, look_up};
use crate::core::asker::Asking;
use crate::core::compiled::AddressBuffer;
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
    /// A static zone decides on it.
    OfStaticZone,
    /// The snapshot knows no such service.
    NotAnswered,
}

impl fmt::Display for NoName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("it would be longer than 255 octets"),
            Self::OfZone(apex) => write!(f, "it lies in the zone {apex}"),
            Self::OfNameServer => f.write_str("it is a name server's"),
            Self::OfStaticZone => f.write_str("the static zone of that name decides on it"),
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

    /// What `then` makes of what a query of the name at a location finds: the service, and what the
    /// name is.
    pub(super) fn at<T>(
        &self,
        location: usize,
        then: impl FnOnce(&FallbackChain<'_>, &Node<'_>) -> T,
    ) -> Result<T, NoName> {
        let place = &self.snapshot.places.location(location).wire;
        let octets = [&self.stem[..], place, self.zone.apex.wire()].concat();
        let mut name = QueryName::default();
        name.read(&octets, 0).map_err(|_| NoName::TooLong)?;
        // It is the same to everybody who asks.
        let asking = Asking { client: Ipv4Addr::LOCALHOST.into(), listener: None, id: None };
        // The query path knows best whether a deeper zone or a name server owns the name.
        let found = look_up(self.snapshot, &name, &asking, &mut AddressBuffer::default());
        let found = found.ok_or(NoName::NotAnswered)?;
        if found.zone.apex != self.zone.apex {
            return Err(NoName::OfZone(found.zone.apex.clone()));
        }
        match (&found.service, &found.node) {
            (Some(service), node) if service.location == location => Ok(then(service, node)),
            (_, Node::Data(Data::NameServer(_))) => Err(NoName::OfNameServer),
            _ if self.zone.is_written(&self.stem, place) => Err(NoName::OfStaticZone),
            _ => Err(NoName::NotAnswered),
        }
    }
}
