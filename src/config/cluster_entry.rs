//! A cluster's entry in whole: what the rest of the program needs to know before it is read.
//!
//! In: a cluster of the configuration; or what a registry tells. Out: [`ClusterEntry`].
//! Does not know how a cluster is reached.

use crate::config::resolved::Cluster;
use crate::config::source_identity::SourceIdentity;
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;

/// A cluster that is registered, by the configuration or by a registry.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterEntry {
    /// Its name.
    pub name: Label,
    /// What its entry says of it.
    pub policy: ClusterPolicy,
    /// What its facts are read from: facts that were kept of another source are not this cluster's.
    pub source: SourceIdentity,
}

impl ClusterEntry {
    /// That of a cluster of the configuration.
    pub fn of(cluster: &Cluster) -> Self {
        let (name, policy) = (cluster.name.clone(), cluster.policy.clone());
        Self { name, policy, source: SourceIdentity::of(cluster) }
    }
}
