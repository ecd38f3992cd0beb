//! Names between an apex and services' names: which exist because a published service stands below them.
//!
//! In: a name and how many of its labels to look at. Out: whether a service makes it exist (RFC 8020).
//! Does not know name servers and zones below it, nor what a service holds.

use crate::core::compiled::has_namespace;
use crate::core::name::QueryName;
use crate::core::name::grammar::InnerName;
use crate::core::snapshot::{DnsZone, Snapshot};

/// Whether the first `left` labels of `name`, standing before the apex of `zone`, are a name that published
/// services stand below.
pub(super) fn is_above_service(
    snapshot: &Snapshot,
    zone: &DnsZone,
    name: &QueryName,
    left: usize,
) -> bool {
    InnerName::readings(name, left).any(|reading| {
        let labels = name.labels(reading.location.clone());
        snapshot.places.find(labels).is_some() && has_below(snapshot, zone, name, &reading)
    })
}

/// Whether a published service makes this inner name exist.
fn has_below(snapshot: &Snapshot, zone: &DnsZone, name: &QueryName, reading: &InnerName) -> bool {
    let Some(federation) = reading.federation else {
        return zone.federations.iter().any(|it| snapshot.has_published.contains(it.view));
    };
    let federation = zone.federation(name.label(federation));
    federation.is_some_and(|federation| match reading.namespace {
        Some(namespace) => {
            let label = name.labels(namespace..namespace + 1);
            has_namespace(&snapshot.table, label, federation.view)
        }
        None => snapshot.has_published.contains(federation.view),
    })
}
