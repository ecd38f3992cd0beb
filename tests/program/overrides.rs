//! The file of overrides, by a real process: read as it changes, and held while it can not be.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::process::{CONFIG, PATIENCE, Server, world};

/// What east has alone, at its own zone.
const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";
const FILE: &str = "overrides.yaml";

/// A file that says this.
fn said(overrides: &str) -> String {
    format!("apiVersion: fedns.dev/v1\nkind: Overrides\noverrides: [{overrides}]\n")
}

/// A drain of the only cluster, which ends in fifty years.
fn drain() -> String {
    said(
        "{ id: m7, kind: drain, cluster: east, until: 2076-12-01T18:00:00Z, reason: upgrade, by: ada }",
    )
}

fn configured(more: &str) -> tempfile::TempDir {
    let world = world();
    let config = format!("{CONFIG}overrides: {{ file: ./{FILE} }}\n{more}");
    fs::write(world.path().join("fedns.yaml"), config).unwrap();
    world
}

/// Each turn of the drain stands in the record, in its order.
fn until_recorded(world: &Path, turns: &[&str]) {
    let end = Instant::now() + PATIENCE;
    loop {
        let record = fs::read_to_string(world.join("overrides.log")).unwrap_or_default();
        let line = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let lines: Vec<_> = record.lines().map(line).collect();
        if lines.len() == turns.len() {
            let told = lines.iter().map(|line| (line["turn"].as_str(), line["by"].as_str()));
            assert!(told.eq(turns.iter().map(|turn| (Some(*turn), Some("ada")))), "{record}");
            return;
        }
        assert!(Instant::now() < end, "{record}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn write(world: &Path, text: &str) {
    fs::write(world.join(FILE), text).unwrap();
}

/// Answers of a reserve shard are those of the world, behind two CNAMEs.
fn is_drained(server: &Server) -> bool {
    server.ask(CART).answers.len() == 3
}

#[test]
fn a_drain_comes_and_goes_with_the_file_and_stays_while_that_says_nothing() {
    let world = configured("");
    let server = Server::start(world.path());
    // A file that was never there is no fault.
    server.wait_for("ready: answers are complete");
    assert_eq!(server.ask(CART).answers.len(), 1);

    write(world.path(), &drain());
    server
        .wait_for("drain of cluster east is in force until 2076-12-01T18:00:00Z, by ada: upgrade");
    let reply = server.ask_until(CART, 3);
    assert!(reply.answers.iter().all(|record| record.ttl <= 30), "{reply}");
    server.get_until("/overrides", &["\"cluster\":\"east\"", "\"source\":\"file\"", "2076"]);
    server.get_until("/events", &["\"kind\":\"override\"", "by ada"]);

    // A fault in one part, an empty file, none at all: nothing is released.
    write(world.path(), &drain().replace("cluster: east", "cluster: east, zone: a"));
    server.get_until("/status", &["overrides_unread"]);
    assert!(is_drained(&server));
    fs::remove_file(world.path().join(FILE)).unwrap();
    server.get_until("/status", &["it is gone"]);
    assert!(is_drained(&server));

    // Only a list that lacks it releases it.
    write(world.path(), &said(""));
    server.wait_for("drain of cluster east ends");
    server.ask_until(CART, 1);
    until_recorded(world.path(), &["begins", "ends"]);
    let (_, status) = server.get("/status");
    assert!(!status.contains("overrides_unread"), "{status}");
}

#[test]
fn a_restart_without_the_file_holds_what_it_said_last() {
    let world = configured("stateDir: ./state\n");
    write(world.path(), &drain());
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert!(is_drained(&server), "from the very first question");
    server.signal("KILL");
    server.ended();
    fs::remove_file(world.path().join(FILE)).unwrap();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert!(is_drained(&server));
    server.get_until("/status", &["overrides_unread"]);
    // The configuration names no file any more: then nobody drains anything.
    fs::write(world.path().join("fedns.yaml"), format!("{CONFIG}stateDir: ./state\n")).unwrap();
    server.wait_for("drain of cluster east ends");
    server.ask_until(CART, 1);
}

#[test]
fn a_start_that_knows_nothing_of_what_is_drained_is_not_ready() {
    let world = configured("");
    write(world.path(), "overrides: of somebody else");
    let server = Server::start(world.path());
    server.get_until("/status", &["overrides_unknown"]);
    assert_eq!(server.get("/readyz").0, 503);
    write(world.path(), &said(""));
    server.get_until("/readyz", &["ok"]);
}

#[test]
fn an_entry_drains_its_cluster() {
    let world = world();
    let drained = CONFIG.replace("./east", "./east\n    drain: { reason: upgrade }");
    assert_ne!(drained, CONFIG);
    let path = world.path().join("fedns.yaml");
    fs::write(&path, drained).unwrap();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert!(is_drained(&server));
    fs::write(&path, CONFIG).unwrap();
    server.ask_until(CART, 1);
}
