//! What a name is that is no published service's, and which part of it is unknown.
//!
//! In: what the query path found the name to be. Out: [`What`], in words that name what would
//! be known instead. Does not know record types.

use std::net::Ipv4Addr;

use crate::core::answer::{Data, Lookup, Node, look_up};
use crate::core::asker::Asking;
use crate::core::compiled::AddressBuffer;
use crate::core::name::grammar::ServiceName;
use crate::core::name::{Name, QueryName};
use crate::core::service::ServiceKey;
use crate::core::snapshot::{Federated, Snapshot};
use crate::core::state::{State, SyncState};
use crate::documents::location::labels_text;

use super::document::{NameKind, What};
use super::{federations, label_of, list, nearest, service, static_zone};

/// What the name is.
pub(super) fn what(
    state: &State,
    snapshot: &Snapshot,
    name: &QueryName,
    lookup: &Lookup<'_>,
) -> What {
    if let Some(what) = static_zone::what(name, lookup) {
        return what;
    }
    match &lookup.node {
        Node::Data(Data::Apex(_)) => {
            let federations = federations(lookup.zone);
            What::new(
                NameKind::Apex,
                format!("the apex of our zone; its federations: {federations}"),
            )
        }
        Node::Data(Data::NameServer(host)) => {
            What::new(NameKind::NameServer, format!("the name server {} of our zone", host.name))
        }
        Node::EmptyNonTerminal => {
            let text = "it owns nothing itself, and exists because names of services or name \
                        servers stand below it";
            What::new(NameKind::Inner, text)
        }
        Node::Unknown => not_known(state),
        // Of the others none is a name without a service in a federation's domain.
        Node::Nothing | Node::Alias(_) | Node::Data(_) => nothing(state, snapshot, name, lookup),
    }
}

/// What waits for clusters that have not said all they have.
pub(super) fn not_known(state: &State) -> What {
    let waits = state.clusters().filter(|it| !it.is_known());
    let waits = list(waits.map(|cluster| match cluster.sync {
        SyncState::Partial => format!("{} (read in part)", cluster.name),
        SyncState::Awaited | SyncState::Restored | SyncState::Synced => cluster.name.to_string(),
    }));
    let text = format!("not known yet, because clusters have not synced: {waits}");
    What::new(NameKind::NotKnownYet, text)
}

fn nothing(
    state: &State,
    snapshot: &Snapshot,
    name: &QueryName,
    &Lookup { zone, left, .. }: &Lookup<'_>,
) -> What {
    if let Some(service) = service_above(snapshot, name, left) {
        let text = format!("nothing exists below the service name {service}");
        return What::new(NameKind::BelowService, text);
    }
    let Some(shape) = ServiceName::read(name, left) else {
        let text = format!(
            "no shape that names have here; they are SERVICE.NAMESPACE.FEDERATION.svc.[ZONE.]\
             [REGION.]{}",
            zone.apex
        );
        return What::new(NameKind::NoShape, text);
    };
    let Some(federation) = zone.federation(name.label(shape.federation())) else {
        let (asked, known) = (label_of(name, shape.federation()), federations(zone));
        let text = format!("no federation {asked} in {}; known federations: {known}", zone.apex);
        let near = nearest::federation(zone, name, shape);
        return What { near, ..What::new(NameKind::NoFederation, text) };
    };
    let labels = name.labels(shape.location());
    if snapshot.places.find(labels).is_none() {
        let places = snapshot.places.locations().iter();
        let places = places.filter(|it| !it.wire.is_empty() && !it.is_alias);
        let known = list(places.map(|location| labels_text(&location.wire)));
        let text = format!("no place {}; known places: {known}", labels_text(labels));
        let near = nearest::place(snapshot, name, shape);
        return What { near, ..What::new(NameKind::NoPlace, text) };
    }
    no_service(state, name, shape, federation)
}

fn no_service(state: &State, name: &QueryName, shape: ServiceName, federation: &Federated) -> What {
    let (service, namespace) = (shape.service(), shape.service() + 1);
    let asked = format!("{}/{}", label_of(name, namespace), label_of(name, service));
    let counts = state.published_in(name.labels(namespace..namespace + 1));
    let beside = match counts[federation.view.index()] {
        0 => "nor is anything in that namespace".to_owned(),
        count => format!("though the namespace has {count} that are"),
    };
    let text = format!("no service {asked} is published in {}, {beside}", federation.name);
    let key = ServiceKey::from_wire(name.labels(shape.key()));
    let left_out = key.map(|key| service::unpublished(state, &key, federation.view));
    let left_out: Vec<_> = left_out.unwrap_or_default();
    // What there is and is kept out on purpose is no slip of the hand.
    let near = match left_out.is_empty() {
        true => nearest::service(state, federation.view.publish(), name, service),
        false => Vec::new(),
    };
    What { left_out, near, ..What::new(NameKind::NoService, text) }
}

/// The service's name that the name stands below, if any.
fn service_above(snapshot: &Snapshot, name: &QueryName, left: usize) -> Option<Name> {
    (1..left).find_map(|skipped| {
        let above = name.suffix(name.label_count() - skipped);
        // Whom it is for is all the same: the name is in a federation's domain.
        let asking = Asking { client: Ipv4Addr::LOCALHOST.into(), listener: None, id: None };
        let mut shorter = QueryName::default();
        shorter.read(above, 0).ok()?;
        look_up(snapshot, &shorter, &asking, &mut AddressBuffer::default())?.service?;
        Name::parse(&labels_text(above)).ok()
    })
}
