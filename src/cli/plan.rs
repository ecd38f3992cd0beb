//! From a configuration to what the controller starts from and follows.
//!
//! In: a configuration. Out: a plan, and where clusters have listeners of their own. Does not start or join anything.

use std::net::SocketAddr;

use crate::config::{Cluster, Config};
use crate::controller::Plan;
use crate::core::name::Label;

/// The addresses where one cluster alone asks.
pub(super) fn own_listeners(config: &Config) -> Vec<(Label, SocketAddr)> {
    let of = |cluster: &Cluster| {
        let name = cluster.name.clone();
        cluster.listen.clone().into_iter().map(move |address| (name.clone(), address))
    };
    config.clusters.iter().flat_map(of).collect()
}

/// The controller's plan of a configuration.
pub(super) fn plan(config: &Config) -> Plan {
    let clusters = config.clusters.iter();
    Plan {
        policy: config.policy.clone(),
        clusters: clusters.map(|it| (it.name.clone(), it.policy.clone())).collect(),
        sync_grace: config.sync_grace,
        warnings: config.warnings.clone(),
    }
}
