//! From a change in a real API server to its answer over UDP: three API servers, 500 changes.
//!
//! The clock starts before the change is sent, so what an API server needs to store it counts. The
//! programs are those of the tests (`make test-needs` brings them); `--quick` makes few changes.
#![allow(clippy::unwrap_used)]

mod measure;
#[path = "../tests/process/mod.rs"]
mod process;
#[path = "../tests/real/mod.rs"]
mod real;

use std::time::{Duration, Instant};

use serde_json::json;

use measure::{gate, median, quantile};
use process::Server;
use real::api::Api;
use real::cluster::{Cluster, PROGRAMS};
use real::shop::shop;

fn main() {
    println!("# real: from a change in one of three API servers to its answer\n");
    if !real::have(&PROGRAMS) {
        return;
    }
    let count = if std::env::args().any(|it| it == "--quick") { 30 } else { 500 };
    let clusters = Cluster::start(["east", "west", "north"]);
    let folder = real::folder();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let mut config = format!("{head}clusters:\n");
    for cluster in &clusters {
        let name = &cluster.name;
        cluster.apply(&shop());
        let path = folder.path().join(format!("{name}.conf"));
        std::fs::write(path, cluster.reader(&cluster.token("first"))).unwrap();
        config.push_str(&format!(
            "  - {{ name: {name}, kubeconfig: {{ path: ./{name}.conf }}, region: {name}, zones: [a] }}\n"
        ));
    }
    std::fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    let apis: Vec<_> = clusters.iter().map(|it| Api::new(&it.admin())).collect();
    let times: Vec<_> = (0..count)
        .map(|turn| {
            let at = turn % clusters.len();
            let took = change(&apis[at], &server, &clusters[at].name, turn);
            // Not in step with anything.
            std::thread::sleep(Duration::from_millis(3 + turn as u64 % 17));
            took
        })
        .collect();
    let (half, most) = (median(&times), quantile(&times, 0.99));
    println!(
        "{count} changes, ms: p50 {half:.1}, p99 {most:.1}, longest {:.1}\n",
        quantile(&times, 1.0)
    );
    gate(&format!("change to answer, p99: {most:.1} ms (100)"), most < 100.0);
    measure::place_and_day();
}

/// Gives the Service another address; milliseconds until that is answered.
fn change(api: &Api, server: &Server, cluster: &str, turn: usize) -> f64 {
    let address = format!("192.0.{}.{}", turn / 250, 1 + turn % 250);
    let status = json!({ "status": { "loadBalancer": { "ingress": [{ "ip": address }] } } });
    let name = format!("cart.shop.myfed.svc.a.{cluster}.example.com.");
    let began = Instant::now();
    api.merge("/api/v1/namespaces/shop/services/cart/status", &status);
    while server.ask(&name).answers.iter().all(|record| record.data.to_string() != address) {
        assert!(began.elapsed() < process::PATIENCE, "{name} is not answered with {address}");
    }
    began.elapsed().as_secs_f64() * 1000.0
}
