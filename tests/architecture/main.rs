//! The walls of the house, held against its source: the order of modules, the purity of the core,
//! no lost file, no long file, no `unsafe` outside its room, the rooms of ground state, a reason for each
//! dependency.
//!
//! Each rule is shown a planted fault, so that a rule that sees nothing is noticed.
#![allow(clippy::unwrap_used)]

mod page_rules;
mod pages;
mod rooms;
mod rules;
mod source;

use std::fs;
use std::path::Path;

use rules::{File, House, faults};

#[test]
fn the_house_holds_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches"] {
        collect(root, &root.join(folder), &mut files);
    }
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "src/lib.rs was not found");
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let found: Vec<_> =
        faults(&House { files, manifest }).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "{} faults\n{}", found.len(), found.join("\n"));
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            files.push(File { path: name, text: fs::read_to_string(&path).unwrap() });
        }
    }
}

#[test]
fn pages_and_comments_point_at_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "fuzz/targets"] {
        collect(root, &root.join(folder), &mut files);
    }
    for folder in [root.to_owned(), root.join("docs"), root.join("tests/core/vectors")] {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.extension().is_some_and(|extension| extension == "md") {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                files.push(File { path: name, text: fs::read_to_string(&path).unwrap() });
            }
        }
    }
    assert!(files.iter().any(|file| file.path == "docs/decisions.md"), "no pages were found");
    let exists = |path: &str| root.join(path).exists();
    let found: Vec<_> =
        files.iter().flat_map(|file| pages::in_vain(&file.path, &file.text, &exists)).collect();
    assert!(found.is_empty(), "{} point at nothing\n{}", found.len(), found.join("\n"));
}

#[test]
fn what_points_at_nothing_is_caught() {
    let there =
        ["src", "src/core", "src/core/name.rs", "src/core/name", "docs", "docs/a.md", "target"];
    let exists = |path: &str| there.contains(&path);
    let vain = |path: &str, text: &str| pages::in_vain(path, text, &exists);
    assert_eq!(vain("docs/b.md", "x\n`core/nothing.rs`"), ["docs/b.md:2: core/nothing.rs"]);
    let comment = format!("f(); /{} see `src/core/gone`", '/');
    assert_eq!(vain("src/a.rs", &comment), ["src/a.rs:1: src/core/gone"]);
    assert_eq!(vain("docs/b.md", "x `gone.rs`, a `mod.rs`"), ["docs/b.md:1: gone.rs"]);
    assert_eq!(vain("docs/b.md", "`gone.story`, `all_*.story`"), ["docs/b.md:1: gone.story"]);
    assert_eq!(vain("docs/b.md", "[a](c.md)"), ["docs/b.md:1: docs/c.md"]);
    let sound = "`core/name` `shop/web` `target/tmp/page` [a](a.md#part) [b](../docs/a.md) [c](https://x.y/z)";
    assert!(vain("docs/b.md", sound).is_empty());
    assert!(vain("src/a.rs", "let path = `core/nothing.rs`;").is_empty());
}

/// A house without fault, in which the tests below plant one.
fn sound() -> House {
    let mut house = House { files: Vec::new(), manifest: String::new() };
    house.manifest = "[package]\nname = \"x\"\n[dependencies]\n\
        a = \"1\" # what it is for\n[dev-dependencies]\nb = { version = \"1\", features = [\n  \"c\",\n] } # also said\n"
        .to_owned();
    for (path, code) in [
        (
            "src/lib.rs",
            "pub mod core; pub mod clock; pub mod config; pub mod clusters; pub mod documents; \
             pub mod dns;",
        ),
        ("src/main.rs", "mod allocator; fn main() { fedns::dns::run() }"),
        ("src/allocator.rs", ""),
        ("src/core/mod.rs", "pub mod name; pub mod state; pub use state::State;"),
        ("src/core/name/mod.rs", "pub mod grammar; mod text; pub use text::Text;"),
        ("src/core/name/grammar.rs", "use super::Text; use crate::core::name::Label;"),
        ("src/core/name/text.rs", "use std::time::Duration; use std::net::{IpAddr, SocketAddr};"),
        (
            "src/core/state.rs",
            "use super::name::{grammar, Label}; mod hold; mod apply; use self::hold::Hold; \
             pub use self::hold::Cluster; pub struct State { hold: Hold }",
        ),
        (
            "src/core/state/hold.rs",
            "use crate::core::name; pub(super) struct Hold { held: u8 } pub struct Cluster { pub name: u8 }",
        ),
        ("src/core/state/apply.rs", "use super::State; impl State {}"),
        ("src/clock.rs", "use std::time::Instant;"),
        ("src/documents.rs", "use crate::clusters::Stats;"),
        ("src/config.rs", "use crate::core::{self, state};"),
        ("src/clusters.rs", "use crate::config::Config; use tokio::net::UdpSocket;"),
        ("src/dns/mod.rs", "mod batch; use crate::core::state;"),
        ("src/dns/batch.rs", "fn f() { unsafe { g() } }"),
    ] {
        let text = format!("//! What it is for.\n\n{code}\n");
        house.files.push(File { path: path.to_owned(), text });
    }
    house
}

