//! Real programs for tests: API servers with etcd, CoreDNS, name servers, resolvers, clients.
//!
//! In: what a test wants to run. Out: programs that answer, on ports and addresses of their own, ended
//! with the value that holds them. What fedns is, nothing here knows.
//!
//! `make test` installs and builds the programs (`tests/needs`). Where one is missing, a test says that it
//! is skipped; with FEDNS_TEST_ALL set, as `make test` does where all are there, it fails instead.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

pub mod api;
pub mod ask;
pub mod authority;
pub mod cluster;
pub mod coredns;
pub mod forwarders;
pub mod network;
pub mod program;
pub mod resolvers;
pub mod root;
pub mod shop;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Whether these programs are here; says so where one is not.
pub fn have(programs: &[&str]) -> bool {
    let missing: Vec<_> = programs.iter().filter(|program| find(program).is_none()).collect();
    if !missing.is_empty() {
        let is_fault = std::env::var_os("FEDNS_TEST_ALL").is_some_and(|value| !value.is_empty());
        assert!(!is_fault, "FEDNS_TEST_ALL is set, but {missing:?} are not here");
        skip(&format!("{missing:?} not on this machine (`make test` brings them)"));
    }
    missing.is_empty()
}

/// Says that a test is skipped, and why, past the capture of what tests print.
pub fn skip(why: &str) {
    // In one piece: tests run side by side.
    _ = std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes());
}

/// Where a program is: among those that were built for the tests, else where the machine keeps its own.
pub fn find(program: &str) -> Option<PathBuf> {
    static FOLDERS: OnceLock<Vec<PathBuf>> = OnceLock::new();
    let folders = FOLDERS.get_or_init(|| {
        let build = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/build");
        let output = Command::new(build).arg("--where").output();
        let built =
            output.map(|output| String::from_utf8(output.stdout).unwrap()).unwrap_or_default();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let system = ["/usr/sbin", "/sbin"].map(PathBuf::from);
        built.lines().map(PathBuf::from).chain(std::env::split_paths(&path)).chain(system).collect()
    });
    folders.iter().map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// A folder of its own.
pub fn folder() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("fedns-").tempdir().unwrap()
}
