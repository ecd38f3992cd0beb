//! What a name is, as the query path sees it, for whoever explains an answer.
//!
//! In: a snapshot and a name. Out: [`Sight`]. It takes the very steps of
//! [`answer`](super::answer), so that an explanation can not tell another story.
//! Does not know record types.

use crate::core::asker::{Asker, Asking};
use crate::core::name::QueryName;
use crate::core::snapshot::{DnsZone, Host, Snapshot, ZoneKind};
use crate::core::wire::RecordType;

use super::negative::Absence;
use super::reading::Found;
use super::{Asked, InCluster, Named, Walk};

/// What a name is.
#[derive(Clone, Debug)]
pub enum Sight<'a> {
    /// In none of our zones.
    Outside,
    /// In a zone of ours that lies inside clusters.
    InCluster {
        /// The zone.
        zone: &'a DnsZone,
        /// How many of the name's labels stand left of its apex.
        left: usize,
        /// Who asks.
        asker: Asker,
        /// What the name is to them; `None` for the apex and its name servers.
        what: Option<InCluster<'a>>,
    },
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

/// What `name` is in `snapshot`. Who asks matters for names inside clusters alone.
pub fn sight<'a>(snapshot: &'a Snapshot, name: &'a QueryName, asking: &Asking<'_>) -> Sight<'a> {
    let Some(found) = Found::new(snapshot, name, RecordType::A) else { return Sight::Outside };
    let asked = Asked::new(snapshot, name, &found, 0);
    let (zone, left) = (asked.zone, asked.left);
    if let ZoneKind::InCluster { canonical } = zone.kind {
        let asker = snapshot.askers.asker(asking);
        let is_own = left == 0 || zone.host(name.wire()).is_some();
        let what = (!is_own).then(|| asked.in_cluster(&asker, snapshot.zones.zone(canonical)));
        return Sight::InCluster { zone, left, asker, what };
    }
    let what = match asked.named_apart(&found) {
        Named::Apex => Inside::Apex,
        Named::Host(host) => Inside::Host(host),
        Named::Service(walk) => Inside::Service(walk),
        Named::Nothing(Absence::Inner) => Inside::Inner,
        Named::Nothing(Absence::NotKnown) => Inside::NotKnown,
        Named::Nothing(Absence::Nothing) => Inside::Nothing,
    };
    Sight::Inside { zone, left, what }
}
