//! API servers that err on purpose, hubs that tell of clusters, kubeconfigs, and resolvers of
//! load-balancer hostnames.
#![allow(clippy::unwrap_used)]

#[path = "../process/mod.rs"]
mod process;
#[path = "../real/mod.rs"]
mod real;
#[path = "../fake_api/mod.rs"]
mod fake_api;

mod watch;
mod registry;
mod kubeconfigs;
mod hostnames;
