//! Which domain a Corefile says that its cluster has: the zone of the plugin `kubernetes`.
//!
//! In: the server blocks of others, a [`Stub`]. Out: the stub with that domain, and what its keeper
//! should know. fedns answers below the domain that the cluster's entry says, and pods ask below
//! the one that their cluster has: where these differ, no name without a place is found.
//! Does not know what the kubelet writes into pods' resolv.conf.

use super::corefile::{Block, Directive};
use super::key::{Key, has_variable};
use super::{Stub, plain};
use crate::core::name::Name;

/// What one `kubernetes` serves.
struct Served {
    line: usize,
    /// Its zones but those of addresses, without final dots; the first is the cluster's domain.
    zones: Vec<String>,
    /// Whether it says which API server it asks, and so may tell of another cluster.
    names_server: bool,
}

/// The stub as the Corefile's cluster needs it.
pub(super) fn adapted(stub: &Stub, others: &[&Block], notes: &mut Vec<String>) -> Stub {
    let plugins =
        others.iter().flat_map(|block| block.named("kubernetes").map(|it| served(it, block)));
    let all: Vec<Served> = plugins.collect();
    let (Some(said), Some(cluster)) = (&stub.cluster_domain, &stub.cluster) else {
        return stub.clone();
    };
    let is_said = |zone: &String| *zone == plain(said);
    if all.iter().flat_map(|it| &it.zones).any(is_said) {
        return stub.clone();
    }
    let is_alone = all.iter().all(|it| it.names_server);
    let own = all.iter().filter(|it| is_alone || !it.names_server);
    let mut domains: Vec<(&str, usize)> = Vec::new();
    for served in own {
        if let Some(zone) = served.zones.first()
            && domains.iter().all(|(known, _)| known != zone)
        {
            domains.push((zone, served.line));
        }
    }
    let [(domain, line)] = domains[..] else {
        if let [(_, first), (_, second), ..] = domains[..] {
            notes.push(format!(
                "`kubernetes` at lines {first} and {second} serves several domains, and none is \
                 {}, the clusterDomain of {cluster}: which one pods have can not be told, so the \
                 block has that of the entry",
                plain(said)
            ));
        }
        return stub.clone();
    };
    let found = Name::parse(domain).ok().filter(|it| it.label_count() > 0);
    match found.filter(|_| !has_variable(domain)).and_then(|it| stub.below(&it)) {
        Some(adapted) => {
            notes.push(format!(
                "`kubernetes` at line {line} serves {domain}, and the clusterDomain of {cluster} is \
                 {} here: the block has the Corefile's; set `clusterDomain: {domain}` in the entry \
                 of {cluster}, for until then fedns refuses names below it",
                plain(said)
            ));
            adapted
        }
        None => {
            let shown = if domain.is_empty() { "." } else { domain };
            notes.push(format!(
                "which domain `kubernetes` at line {line} serves (`{shown}`) can not be told: the \
                 block has {}, the clusterDomain of {cluster}",
                plain(said)
            ));
            stub.clone()
        }
    }
}

fn served(plugin: &Directive, block: &Block) -> Served {
    let arguments = plugin.arguments();
    let own = arguments.iter().filter_map(|text| Key::parse(text).ok()).map(|key| key.zone);
    let zones: Vec<String> = match arguments.is_empty() {
        true => block.keys.iter().map(|key| key.zone.clone()).collect(),
        false => own.collect(),
    };
    let is_reverse = |zone: &String| {
        let is_below = |parent| {
            zone.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        zone.contains('/') || is_below("in-addr.arpa") || is_below("ip6.arpa")
    };
    let names_server = |line: Vec<&str>| matches!(line.first(), Some(&("endpoint" | "kubeconfig")));
    Served {
        line: plugin.line,
        zones: zones.into_iter().filter(|zone| !is_reverse(zone)).collect(),
        names_server: plugin.lines().skip(1).any(names_server),
    }
}
