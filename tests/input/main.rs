//! What people and programs write, read from real disks: configurations, manifests, and the corpora of
//! the fuzz targets.
#![allow(clippy::unwrap_used)]

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

mod config;
mod bad_config;
mod manifests;
mod bad_manifests;
mod fuzz_corpora;
