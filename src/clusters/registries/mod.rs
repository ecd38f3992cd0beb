//! Registries: Secrets that each tell of a cluster, by convention, and the task that watches them.
//!
//! In: how to reach the cluster that holds them, and their namespace. Out: the clusters that they tell
//! of, and what is wrong with those that tell of none, as a [`RegistryReport`]. What a Secret holds is
//! shown to nobody: not in complaints, not in logs, not by `Debug`.
//! Does not know what an entry of a cluster may say.

mod secret;
mod argo_cd;
mod conventions;
mod claimed_clusters;
mod report;
mod secret_sink;
mod watch;

pub use claimed_clusters::{ClaimedClusters, Found};
pub use conventions::{Claim, claims};
pub use report::RegistryReport;
pub use secret::Secret;
pub use watch::{RegistryNamespace, watch_secrets};
