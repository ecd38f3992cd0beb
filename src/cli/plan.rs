//! From a configuration, and what registries add to it, to what the controller follows.
//!
//! In: a configuration; clusters. Out: clusters with what is watched of them, a plan, and where
//! clusters have listeners of their own. Does not start or join anything.

use std::net::SocketAddr;

use crate::config::{Cluster, Config};
use crate::controller::Plan;
use crate::core::name::Label;

use super::watches::{Member, Watched};

/// The clusters of the configuration itself.
pub(super) fn members(config: &Config) -> impl Iterator<Item = Member> {
    config.clusters.iter().map(|cluster| Member {
        name: cluster.name.clone(),
        policy: cluster.policy.clone(),
        watched: Watched::of(cluster),
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
pub(super) fn plan(config: &Config) -> Plan {
    let members: Vec<_> = members(config).collect();
    joined(config, &members, !config.registries.is_empty())
}

/// The controller's plan of a configuration and all clusters. `expects_clusters`: whether a registry
/// has not been read yet.
pub(super) fn joined(config: &Config, members: &[Member], expects_clusters: bool) -> Plan {
    Plan {
        policy: config.policy.clone(),
        clusters: members.iter().map(|it| (it.name.clone(), it.policy.clone())).collect(),
        expects_clusters,
        sync_grace: config.sync_grace,
        warnings: config.warnings.clone(),
    }
}
