//! From a configuration to what the controller starts from and follows.
//!
//! In: a configuration. Out: a plan. Does not start or join anything.

use crate::config::Config;
use crate::controller::Plan;

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
