//! The running program, asked over its sockets, with fake API servers behind it.

use std::fmt::Write;
use std::fs;

use hickory_proto::op::ResponseCode;
use serde_json::Value;

use super::rig::api;
use crate::fake_api::{FakeApi, Fault, Verb, node, service, slice};
use crate::process::{self, Server};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// A folder with a configuration whose clusters are those; each has a kubeconfig of its name.
fn world(clusters: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    configure(&folder, clusters);
    folder
}

fn configure(folder: &tempfile::TempDir, clusters: &str) {
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let text = format!("{head}clusters:\n{clusters}");
    crate::fake_api::replace(&folder.path().join("fedns.yaml"), &text);
}

fn kubeconfig(name: &str) -> String {
    format!("  - {{ name: {name}, kubeconfig: {{ path: ./{name}.conf }} }}\n")
}

fn status(server: &Server) -> Value {
    serde_json::from_str(&server.get("/status").1).unwrap()
}

#[test]
fn a_cluster_is_watched_and_its_changes_are_answered() {
    let api = api();
    let folder = world(&kubeconfig("east"));
    api.write_kubeconfig(&folder.path().join("east.conf"));
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    assert_eq!(server.ask_until(CART, 1).answers[0].data.to_string(), "192.0.2.1");
    api.put([slice("cart", 0)]);
    server.ask_until(CART, 2);
    api.put([slice("cart", 1)]);
    server.ask_until(CART, 1);
    server.get_until(
        "/clusters",
        &["\"contact\":\"reached\"", "v1.33.0-fake", "\"uid\":\"uid-1\"", "\"endpointslices\":1"],
    );
    server.get_until(
        "/metrics",
        &[
            "fedns_cluster_up{cluster=\"east\"} 1\n",
            "fedns_cluster_synced{cluster=\"east\"} 1\n",
            "fedns_cluster_lists_total{cluster=\"east\"} 3\n",
            "fedns_cluster_watch_events_total{cluster=\"east\"} 2\n",
            "fedns_programming_duration_seconds_count{cluster=\"east\"} 0\n",
        ],
    );
    let mut changed = slice("cart", 2);
    let key = "endpoints.kubernetes.io/last-change-trigger-time";
    changed["metadata"]["annotations"][key] = "2026-01-01T00:00:00Z".into();
    api.put([changed]);
    server
        .get_until("/metrics", &["fedns_programming_duration_seconds_count{cluster=\"east\"} 1\n"]);
}

#[test]
fn a_server_that_is_lost_keeps_its_answers_and_is_told() {
    let api = api();
    let address = api.address;
    let folder = world(&kubeconfig("east"));
    api.write_kubeconfig(&folder.path().join("east.conf"));
    let server = Server::start(folder.path());
    server.wait_for_all(&["east: its API server answers", "ready: answers are complete"]);
    drop(api);
    server.wait_for("east: no contact with its API server: ");
    // The same words wherever it is told.
    server.wait_for("verdict: attention: east is lost: clients go on to get what its ");
    server.get_until("/metrics", &["fedns_verdict 1\n", "fedns_clusters{state=\"lost\"} 1\n"]);
    let verdict = &status(&server)["verdict"];
    assert_eq!(
        (&verdict["word"], &verdict["reasons"][0]["kind"]),
        (&"attention".into(), &"lost".into())
    );
    // By the verdict alone: that contact is lost has a line of its own.
    assert_eq!(server.log().matches("east is lost").count(), 1, "{}", server.log());
    assert_eq!(server.ask(CART).answers.len(), 1);
    let east = &status(&server)["clusters"][0];
    assert_eq!((&east["state"], &east["server"]["contact"]), (&"lost".into(), &"lost".into()));
    assert!(east["server"]["reason"].as_str().unwrap().contains("refused"), "{east}");
    let api = FakeApi::listen(address, None);
    api.put([node("n1", "us", "a"), service("cart", "192.0.2.5"), slice("cart", 1)]);
    api.forget();
    server.wait_for("east: contact again");
    server.wait_for("verdict: fine: 1 cluster read and heard; 1 service answered");
    let end = std::time::Instant::now() + process::PATIENCE;
    while server.ask(CART).answers[0].data.to_string() != "192.0.2.5" {
        assert!(std::time::Instant::now() < end, "{}", server.ask(CART));
    }
}

