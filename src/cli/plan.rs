//! From a configuration, and what registries add to it, to what the controller follows.
//!
//! In: a configuration; clusters. Out: clusters with what is watched of them, a plan, and where
//! clusters have listeners of their own. Does not start or join anything.

use std::net::SocketAddr;
use std::path::Path;

use crate::config::{Cluster, Config, Kubeconfig, Source};
use crate::controller::Plan;
use crate::core::name::Label;
use crate::state_dir::{Registrations, Wanted};

use super::watches::{Member, Watched};

/// The clusters of the configuration itself.
pub(super) fn members(config: &Config) -> impl Iterator<Item = Member> {
    config.clusters.iter().map(|cluster| Member {
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
pub(super) fn plan(config: &Config) -> Plan {
    let members: Vec<_> = members(config).collect();
    let registrations = Registrations::default();
    joined(config, &members, !config.registries.is_empty(), registrations)
}

/// The controller's plan of a configuration and all clusters. `expects_clusters`: whether a registry
/// has never been read. `registrations`: what registries have told.
pub(super) fn joined(
    config: &Config,
    members: &[Member],
    expects_clusters: bool,
    registrations: Registrations,
) -> Plan {
    Plan {
        policy: config.policy.clone(),
        clusters: members.iter().map(|it| (it.name.clone(), it.policy.clone())).collect(),
        expects_clusters,
        sync_grace: config.sync_grace,
        warnings: config.warnings.clone(),
        sources: members.iter().map(|it| (it.name.clone(), it.source.clone())).collect(),
        registrations,
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
pub(super) fn wanted(members: &[Member]) -> Vec<Wanted> {
    let wanted = |it: &Member| Wanted {
        name: it.name.clone(),
        policy: it.policy.clone(),
        source: it.source.clone(),
    };
    members.iter().map(wanted).collect()
}
