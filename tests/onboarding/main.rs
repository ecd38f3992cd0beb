//! What other DNS servers, parents and clusters are told: Corefiles, delegations, and what `join` makes.
#![allow(clippy::unwrap_used)]

#[path = "../process/mod.rs"]
mod process;
#[path = "../real/mod.rs"]
mod real;
#[path = "../fake_api/mod.rs"]
mod fake_api;

mod stub;
mod stub_apply;
mod stub_cluster;
mod stub_listeners;
mod delegation_command;
mod join;
