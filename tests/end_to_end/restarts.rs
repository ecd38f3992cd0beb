//! Restarts beside real API servers, which are asked for nothing that was kept.

use std::fs;

use hickory_proto::op::ResponseCode;

use crate::process::{self, Server};
use crate::real;
use crate::real::ask::answers;
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::shop::{service, shop};

fn name(service: &str) -> String {
    format!("{service}.shop.myfed.svc.example.com.")
}

fn make(cluster: &Cluster, name: &str, address: &str) {
    cluster.apply(&service(name, true));
    cluster.balance("shop", name, &[address]);
}

#[test]
fn a_restart_goes_on_watching_where_the_process_before_it_stopped() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [east] = Cluster::start(["east"]);
    east.apply(&shop());
    ["cart", "gone", "stays"].iter().for_each(|name| make(&east, name, "192.0.2.1"));
    let folder = real::folder();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let entry = "clusters:\n  - { name: east, kubeconfig: { path: ./east.conf } }\n";
    fs::write(folder.path().join("fedns.yaml"), format!("{head}stateDir: ./state\n{entry}"))
        .unwrap();
    fs::write(folder.path().join("east.conf"), east.admin()).unwrap();
    let start = || {
        let server = Server::start(folder.path());
        server.wait_for("east synced");
        server
    };
    let mut server = start();
    answers(server.udp, &name("gone"), &["192.0.2.1"]);
    server.get_until("/metrics", &["fedns_cluster_lists_total{cluster=\"east\"} 3\n"]);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
    make(&east, "cart", "192.0.2.2");
    make(&east, "new", "192.0.2.3");
    east.kubectl(&["delete", "service", "gone", "--namespace=shop"]);
    let server = start();
    answers(server.udp, &name("cart"), &["192.0.2.2"]);
    answers(server.udp, &name("new"), &["192.0.2.3"]);
    answers(server.udp, &name("stays"), &["192.0.2.1"]);
    server.ask_until_code(&name("gone"), ResponseCode::NXDomain);
    let (_, metrics) = server.get("/metrics");
    assert!(metrics.contains("fedns_cluster_lists_total{cluster=\"east\"} 0\n"), "{metrics}");
    // It hears what comes from there on.
    make(&east, "cart", "192.0.2.4");
    answers(server.udp, &name("cart"), &["192.0.2.4"]);
}
