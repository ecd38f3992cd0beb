//! From a configuration, and what registries add to it, to what the controller follows.
//!
//! In: a configuration; clusters. Out: clusters with what is watched of them, a plan, and where
//! clusters have listeners of their own. Does not start or join anything.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use crate::config::{Cluster, Config, Kubeconfig, Source};
use crate::controller::Plan;
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::name::Label;
use crate::state_dir::{Registrations, Wanted};

use super::watches::{RegisteredCluster, Watched};

/// The clusters of the configuration itself.
pub(crate) fn configured_clusters(config: &Config) -> impl Iterator<Item = RegisteredCluster> {
    config.clusters.iter().map(|cluster| RegisteredCluster {
        name: cluster.name.clone(),
        policy: cluster.policy.clone(),
        watched: Some(Watched::of(cluster)),
        source: source_text(cluster),
    })
}

/// The addresses where one cluster alone asks.
pub(super) fn own_listeners(config: &Config) -> Vec<(Label, SocketAddr)> {
    let of = |cluster: &Cluster| {
        let name = cluster.name.clone();
        cluster.listen.clone().into_iter().map(move |address| (name.clone(), address))
    };
    config.clusters.iter().flat_map(of).collect()
}

/// The controller's plan of a configuration whose registries have not been read.
pub(crate) fn plan(config: &Config) -> Plan {
    let clusters: Vec<_> = configured_clusters(config).collect();
    let registrations = Registrations::default();
    joined(config, &clusters, !config.registries.is_empty(), registrations)
}

/// The controller's plan of a configuration and all clusters. `expects_clusters`: whether a registry
/// has never been read. `registrations`: what registries have told.
pub(super) fn joined(
    config: &Config,
    clusters: &[RegisteredCluster],
    expects_clusters: bool,
    registrations: Registrations,
) -> Plan {
    Plan {
        policy: config.policy.clone(),
        clusters: clusters.iter().map(|it| (it.name.clone(), it.policy.clone())).collect(),
        expects_clusters,
        sync_grace: config.sync_grace,
        warnings: config.warnings.clone(),
        complaints: complaints(config),
        sources: clusters.iter().map(|it| (it.name.clone(), it.source.clone())).collect(),
        registrations,
    }
}

/// What is wrong with a configuration that has no fault, whatever its clusters say.
pub(crate) fn complaints(config: &Config) -> Vec<Complaint> {
    let open = config.admin.listen.filter(|address| is_open(address.ip()));
    let of_admin = |address| Complaint {
        cluster: None,
        subject: Subject::Admin,
        flaw: Flaw::AdminOpen(address),
    };
    open.map(of_admin).into_iter().collect()
}

/// Whether strangers may reach an address of this host: one that routers of the world lead to, or
/// any that the host is given.
fn is_open(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            // Addresses that providers share among their customers are theirs alone (RFC 6598).
            let is_shared = v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64;
            !(v4.is_loopback() || v4.is_private() || v4.is_link_local() || is_shared)
        }
        IpAddr::V6(v6) => !(v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()),
    }
}

/// Where a cluster's facts are read, as text that is the same only for the same source. Who
/// answers there is told apart by the UID of `kube-system`, which only the cluster knows.
fn source_text(cluster: &Cluster) -> Box<str> {
    match &cluster.source {
        Source::Manifests(path) => format!("the folder {}", whole(path)).into(),
        Source::Kubeconfig(Kubeconfig::InCluster) => "the cluster it runs in".into(),
        Source::Kubeconfig(Kubeconfig::Files { paths, context, .. }) => {
            let paths: Vec<_> = paths.iter().map(|path| whole(path)).collect();
            let context = context.as_deref().unwrap_or("the current one");
            format!("kubeconfig {}, context {context}", paths.join(":")).into()
        }
    }
}

/// A path that is the same wherever the process was started.
fn whole(path: &Path) -> String {
    // It only fails for an empty path, which is nothing that could be read.
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

/// Clusters as the state folder is read for them.
pub(super) fn wanted(clusters: &[RegisteredCluster]) -> Vec<Wanted> {
    let wanted = |it: &RegisteredCluster| Wanted {
        name: it.name.clone(),
        policy: it.policy.clone(),
        source: it.source.clone(),
    };
    clusters.iter().map(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_open_where_strangers_may_reach_it() {
        let is = |text: &str| is_open(text.parse().expect("an address"));
        for address in ["0.0.0.0", "::", "203.0.113.1", "2001:db8::1", "100.128.0.1", "172.32.0.1"]
        {
            assert!(is(address), "{address}");
        }
        for address in ["127.0.0.1", "::1", "10.1.2.3", "172.31.0.1", "192.168.1.1", "169.254.0.1"]
        {
            assert!(!is(address), "{address}");
        }
        for address in ["100.64.0.1", "100.127.255.254", "fd00::1", "fe80::1", "::ffff:10.0.0.1"] {
            assert!(!is(address), "{address}");
        }
    }
}
