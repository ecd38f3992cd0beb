//! API servers watched by the running program and by the pipeline alone, each with one thing that
//! goes wrong.
#![allow(clippy::unwrap_used)]

mod fake_api;
mod process;
#[path = "watch/rig.rs"]
mod rig;
#[path = "watch/pipeline.rs"]
mod pipeline;
#[path = "watch/faults.rs"]
mod faults;
#[path = "watch/rights.rs"]
mod rights;
#[path = "watch/server.rs"]
mod server;
#[path = "watch/sight.rs"]
mod sight;
#[path = "watch/credentials.rs"]
mod credentials;
#[path = "watch/confinement.rs"]
mod confinement;
#[path = "watch/entries.rs"]
mod entries;
