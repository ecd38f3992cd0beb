//! Clusters: each entry joined with what `clusterDefaults` says for all.
//!
//! In: `clusters` and `clusterDefaults` as written. Out: [`Cluster`]s; a key of an entry wins
//! whole over the same key of the defaults.
//! Does not know whether a folder or an API server is there.

use std::collections::HashMap;
use std::ops::Range;

use ipnet::IpNet;

use crate::config::checks::{networks, refuse_twice, require};
use crate::config::choices::OnClusterLost;
use crate::config::defaults;
use crate::config::fault::Fault;
use crate::config::folder::Folder;
use crate::config::overrides;
use crate::config::read::{At, Given, List, Notes};
use crate::config::resolved::{Cluster, Source};
use crate::config::spec::{Cluster as ClusterSpec, Spec};
use crate::core::name::Name;
use crate::core::policy::{ClusterPolicy, WhenSilent};

/// The clusters of the file.
pub(super) fn lower(spec: &Spec, folder: &Folder<'_>, notes: &mut Notes) -> Vec<Cluster> {
    let none = ClusterSpec::default();
    let defaults = spec.cluster_defaults.value().unwrap_or(&none);
    let all = spec.clusters.items();
    let names = all.iter().filter_map(|cluster| cluster.value.name.at());
    refuse_twice("cluster", names.map(|name| (&name.value, &name.span)), notes);
    check_defaults(defaults, notes);
    check_keys(defaults, notes);
    let mut lowered = Vec::new();
    for At { value, span } in all {
        let who = value.name.value().map(|name| format!("cluster `{name}`"));
        let who = who.unwrap_or("a cluster".to_owned());
        require(&value.name, span, "a cluster has no `name`", "name: east", notes);
        check_source(value, span, &who, notes);
        check_keys(value, notes);
        check_places(value, defaults, &who, notes);
        lowered.extend(cluster(value, defaults, folder, notes));
    }
    warn_of_shared(all, defaults, notes);
    lowered
}

fn cluster(
    own: &ClusterSpec,
    defaults: &ClusterSpec,
    folder: &Folder<'_>,
    notes: &mut Notes,
) -> Option<Cluster> {
    let listen = own.listen.or(&defaults.listen).items();
    let source = match (own.kubeconfig.value(), own.manifests.value()) {
        (Some(kubeconfig), _) => Source::Kubeconfig(folder.kubeconfig(kubeconfig)),
        (None, manifests) => Source::Manifests(folder.resolve(manifests?)),
    };
    Some(Cluster {
        name: own.name.value()?.clone(),
        source,
        policy: policy(own, defaults, notes)?,
        listen: listen.iter().map(|address| address.value).collect(),
    })
}

/// What an entry says, joined with what holds for all.
pub(super) fn policy(
    own: &ClusterSpec,
    defaults: &ClusterSpec,
    notes: &mut Notes,
) -> Option<ClusterPolicy> {
    let region = own.region.or(&defaults.region).value();
    let zones = own.zones.or(&defaults.zones).items();
    let globs = own.namespaces.or(&defaults.namespaces).items();
    let lost = own.on_cluster_lost.or(&defaults.on_cluster_lost).value();
    let guard = own.withdraw_guard.or(&defaults.withdraw_guard).value();
    let guard = guard.map_or(defaults::WITHDRAW_GUARD, |guard| guard.0);
    let limit = own.stale_limit.or(&defaults.stale_limit).value().and_then(|limit| limit.0);
    let hostname_limit = own.hostname_stale_limit.or(&defaults.hostname_stale_limit).value();
    let hostname_limit = hostname_limit.and_then(|limit| limit.0);
    Some(ClusterPolicy {
        region: region.map(|region| region.0.clone()),
        zones: zones.iter().map(|zone| zone.value.0.clone()).collect(),
        namespaces: globs.iter().map(|glob| glob.value.0.clone()).collect(),
        addresses: networks(own.addresses.or(&defaults.addresses), notes),
        when_silent: match lost {
            Some(OnClusterLost::Withdraw) => WhenSilent::Withdraw,
            Some(OnClusterLost::Keep | OnClusterLost::Probe) | None => WhenSilent::Keep,
        },
        stale_limit: limit.map(|limit| limit.0),
        // What a manifest file says is a fact, also that nothing is there.
        withdraw_guard: own.manifests.is_absent().then_some(guard),
        hostname_stale_limit: hostname_limit.map(|limit| limit.0),
        drain: overrides::of_entry(&own.drain, notes),
        networks: networks(own.networks.or(&defaults.networks), notes),
        cluster_domain: match own.cluster_domain.or(&defaults.cluster_domain).value() {
            Some(domain) => domain.clone(),
            None => Name::parse(defaults::CLUSTER_DOMAIN).ok()?,
        },
    })
}

