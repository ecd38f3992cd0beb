//! From a configuration, and what registries add to it, to what the controller follows.
//!
//! In: a configuration; clusters. Out: clusters with what is watched of them, a plan, and where
//! clusters have listeners of their own. Does not start or join anything.

use std::net::{IpAddr, SocketAddr};

use crate::config::{Cluster, ClusterEntry, Config};
use crate::controller::Plan;
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::name::Label;

use super::watches::{RegisteredCluster, Watched};

/// The clusters of the configuration itself.
pub(crate) fn configured_clusters(config: &Config) -> impl Iterator<Item = RegisteredCluster> {
    config.clusters.iter().map(|cluster| RegisteredCluster {
        entry: ClusterEntry::of(cluster),
        watched: Some(Watched::of(cluster)),
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
    joined(config, &clusters, !config.registries.is_empty())
}

/// The controller's plan of a configuration and all clusters. `expects_clusters`: whether a registry
/// has never been read.
pub(super) fn joined(
    config: &Config,
    clusters: &[RegisteredCluster],
    expects_clusters: bool,
) -> Plan {
    Plan {
        policy: config.policy.clone(),
        clusters: entries(clusters),
        expects_clusters,
        sync_grace: config.sync_grace,
        warnings: config.warnings.clone(),
        complaints: complaints(config),
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
    open.map(of_admin).into_iter().chain(config.zone_complaints.iter().cloned()).collect()
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

/// The entries of clusters.
pub(super) fn entries(clusters: &[RegisteredCluster]) -> Vec<ClusterEntry> {
    clusters.iter().map(|it| it.entry.clone()).collect()
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
