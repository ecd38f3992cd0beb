//! fedns: an authoritative DNS server for services that run in many Kubernetes clusters.
//!
//! The plan of the house. Modules stand in reading order, and that order is the law: a module
//! imports only from those above it (`tests/architecture` holds every import against it).
//!
//! ```text
//! event:  clusters -> ClusterEvent -> State::apply -> Changes -> compile -> Snapshot, published
//! query:  octets -> answer(&Snapshot, ..) -> octets
//! ```
//!
//! The two paths meet in one pointer to a [`core::snapshot::Snapshot`] and nowhere else.

pub mod core;
pub mod presentation;
pub mod config;
pub mod clock;
pub mod panics;
pub mod log;
pub mod descriptors;
pub mod clusters;
pub mod zone_files;
pub mod local_query;
pub mod documents;
pub mod onboarding;
pub mod state_dir;
pub mod controller;
pub mod dns;
pub mod admin;
pub mod server;
pub mod cli;
