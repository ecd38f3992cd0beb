//! How others install fedns, each way by the real tool: the unit of systemd, the chart, Kustomize, the alerts
//! and dashboards, the package, the container.
//! Without the programs each test says that it is skipped (`tests/needs`).
#![allow(clippy::unwrap_used)]

#[path = "../process/mod.rs"]
mod process;
#[path = "../fake_api/mod.rs"]
mod fake_api;
#[path = "../real/mod.rs"]
mod real;

mod alerts;
mod chart;
mod container;
mod debian;
mod package;
mod unit;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A path of the repository.
fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// What a program prints, which has to succeed.
#[track_caller]
fn printed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", all(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// All that a program said.
fn all(output: &Output) -> String {
    let text = |octets| String::from_utf8_lossy(octets).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
