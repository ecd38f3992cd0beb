//! What a name is, as the query path sees it, for whoever explains an answer.
//!
//! In: a snapshot and a name. Out: [`Sight`]. It takes the very steps of
//! [`answer`](super::answer), so that an explanation can not tell another story.
//! Does not know record types.

use crate::core::name::QueryName;
use crate::core::snapshot::{DnsZone, Host, Snapshot};
use crate::core::wire::RecordType;

use super::negative::Absence;
use super::{Asked, Named, Walk};

/// What a name is.
#[derive(Clone, Debug)]
pub enum Sight<'a> {
    /// In none of our zones.
    Outside,
    /// In a zone of ours.
    Inside {
        /// The zone.
        zone: &'a DnsZone,
        /// How many of the name's labels stand left of its apex.
        left: usize,
        /// What the name is there.
        what: Inside<'a>,
    },
}

/// What a name inside one of our zones is.
#[derive(Clone, Debug)]
pub enum Inside<'a> {
    /// The apex.
    Apex,
    /// A name server.
    Host(&'a Host),
    /// A published service.
    Service(Walk<'a>),
    /// No more than a name above others that exist.
    Inner,
    /// Not known yet.
    NotKnown,
    /// No name that exists.
    Nothing,
}

/// What `name` is in `snapshot`.
pub fn sight<'a>(snapshot: &'a Snapshot, name: &'a QueryName) -> Sight<'a> {
    let Some((zone_index, left)) = snapshot.zones.find(name) else { return Sight::Outside };
    let zone = snapshot.zones.zone(zone_index);
    let record_type = RecordType::A;
    let asked = Asked { snapshot, zone, zone_index, name, left, record_type, draw: 0 };
    let what = match asked.named() {
        Named::Apex => Inside::Apex,
        Named::Host(host) => Inside::Host(host),
        Named::Service(walk) => Inside::Service(walk),
        Named::Nothing(Absence::Inner) => Inside::Inner,
        Named::Nothing(Absence::NotKnown) => Inside::NotKnown,
        Named::Nothing(Absence::Nothing) => Inside::Nothing,
    };
    Sight::Inside { zone, left, what }
}