#[test]
fn a_bad_kubeconfig_blocks_nobody() {
    let api = api();
    let folder = world(&[kubeconfig("east"), kubeconfig("bad")].concat());
    api.write_kubeconfig(&folder.path().join("east.conf"));
    fs::write(folder.path().join("bad.conf"), "nothing of use").unwrap();
    let server = Server::start(folder.path());
    server.wait_for_all(&["bad: no contact with its API server", "east synced"]);
    server.ask_until(CART, 1);
    server.get_until("/status", &["credentials_unusable", "bad.conf"]);
    // Mended, it is a cluster like any other.
    let other = FakeApi::start();
    other.put([node("n1", "eu", "b"), service("pay", "192.0.2.9"), slice("pay", 1)]);
    other.write_kubeconfig(&folder.path().join("bad.conf"));
    server.ask_until("pay.shop.myfed.svc.b.eu.example.com.", 1);
    server.get_until("/readyz", &["ok"]);
}

#[test]
fn a_cluster_that_can_not_be_read_is_gone_without_and_named() {
    let east = api();
    let west = FakeApi::start();
    west.put([node("n1", "us", "b"), service("cart", "192.0.2.9"), slice("cart", 1)]);
    west.fail(Verb::Any, "*", Fault::Status(500, None), None);
    let folder = world(&[&kubeconfig("east"), &kubeconfig("west"), "syncGrace: 1s\n"].concat());
    east.write_kubeconfig(&folder.path().join("east.conf"));
    west.write_kubeconfig(&folder.path().join("west.conf"));
    let server = Server::start(folder.path());
    server.wait_for(
        "ready: answers go without west, not read within `syncGrace`: 1 of 2 clusters were read",
    );
    server.wait_for("west: it was never read (");
    server.wait_for("verdict: attention: west is awaited: it was never read (");
    server.get_until("/verdict", &["SERVFAIL for services that no other cluster has"]);
    assert_eq!(server.get("/readyz"), (200, "ok; not read yet: west\n".to_owned()));
    server.get_until("/status", &["\"unread\":[\"west\"]", "\"ready\":true"]);
    server.get_until("/metrics", &["fedns_ready 1\n", "fedns_clusters{state=\"awaited\"} 1\n"]);
    let reply = server.ask_until(CART, 1);
    assert_eq!(reply.answers[0].ttl, 5, "{reply}");
    west.heal();
    server.wait_for("answers are complete: every cluster has been read");
    let reply = server.ask_until(CART, 1);
    assert_eq!(reply.answers[0].ttl, 180, "{reply}");
    assert_eq!(server.get("/readyz"), (200, "ok\n".to_owned()));
}

#[test]
fn a_changed_entry_is_followed_without_a_gap() {
    let first = api();
    let second = api();
    second.put([service("cart", "192.0.2.77")]);
    let folder = world(&kubeconfig("east"));
    first.write_kubeconfig(&folder.path().join("east.conf"));
    second.write_kubeconfig(&folder.path().join("east2.conf"));
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    server.ask_until(CART, 1);
    second.fail(Verb::Stream, "*", Fault::Hang, Some(3));
    configure(&folder, &kubeconfig("east").replace("east.conf", "east2.conf"));
    server.wait_for("is in effect");
    // The other server does not answer: what the first one said stays.
    second.wait_for_requests("Stream ", 3);
    assert_eq!(server.ask(CART).answers[0].data.to_string(), "192.0.2.1");
    configure(&folder, "  - { name: east, manifests: ./none }\n");
    server.wait_for("is in effect");
    assert_eq!(server.ask(CART).answers[0].data.to_string(), "192.0.2.1");
    second.heal();
    configure(&folder, &kubeconfig("east").replace("east.conf", "east2.conf"));
    server.wait_for_all(&["is in effect", "east: its API server answers"]);
    let end = std::time::Instant::now() + process::PATIENCE;
    while server.ask(CART).answers[0].data.to_string() != "192.0.2.77" {
        assert!(std::time::Instant::now() < end, "{}", server.ask(CART));
    }
    configure(&folder, "  []\n");
    server.wait_for("east is no longer registered");
    server.ask_until_code(CART, ResponseCode::NXDomain);
    assert!(!server.get("/metrics").1.contains("fedns_cluster_up"));
}

