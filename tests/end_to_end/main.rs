//! The programs that fedns meets, as they are: API servers, CoreDNS, resolvers and clients.
//! Without them each test says that it is skipped (`tests/needs`).
#![allow(clippy::unwrap_used)]

#[path = "../process/mod.rs"]
mod process;
#[path = "../real/mod.rs"]
mod real;
#[path = "../support/walk.rs"]
mod walk;

mod api_servers;
mod clusters;
mod families;
mod backups;
mod restarts;
mod registry;
mod in_a_pod;
mod pods;
mod clients;
mod delegation;
mod fragments;
mod pages;
