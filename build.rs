//! Says which commit the program is built from, where that can be found out.
//!
//! In: FEDNS_COMMIT, else git. Out: FEDNS_VERSION for `fedns --version`: the same text for the
//! same sources, and no more than the version where there is no git.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=FEDNS_COMMIT");
    let version = env!("CARGO_PKG_VERSION");
    let commit = std::env::var("FEDNS_COMMIT").ok().or_else(commit);
    match commit.filter(|commit| !commit.is_empty()) {
        Some(commit) => println!("cargo::rustc-env=FEDNS_VERSION={version} ({commit})"),
        None => println!("cargo::rustc-env=FEDNS_VERSION={version}"),
    }
}

fn commit() -> Option<String> {
    // HEAD's log grows with every commit and every switch, unlike HEAD itself.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]);
    if let Some(path) = log.filter(|path| std::path::Path::new(path).exists()) {
        println!("cargo::rerun-if-changed={path}");
    }
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8(text).ok()?.trim().to_owned())
}
