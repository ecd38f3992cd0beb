//! Rows of the table of faults: each gives its verdict in the page's document, in `fedns status` with its exit code,
//! in metrics and in the log, with the same words. What API servers do wrong takes a minute to count as silence:
//! those states are told one by one in `tests/scenarios/verdict_of_clusters.story`, from the same sentences.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::process::{CONFIG, NODE, PATIENCE, Server, service, world};

/// One fault, and what is told of it.
struct Row {
    /// What is done to a world that is fine.
    fault: fn(&Path),
    /// The one word of the reason.
    kind: &'static str,
    /// Some of its sentence.
    words: &'static str,
    /// A line of the metrics beside the verdict's own.
    metric: &'static str,
    is_hurt: bool,
}

const ROWS: [Row; 9] = [
    Row {
        fault: |world| write_cart(world, &service("cart", "192.0.2.1", false)),
        kind: "down",
        words: "shop/cart is down: no cluster answers for it; clients get no address",
        metric: "fedns_services{state=\"down\"} 1",
        is_hurt: true,
    },
    Row {
        fault: |world| fs::write(world.join("fedns.yaml"), CONFIG.replace("com", "-")).unwrap(),
        kind: "reload_failed",
        words: "the configuration could not be read again, and the one before it runs: ",
        metric: "fedns_config_reloads_failed_total 1",
        is_hurt: false,
    },
    Row {
        fault: |world| fs::rename(world.join("east"), world.join("away")).unwrap(),
        kind: "folder_missing",
        words: "/east is not there; what was read of it before stays",
        metric: "fedns_complaints{kind=\"folder_missing\"} 1",
        is_hurt: false,
    },
    Row {
        fault: |world| write_more(world, "a: b: c\n"),
        kind: "file_unreadable",
        words: "east: file ",
        metric: "fedns_complaints{kind=\"file_unreadable\"} 1",
        is_hurt: false,
    },
    Row {
        fault: |world| write_more(world, &service("more", "127.0.0.1", true)),
        kind: "address_refused",
        words: "service shop/more: address 127.0.0.1 is refused",
        metric: "fedns_complaints{kind=\"address_refused\"} 1",
        is_hurt: false,
    },
    Row {
        fault: |world| write_more(world, &service("more", "", true).replace("[{ ip:  }]", "[{}]")),
        kind: "empty_ingress",
        words: "service shop/more: ",
        metric: "fedns_complaints{kind=\"empty_ingress\"} 1",
        is_hurt: false,
    },
    Row {
        fault: |world| {
            let text = service("more", "x", true).replace("ip: x", "hostname: lb.example.com");
            write_more(world, &text);
        },
        kind: "hostname_in_own_zone",
        words: "lb.example.com",
        metric: "fedns_complaints{kind=\"hostname_in_own_zone\"} 1",
        is_hurt: false,
    },
    Row {
        fault: |world| {
            let unlabelled = NODE.lines().filter(|line| !line.contains("labels:"));
            let unlabelled: Vec<_> = unlabelled.collect();
            fs::write(world.join("east/nodes.yaml"), unlabelled.join("\n")).unwrap();
        },
        kind: "no_place",
        words: "east: no region and zone known",
        metric: "fedns_complaints{kind=\"no_place\"} 1",
        is_hurt: false,
    },
    Row {
        fault: |world| {
            let more = "  - { name: west, manifests: ./west }\n  - name: east";
            let config = CONFIG.replace("  - name: east", more);
            fs::write(world.join("fedns.yaml"), config).unwrap();
        },
        kind: "awaited",
        words: "west is awaited: it was never read",
        metric: "fedns_clusters{state=\"awaited\"} 1",
        is_hurt: false,
    },
];

fn write_cart(world: &Path, text: &str) {
    fs::write(world.join("east/cart.yaml"), text).unwrap();
}

fn write_more(world: &Path, text: &str) {
    fs::write(world.join("east/more.yaml"), text).unwrap();
}

/// The reason of that kind, as a document tells it.
fn reason(server: &Server, path: &str, kind: &str) -> Option<Value> {
    let (_, body) = server.get(path);
    let document: Value = serde_json::from_str(&body).unwrap();
    let reasons = document["verdict"]["reasons"].as_array().unwrap().clone();
    reasons.into_iter().find(|reason| reason["kind"] == kind)
}

fn check(row: &Row) {
    let Row { fault, kind, words, metric, is_hurt } = row;
    let world = world();
    let server = Server::start(world.path());
    server.wait_for("verdict: fine: 1 cluster read and heard; 1 service answered");
    fault(world.path());
    let end = Instant::now() + PATIENCE;
    let told = loop {
        if let Some(told) = reason(&server, "/verdict", kind) {
            break told;
        }
        assert!(Instant::now() < end, "{kind}: {}", server.get("/verdict").1);
    };
    let text = told["text"].as_str().unwrap();
    assert!(text.contains(words), "{kind}: {text}");
    assert!(told["forSeconds"].is_u64(), "{kind}: since when? {told}");
    let word = if *is_hurt { "clients are hurt" } else { "attention" };
    assert_eq!(told["word"], word, "{kind}");
    // The page, the metrics, the log: at once, and for each the same sentence.
    let of_page = reason(&server, "/status", kind).unwrap();
    assert_eq!(of_page["text"], text, "{kind}");
    server.wait_for(&format!("verdict: {word}: "));
    let number = if *is_hurt { 2 } else { 1 };
    server.get_until("/metrics", &[&format!("\nfedns_verdict {number}\n"), metric]);
    let end = Instant::now() + PATIENCE;
    while !server.log().contains(text) {
        assert!(Instant::now() < end, "{kind}: {text}\n{}", server.log());
        thread::yield_now();
    }
    // The command line.
    let mut status = Command::new(env!("CARGO_BIN_EXE_fedns"));
    status.args(["status", "--server", &format!("http://{}", server.admin)]);
    let output = status.output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(text) && printed.starts_with(word), "{kind}: {printed}");
    assert_eq!(output.status.code(), Some(if *is_hurt { 4 } else { 1 }), "{kind}");
}

#[test]
fn each_fault_gives_its_verdict_everywhere_in_the_same_words() {
    ROWS.iter().for_each(check);
}

/// Another process that starts from what one kept: restored, until its source is there.
#[test]
fn what_was_kept_is_told_as_restored() {
    let world = world();
    let path = world.path().join("fedns.yaml");
    fs::write(&path, format!("{CONFIG}stateDir: ./state\n")).unwrap();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    server.signal("TERM");
    assert!(server.ended().success());
    fs::rename(world.path().join("east"), world.path().join("away")).unwrap();
    let server = Server::start(world.path());
    server.get_until(
        "/verdict",
        &["\"kind\":\"restored\"", "east is restored: what an earlier run kept"],
    );
    server.get_until("/metrics", &["fedns_clusters{state=\"restored\"} 1", "\nfedns_verdict 1\n"]);
    let words = "east is restored: what an earlier run kept of its 1 service";
    // That is told before the server listens.
    let log = server.log();
    assert!(log.contains(&format!("verdict: attention: {words}")), "{log}");
    server.get_until("/events", &[words]);
}
