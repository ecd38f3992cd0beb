//! Names inside clusters: who the asker was taken for and why, and what the name is to them.
//!
//! In: what the query path found. Out: notes in words.
//! Does not know record types.

use std::net::IpAddr;

use crate::core::answer::{Alias, Data, Lookup, Node};
use crate::core::asker::{Asker, By};
use crate::core::compiled::External;
use crate::core::name::{QueryName, write_presentation};
use crate::core::snapshot::Snapshot;
use crate::core::state::{Cluster, State};
use crate::documents::location;
use crate::local_query::LocalQuery;

use super::absence::not_known;
use super::document::{AskerNote, NameKind, What};
use super::{federations, label_of, nearest};

/// Who asked.
pub(super) fn asker(
    state: &State,
    snapshot: &Snapshot,
    asker: &Asker,
    query: &LocalQuery,
) -> AskerNote {
    let cluster = asker.cluster.map(|index| state.cluster(index));
    AskerNote {
        cluster: cluster.map(|cluster| cluster.name.to_string()),
        place: location::text(snapshot.places.location(asker.location)),
        why: why(snapshot, asker, cluster, query),
    }
}

fn why(
    snapshot: &Snapshot,
    asker: &Asker,
    cluster: Option<&Cluster>,
    query: &LocalQuery,
) -> String {
    let (askers, client) = (&snapshot.askers, query.client);
    let network = askers.network_of(client).map_or(String::new(), |network| network.to_string());
    match (asker.by, cluster) {
        (By::Listener, Some(_)) => "its own listener was asked".to_owned(),
        (By::Listener, None) => {
            let name = query.cluster.as_ref().map_or(String::new(), ToString::to_string);
            format!("no cluster {name} is registered")
        }
        (By::Option, Some(_)) => "EDNS option 65001 says so".to_owned(),
        (By::Option, None) => "EDNS option 65001 names no registered cluster".to_owned(),
        (By::Source, _) => {
            let of_node = asker.cluster.and_then(|it| askers.node_network_of(it, client));
            let has_networks = cluster.is_some_and(|it| !it.policy.networks.is_empty());
            let whose = if has_networks { "its `networks`" } else { "its nodes' networks" };
            match of_node {
                Some(node) => format!("{network} of {whose} holds {client}, on the node of {node}"),
                None => format!("{network} of {whose} holds {client}"),
            }
        }
        (By::Shared, _) => format!(
            "{network} is of several clusters; give each a `listen` address or `networks` of its own"
        ),
        (By::Nothing, _) => format!("no cluster has a network that holds {client}"),
    }
}

/// What the name is.
pub(super) fn what(state: &State, name: &QueryName, lookup: &Lookup<'_>, asker: &Asker) -> What {
    let federation = federations(lookup.zone);
    let cluster = asker.cluster.map(|index| state.cluster(index).name.to_string());
    let own = cluster.unwrap_or_else(|| "the asker's cluster".to_owned());
    match &lookup.node {
        Node::Data(Data::Apex(_)) => {
            let text = format!("the apex of our zone for federation {federation} inside clusters");
            What::new(NameKind::Apex, text)
        }
        Node::Data(Data::NameServer(_)) => {
            What::new(NameKind::NameServer, "a name server of our zone")
        }
        Node::Data(Data::InCluster(_)) => {
            What::new(NameKind::Local, format!("a Service of {own} itself, which is ready"))
        }
        Node::Alias(Alias::External(external)) => {
            let what = external_of(external);
            What::new(
                NameKind::Local,
                format!("a Service of {own} itself, of type ExternalName: {what}"),
            )
        }
        Node::Alias(Alias::Canonical) => {
            let why = match asker.cluster {
                Some(_) => format!("{own} has nothing ready of its own"),
                None => "nobody knows which cluster asks".to_owned(),
            };
            let text = format!("{why}, so it is sent to federation {federation}");
            What::new(NameKind::Service, text)
        }
        Node::Data(Data::Unready) => What::new(
            NameKind::NoService,
            format!("{own} has such a Service, with nothing ready, and no cluster publishes one"),
        ),
        Node::EmptyNonTerminal => What::new(
            NameKind::Inner,
            "it owns nothing itself, and exists because names of services stand below it",
        ),
        Node::Unknown => not_known(state),
        // Of the others none is a name inside clusters.
        Node::Nothing
        | Node::Alias(Alias::Wider { .. } | Alias::Resolved(_))
        | Node::Data(
            Data::Service(_)
            | Data::Foreign(_)
            | Data::Written(_)
            | Data::Delegated(_)
            | Data::TooLong(_),
        ) => nothing(state, name, lookup, &own),
        Node::Alias(Alias::Written(_)) => {
            let text =
                format!("sent to federation {federation}, where a static zone holds the name");
            What::new(NameKind::Service, text)
        }
    }
}

/// The name that a Service stands for, and what resolvers said of it.
fn external_of(external: &External<'_>) -> String {
    let text = |wire: &[u8]| {
        let mut text = String::new();
        write_presentation(wire, &mut text).expect("writing to a string can not fail");
        text
    };
    let (name, set) = (text(external.name), external.addresses);
    if external.home.len() > 1 {
        return format!("{name}, an alias of {}", text(external.home));
    }
    let v4 = set.v4.iter().map(|octets| IpAddr::from(*octets).to_string());
    let v6 = set.v6.iter().map(|octets| IpAddr::from(*octets).to_string());
    let addresses: Vec<_> = v4.chain(v6).collect();
    match &addresses[..] {
        [] => format!("{name}, of which resolvers have said no address"),
        _ => format!("{name}, which is {}", addresses.join(", ")),
    }
}

fn nothing(state: &State, name: &QueryName, lookup: &Lookup<'_>, own: &str) -> What {
    let federation = federations(lookup.zone);
    match lookup.left {
        2 => {
            let asked = format!("{}/{}", label_of(name, 1), label_of(name, 0));
            let text =
                format!("no service {asked} is published in {federation}, and {own} has none");
            let view = lookup.zone.federations.first().map(|it| it.view.publish());
            let near = view.map(|publish| nearest::service(state, publish, name, 0));
            What { near: near.unwrap_or_default(), ..What::new(NameKind::NoService, text) }
        }
        1 => {
            let namespace = label_of(name, 0);
            let text = format!("no service is published in {federation} in namespace {namespace}");
            What::new(NameKind::NoService, text)
        }
        _ => What::new(
            NameKind::NoShape,
            format!("names inside clusters are SERVICE.NAMESPACE.{federation}.svc.CLUSTERDOMAIN"),
        ),
    }
}
