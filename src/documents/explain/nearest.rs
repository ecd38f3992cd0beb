//! Which names may be meant by one that is none.
//!
//! In: a name and which of its labels is unknown. Out: full names, none of which is nearer than another, that differ in these
//! labels alone. Does not know why they are unknown.

use std::net::Ipv4Addr;
use std::ops::Range;

use crate::core::answer::{Node, look_up};
use crate::core::asker::Asking;
use crate::core::compiled::AddressBuffer;
use crate::core::name::grammar::ServiceName;
use crate::core::name::{Name, QueryName};
use crate::core::policy::Publish;
use crate::core::snapshot::{DnsZone, Snapshot};
use crate::core::state::State;
use crate::documents::location::labels_text;
use crate::documents::near::{NearService, nearest, nearest_services};

use super::document::{NameKind, What};
use super::{label_of, list};

/// A name in none of our zones, and those in ours that may be meant.
pub(super) fn outside(state: &State, snapshot: &Snapshot, name: &QueryName) -> What {
    let zones = list(snapshot.zones.iter().map(|zone| zone.apex.to_string()));
    let text = format!("refused: it lies in none of our zones; they are {zones}");
    let near = match (name.label_count(), state.policy().federations.first()) {
        // SERVICE.NAMESPACE, as people say it.
        (2, Some(federation)) => {
            let near = services(state, federation.publish, name, 0);
            let full = |it: NearService| {
                let (federation, domain) = (&federation.name, &federation.domain);
                let full = format!("{}.{}.{federation}.svc.{domain}", it.name, it.namespace);
                full.trim_end_matches('.').to_owned()
            };
            near.into_iter().map(full).collect()
        }
        _ => domain(snapshot, name),
    };
    What { near, ..What::new(NameKind::Outside, text) }
}

/// With another domain.
fn domain(snapshot: &Snapshot, name: &QueryName) -> Vec<String> {
    let count = name.label_count();
    let apexes = snapshot.zones.iter().map(|zone| labels_text(zone.apex.wire()));
    let near = apexes.flat_map(|apex| {
        let labels = apex.split('.').count();
        let start = count.saturating_sub(labels);
        let asked = labels_text(name.labels(start..count));
        let is_near = count >= labels && !nearest(&asked, [apex.clone()]).is_empty();
        is_near.then(|| renamed(name, start..count, &apex))
    });
    near.filter(|text| exists(snapshot, text)).take(3).collect()
}

/// Whether there is a name.
fn exists(snapshot: &Snapshot, text: &str) -> bool {
    let mut name = QueryName::default();
    let read = Name::parse(text).is_ok_and(|parsed| name.read(parsed.wire(), 0).is_ok());
    let asking = Asking { client: Ipv4Addr::LOCALHOST.into(), listener: None, id: None };
    let found = || look_up(snapshot, &name, &asking, &mut AddressBuffer::default());
    read && found().is_some_and(|lookup| !matches!(lookup.node, Node::Nothing))
}

/// With another federation.
pub(super) fn federation(zone: &DnsZone, name: &QueryName, shape: ServiceName) -> Vec<String> {
    let at = shape.federation();
    let known = zone.federations.iter().map(|federation| federation.name.to_string());
    let near = nearest(&label_of(name, at), known);
    near.iter().map(|it| renamed(name, at..at + 1, it)).collect()
}

/// At another place.
pub(super) fn place(snapshot: &Snapshot, name: &QueryName, shape: ServiceName) -> Vec<String> {
    let labels = shape.location();
    let places = snapshot.places.locations().iter().filter(|it| !it.wire.is_empty());
    let known = places.map(|place| labels_text(&place.wire));
    let near = nearest(&labels_text(name.labels(labels.clone())), known);
    near.iter().map(|it| renamed(name, labels.clone(), it)).collect()
}

/// Of another service, the label of which stands at a position, and that of its namespace behind it.
pub(super) fn service(state: &State, publish: Publish, name: &QueryName, at: usize) -> Vec<String> {
    let near = services(state, publish, name, at).into_iter();
    near.map(|it| renamed(name, at..at + 2, &format!("{}.{}", it.name, it.namespace))).collect()
}

fn services(state: &State, publish: Publish, name: &QueryName, at: usize) -> Vec<NearService> {
    nearest_services(state, publish, &label_of(name, at + 1), &label_of(name, at))
}

/// The name with other labels in the place of some.
fn renamed(name: &QueryName, labels: Range<usize>, text: &str) -> String {
    let before = labels_text(name.labels(0..labels.start));
    let after = labels_text(name.labels(labels.end..name.label_count()));
    let parts = [&*before, text, &*after];
    parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(".")
}
