//! What fuzzers run, once for each input: functions that panic where something does not hold.
//!
//! In: octets. Out: nothing. The fuzz targets (`fuzz/fuzz_targets`) hand them what libFuzzer makes up,
//! and `tests/input/fuzz_corpora.rs` all files of the corpora; so nothing here knows libFuzzer.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub, missing_docs)]

#[path = "../../tests/support/mod.rs"]
mod support;

pub mod config;
pub mod corefile;
pub mod exec_output;
pub mod kubeconfig;
pub mod list_body;
pub mod manifest;
pub mod master_file;
pub mod query;
pub mod secret;
pub mod state_file;

/// A target.
pub struct Target {
    /// Its name, and that of its corpus.
    pub name: &'static str,
    /// Runs it once.
    pub run: fn(&[u8]),
}

/// All of them.
pub const ALL: &[Target] = &[
    Target { name: "config", run: config::run },
    Target { name: "corefile", run: corefile::run },
    Target { name: "exec_output", run: exec_output::run },
    Target { name: "kubeconfig", run: kubeconfig::run },
    Target { name: "list_body", run: list_body::run },
    Target { name: "manifest", run: manifest::run },
    Target { name: "master_file", run: master_file::run },
    Target { name: "query", run: query::run },
    Target { name: "secret", run: secret::run },
    Target { name: "state_file", run: state_file::run },
];