/// The faults after `code` was added to the file `path`, which may be new.
fn planted(path: &str, code: &str) -> Vec<String> {
    let mut house = sound();
    match house.files.iter_mut().find(|file| file.path == path) {
        Some(file) => file.text.push_str(code),
        None => house.files.push(File { path: path.to_owned(), text: code.to_owned() }),
    }
    faults(&house).iter().map(ToString::to_string).collect()
}

/// One fault is found: there, by that rule.
#[track_caller]
fn caught(path: &str, code: &str, start: &str) {
    let found = planted(path, code);
    assert!(found.len() == 1 && found[0].starts_with(start), "{code}\n{found:#?}");
}

/// Nothing is found.
#[track_caller]
fn passes(path: &str, code: &str) {
    assert_eq!(planted(path, code), Vec::<String>::new(), "{code}");
}

#[test]
fn a_sound_house_has_no_fault() {
    passes("src/lib.rs", "");
}

#[test]
fn a_module_names_only_those_above_it() {
    let file = "src/core/name/text.rs";
    for code in [
        "use crate::core::state::State;",
        "use crate::{core::{state::{self}}};",
        "use super::super::state;",
        "fn f() -> crate::core::state::State { other() }",
        "fn f() { super::super::state::f::<u8>() }",
        "mod inner { use super::super::super::state::State; }",
        "#[cfg(test)] mod tests { use crate::core::state::State; }",
        "use crate::core as c;",
        "use crate::{core::{self}};",
        "use crate::config::Config;",
        "macro_rules! m { () => { $crate::core::state::f() } }",
    ] {
        caught(file, code, "src/core/name/text.rs:4: [order] ");
    }
    caught("src/config.rs", "use crate::dns;", "src/config.rs:4: [order] `config` names `dns`");
    caught("src/core/name/grammar.rs", "use super::text;", "src/core/name/grammar.rs:4: [order] ");
    caught(
        "src/core/state/hold.rs",
        "use super::*;",
        "src/core/state/hold.rs:4: [order] importing",
    );
    passes("src/core/state/hold.rs", "mod tests { use super::*; }");
    passes(file, "// use crate::core::state;\n/* crate::dns /* */ crate::dns */");
    passes(
        file,
        "const A: &str = \"crate::core::state::\\\"x\"; const B: &str = r#\"crate::dns\"#;",
    );
    passes("src/config.rs", "pub(crate) fn f(x: &crate::core::State) -> char { '\"' }");
}

#[test]
fn the_order_is_that_of_the_list() {
    let mut house = sound();
    let list = house.files.iter_mut().find(|file| file.path == "src/lib.rs").unwrap();
    list.text =
        "//! x\npub mod config; pub mod core; pub mod clock; pub mod clusters; pub mod documents; \
                 pub mod dns;"
            .to_owned();
    let found = faults(&house);
    assert!(found.iter().all(|fault| fault.rule == "order" && fault.path == "src/config.rs"));
    assert_eq!(found.len(), 2, "`core` and `core::state`");
}

#[test]
fn nothing_of_the_world_is_in_the_core() {
    let file = "src/core/state.rs";
    for code in [
        "use tokio::sync::mpsc;",
        "use {kube::Api};",
        "use std::{fmt, fs};",
        "fn f() { ::std::env::var(\"x\"); }",
        "fn f() { std::thread::sleep(d) }",
        "use std::net::{IpAddr, UdpSocket};",
        "use std::net;",
        "use std::time::{Duration, Instant};",
        "fn f() { let now = std::time::SystemTime::now(); }",
        "use std::time;",
        "use std::time::*;",
        "fn f() { tracing::info!(\"x\") }",
        "fn f() { log::info!(\"x\") }",
        "use rand::random;",
        "async fn f() {}",
        "fn f() { println!(\"x\") }",
        "#[cfg(not(test))] use std::fs;",
        "#[cfg(test)] mod tests { use std::fs; } use std::env;",
    ] {
        caught(file, code, "src/core/state.rs:4: [purity] ");
    }
    passes(
        file,
        "#[cfg(test)] mod tests { use std::fs; fn f<'a>(x: &'a str) { println!(\"}\") } }",
    );
    passes(file, "#[cfg(test)] #[allow(x)] fn f<A, B>() -> [A; 2] { std::env::var(\"x\") }");
    passes(file, "fn f(log: u8, rand: u8) { x.log(rand); std::net::IpAddr::V4(a); } // tokio::x");
    passes(file, "fn f() -> std::time::Duration { \"println! async tokio::x std::fs\" }");
    passes("src/config.rs", "use std::fs; use tracing::info;");
}