/// A network that several clusters have tells nobody apart. One inside of another does: the longer
/// prefix counts.
fn warn_of_shared(all: &[At<ClusterSpec>], defaults: &ClusterSpec, notes: &mut Notes) {
    let mut seen: HashMap<IpNet, (usize, String)> = HashMap::new();
    for (number, At { value, .. }) in all.iter().enumerate() {
        let name = value.name.value().map_or(String::new(), ToString::to_string);
        for At { value: network, span } in value.networks.or(&defaults.networks).items() {
            let network = network.trunc();
            match seen.get(&network) {
                Some((first, other)) if *first != number => notes.warn(
                    span,
                    format!(
                        "{network} is a network of cluster `{other}` and of cluster `{name}`: who \
                         asks from there counts as neither, and is sent to the global name"
                    ),
                ),
                Some(_) => {}
                None => _ = seen.insert(network, (number, name.clone())),
            }
        }
    }
}

fn check_source(own: &ClusterSpec, place: &Range<usize>, who: &str, notes: &mut Notes) {
    match (&own.kubeconfig, &own.manifests) {
        (Given::Absent, Given::Absent) => {
            let fault = Fault::at(place, format!("{who} has no source of facts"));
            notes.fault(fault.help("add `manifests: FOLDER` or `kubeconfig: { path, context }`"));
        }
        (Given::Value(kubeconfig), Given::Value(manifests)) => {
            let (first, second) = if kubeconfig.span.start < manifests.span.start {
                (&kubeconfig.span, &manifests.span)
            } else {
                (&manifests.span, &kubeconfig.span)
            };
            let fault = Fault::at(second, format!("{who} has two sources of facts"));
            let fault = fault.label("the second").earlier(first, "the first");
            notes.fault(fault.help("take `kubeconfig` or `manifests` away"));
        }
        _ => {}
    }
}

/// `clusterDefaults` holds for all clusters, so what makes one cluster can not stand there.
fn check_defaults(defaults: &ClusterSpec, notes: &mut Notes) {
    let name = defaults.name.at().map(|at| ("name", &at.span));
    let kubeconfig = defaults.kubeconfig.at().map(|at| ("kubeconfig", &at.span));
    let manifests = defaults.manifests.at().map(|at| ("manifests", &at.span));
    let drain = defaults.drain.at().map(|at| ("drain", &at.span));
    for (key, span) in [name, kubeconfig, manifests, drain].into_iter().flatten() {
        let fault = Fault::at(span, format!("`{key}` can not stand in clusterDefaults"));
        notes.fault(fault.label("belongs to one cluster").help("move it to an item of `clusters`"));
    }
}

pub(super) fn check_keys(cluster: &ClusterSpec, notes: &mut Notes) {
    // The core takes an empty list for "all", but who writes one may well mean "none".
    refuse_empty(&cluster.namespaces, "namespaces", "[\"*\"]", notes);
    refuse_empty(&cluster.addresses, "addresses", "[0.0.0.0/0, \"::/0\"]", notes);
    let zones = cluster.zones.items().iter();
    refuse_twice("zone", zones.map(|zone| (&zone.value.0, &zone.span)), notes);
}

fn refuse_empty<T>(given: &Given<List<T>>, key: &str, all: &str, notes: &mut Notes) {
    if let Some(at) = given.at()
        && at.value.items.is_empty()
        && at.value.is_whole
    {
        let fault = Fault::at(&at.span, format!("`{key}` is empty"));
        notes.fault(fault.label("all, or none?").help(format!(
            "for all write `{all}` or take the key away; a cluster that may nothing is better not listed"
        )));
    }
}

pub(super) fn check_places(
    own: &ClusterSpec,
    defaults: &ClusterSpec,
    who: &str,
    notes: &mut Notes,
) {
    let zones = own.zones.or(&defaults.zones);
    if let Some(at) = zones.at()
        && !at.value.items.is_empty()
        && own.region.or(&defaults.region).is_absent()
    {
        let fault = Fault::at(&at.span, format!("{who} has zones but no region"));
        let fault = fault.label("zones of which region?");
        notes.fault(fault.help("add `region: europe-west1`: places match as region and zone"));
    }
}
