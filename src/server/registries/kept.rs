//! What an earlier run knew of registries, while they themselves have not been read.
//!
//! In: registrations as they were kept. Out: the clusters that are waited for.
//! Does not know files, nor how a cluster is reached.

use crate::config::{ClusterEntry, Config, Registry, RegistryIdentity};
use crate::core::name::Label;
use crate::server::watches::RegisteredCluster;
use crate::state_dir::{Registration, Registrations};

use super::claims::Owner;

/// The clusters that an earlier run knew of, of registries that stand in the configuration: nobody
/// knows yet how they are reached. One whose entry can not be used any more is none.
pub(crate) fn awaited(config: &Config, kept: &Registrations) -> Vec<RegisteredCluster> {
    let of_file = |name: &Label| config.clusters.iter().any(|it| it.name == *name);
    let registries: Vec<_> = config.registries.iter().map(RegistryIdentity::of).collect();
    let cluster = |it: &Registration| {
        let entry = it.entry.iter().map(|(key, value)| (&**key, &**value));
        let policy = config.defaults.entry(entry).ok()?;
        let owner = Owner { registry: it.registry.clone(), secret: it.secret.clone() };
        let entry = ClusterEntry { name: it.cluster.clone(), policy, source: owner.source() };
        Some(RegisteredCluster { entry, watched: None })
    };
    let is_wanted = |it: &&Registration| !of_file(&it.cluster) && registries.contains(&it.registry);
    kept.clusters.iter().filter(is_wanted).filter_map(cluster).collect()
}

/// Whether an earlier run has read a registry.
pub(crate) fn was_read(kept: &Registrations, registry: &Registry) -> bool {
    kept.read.contains(&RegistryIdentity::of(registry))
}