#[test]
fn ground_state_keeps_its_rooms() {
    for (path, code) in [
        ("src/core/state.rs", "pub mod hold;"),
        ("src/core/state.rs", "mod inner { struct State { pub hold: Hold } }"),
        ("src/core/state/hold.rs", "pub struct State;"),
        ("src/core/state/hold.rs", "impl super::State {}"),
        ("src/core/state/hold.rs", "mod tests { use crate::core::state::State; }"),
        ("src/core/state/hold.rs", "mod b { pub struct Hold { pub(super) held: u8 } }"),
        ("src/core/state/hold.rs", "mod b { pub struct Hold(pub u8); }"),
        ("src/core/state/hold.rs", "fn f() -> &mut Cluster { g() }"),
        ("src/core/state/apply.rs", "fn f(it: &mut Cluster) { it.name = 1 }"),
        ("src/config.rs", "fn f(it: &mut Cluster) { it.name = 1 }"),
    ] {
        caught(path, code, &format!("{path}:4: [rooms] "));
    }
    passes("src/core/state/hold.rs", "pub(super) struct Told { pub(super) news: u8 } // State");
    passes(
        "src/core/state/hold.rs",
        "mod clusters { fn f(it: &Cluster) -> HostnameState { g() } }",
    );
    passes("src/core/state.rs", "impl State { pub(super) fn f(&mut self) -> &Cluster { g() } }");
    passes("src/core/state/apply.rs", "impl State { fn f(&mut self, cluster: Cluster) {} }");
    passes("src/config.rs", "struct State { pub held: u8 }");
}

#[test]
fn every_file_is_declared() {
    caught("src/core/lost.rs", "//! x\n", "src/core/lost.rs:1: [declared] ");
    caught("src/dns/tests.rs", "//! x\n", "src/dns/tests.rs:1: [declared] ");
    passes("src/bin/tool.rs", "//! x\n");
}

#[test]
fn nobody_looks_over_a_wall() {
    let code = "fn f() { crate::clusters::run() }";
    caught("src/dns/batch.rs", code, "src/dns/batch.rs:4: [walls] `dns` names `clusters`");
    let code = "fn f() { crate::clock::now() }";
    caught("src/documents.rs", code, "src/documents.rs:4: [walls] `documents` names `clock`");
    passes("src/config.rs", code);
    let found = planted("src/clusters.rs", "use crate::dns;");
    assert!(
        found.iter().any(|fault| fault.contains("[walls] `clusters` names `dns`")),
        "{found:?}"
    );
}

#[test]
fn every_file_opens_with_what_it_is_for() {
    caught("src/bin/a.rs", "use std::fs;\n", "src/bin/a.rs:1: [opening] ");
    caught("src/bin/a.rs", &"//! x\n".repeat(13), "src/bin/a.rs:13: [opening] ");
    passes("src/bin/a.rs", &"//! x\n".repeat(12));
}

#[test]
fn no_file_is_long() {
    caught("tests/a.rs", &"\n".repeat(501), "tests/a.rs:501: [length] ");
    passes("tests/a.rs", &"\n".repeat(500));
    let long = format!("//! x\n{}", "\n".repeat(400));
    caught("src/bin/a.rs", &long, "src/bin/a.rs:401: [length] ");
}

#[test]
fn unsafe_stays_in_its_room() {
    caught("src/config.rs", "fn f() {\nunsafe { g() } }", "src/config.rs:5: [unsafe] ");
    passes("src/config.rs", "// unsafe\n#![deny(unsafe_code)]");
}

#[test]
fn every_dependency_has_a_reason() {
    for (line, text) in [
        (9, "c = \"1\""),
        (9, "c = \"1\" # "),
        (9, "c = { git = \"x#y\" }"),
        (9, "[target.'cfg(unix)'.dependencies.c]\nversion = \"1\""),
        (10, "[build-dependencies]\nc = \"1\""),
    ] {
        let mut house = sound();
        house.manifest.push_str(text);
        let found: Vec<_> = faults(&house).iter().map(ToString::to_string).collect();
        let start = format!("Cargo.toml:{line}: [reasons] ");
        assert!(found.len() == 1 && found[0].starts_with(&start), "{text}\n{found:#?}");
    }
}