#[test]
fn a_cluster_that_is_taken_out_while_it_is_lost_is_gone() {
    const EVERYWHERE: &str = "cart.shop.myfed.svc.us.example.com.";
    const WEST: &str = "cart.shop.myfed.svc.b.us.example.com.";
    let east = api();
    let west = FakeApi::start();
    west.put([node("n1", "us", "b"), service("cart", "192.0.2.9"), slice("cart", 1)]);
    let kept = "stateDir: ./state\n";
    let folder = world(&[&kubeconfig("east"), &kubeconfig("west"), kept].concat());
    east.write_kubeconfig(&folder.path().join("east.conf"));
    west.write_kubeconfig(&folder.path().join("west.conf"));
    let mut server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    server.ask_until(EVERYWHERE, 2);
    let file = folder.path().join("state/cluster-west.state");
    let end = std::time::Instant::now() + process::PATIENCE;
    while !file.exists() {
        assert!(std::time::Instant::now() < end, "nothing is kept of west");
        std::thread::yield_now();
    }
    drop(west);
    server.wait_for("west: no contact with its API server: ");
    assert_eq!(server.ask(EVERYWHERE).answers.len(), 2, "to be lost is not to be gone");
    assert_eq!(server.ask(WEST).answers[0].data.to_string(), "192.0.2.9");
    configure(&folder, &[&kubeconfig("east"), kept].concat());
    server.wait_for("west is no longer registered");
    let is_gone = |server: &Server| {
        let reply = server.ask_until(EVERYWHERE, 1);
        assert_eq!(reply.answers[0].data.to_string(), "192.0.2.1");
        server.ask_until_code(WEST, ResponseCode::NXDomain);
        assert!(!server.get("/metrics").1.contains("cluster=\"west\""));
        assert!(!server.get("/status").1.contains("\"west\""));
    };
    is_gone(&server);
    // Nor does what was kept of it come back.
    server.signal("TERM");
    server.ended();
    assert!(file.exists(), "it may be registered again");
    let server = Server::start(folder.path());
    server.get_until("/readyz", &["ok"]);
    is_gone(&server);
}

#[test]
fn a_hundred_clusters_are_watched_at_once() {
    const COUNT: usize = 100;
    let (mut clusters, mut apis) = (String::new(), Vec::new());
    for number in 0..COUNT {
        let (name, api) = (format!("c{number}"), FakeApi::start());
        let address = format!("192.0.2.{}", number + 1);
        api.put([node("n1", "us", &name), service("cart", &address), slice("cart", 1)]);
        _ = write!(clusters, "{}", kubeconfig(&name));
        apis.push(api);
    }
    let folder = world(&clusters);
    for (number, api) in apis.iter().enumerate() {
        api.write_kubeconfig(&folder.path().join(format!("c{number}.conf")));
    }
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    for number in [0, 50, COUNT - 1] {
        let name = format!("cart.shop.myfed.svc.c{number}.us.example.com.");
        let reply = server.ask_until(&name, 1);
        assert_eq!(reply.answers[0].data.to_string(), format!("192.0.2.{}", number + 1));
    }
    server.get_until("/metrics", &["fedns_clusters{state=\"synced\"} 100\n"]);
    let lists: usize = apis.iter().map(|api| api.requests("Stream ")).sum();
    assert_eq!(lists, 3 * COUNT, "one list a kind and cluster");
}
