//! Rolling deployments: pods that go and come while their service stays ready, counted from the API server to
//! what queries read.

use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Instant, SystemTime};

use serde_json::json;

use crate::fake_api::{FakeApi, node, replace, service, slice};
use crate::process::{CONFIG, PATIENCE, Server};

/// Changes of slices in one deployment.
const CHANGES: u64 = 200;
const EVENTS: &str = "fedns_cluster_events_total{kind=\"applied\"}";

/// So many pods of one of its services end and begin, one after the other; until all of that was followed.
fn roll(api: &FakeApi, server: &Server) {
    let before = server.metric(EVENTS);
    for change in 0..CHANGES {
        let (at, ready) = (change % 20, 1 + (change / 20) as usize % 9);
        let mut changed = slice(&format!("s{at}"), ready);
        let down = json!({ "addresses": ["10.0.0.2"], "conditions": { "ready": false } });
        let endpoints = changed["endpoints"].as_array_mut().unwrap();
        endpoints.extend(vec![down; 10 - ready]);
        api.put([changed]);
    }
    let end = Instant::now() + PATIENCE;
    while server.metric(EVENTS) < before + CHANGES {
        assert!(Instant::now() < end, "{} of {CHANGES}", server.metric(EVENTS) - before);
    }
}

/// What there is of a file: of one that is replaced it is another.
fn trace(path: &Path) -> Option<(u64, SystemTime)> {
    let metadata = path.metadata().ok()?;
    Some((metadata.ino(), metadata.modified().unwrap()))
}

/// What a process counts.
struct Made {
    snapshots: u64,
    services: u64,
}

impl Made {
    fn by(server: &Server) -> Self {
        let snapshots = server.metric("fedns_snapshot_generation ");
        Self { snapshots, services: server.metric("fedns_snapshot_changed_services_total ") }
    }
}

fn stop(mut server: Server) {
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_rolling_deployment_compiles_nothing_publishes_nothing_and_keeps_nothing() {
    let (folder, api) = (tempfile::tempdir().unwrap(), FakeApi::start());
    api.put([node("n1", "us", "a")]);
    let of = |at: u8| {
        let name = format!("s{at}");
        [service(&name, &format!("192.0.2.{at}")), slice(&name, 10)]
    };
    api.put((0..20).flat_map(of));
    api.write_kubeconfig(&folder.path().join("east.conf"));
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let cluster = "{ name: east, kubeconfig: { path: ./east.conf } }";
    let text = format!("{head}stateDir: ./state\nclusters:\n  - {cluster}\n");
    replace(&folder.path().join("fedns.yaml"), &text);
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    // Its file, and what is added behind that.
    let files = ["cluster-east.state", "cluster-east.state.journal"];
    let kept = || files.map(|name| trace(&folder.path().join("state").join(name)));
    let end = Instant::now() + PATIENCE;
    while kept()[0].is_none() {
        assert!(Instant::now() < end, "nothing is kept");
    }
    let (before, kept_before) = (Made::by(&server), kept());
    for _ in 0..3 {
        roll(&api, &server);
    }
    let after = Made::by(&server);
    assert_eq!(after.services, before.services, "services were compiled");
    // A serial that could not step yet when the first answers were complete brings one.
    let snapshots = after.snapshots - before.snapshots;
    assert!(snapshots <= 1, "{snapshots} snapshots of {} changes", 3 * CHANGES);
    // What a file lacks is written at the end, however soon after the last time that is.
    stop(server);
    assert_eq!(kept(), kept_before, "something was kept");
    // The last ready endpoint that goes is news.
    let server = Server::start(folder.path());
    server.wait_for("east synced");
    let is_answered = || {
        let reply = server.ask("s7.shop.myfed.svc.a.us.example.com.");
        reply.answers.iter().any(|it| it.data.to_string() == "192.0.2.7")
    };
    assert!(is_answered());
    api.put([slice("s7", 0)]);
    let end = Instant::now() + PATIENCE;
    while is_answered() {
        assert!(Instant::now() < end, "it is answered with no endpoint");
    }
    stop(server);
    assert_ne!(kept(), kept_before, "nothing was kept");
}
