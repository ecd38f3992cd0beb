//! Real API servers whose etcd goes back to a backup or forgets versions, and credentials that expired,
//! behind the running program, which is asked all the while.

use crate::process;
use crate::real;
use std::fs;

use hickory_proto::op::ResponseCode;
use tempfile::TempDir;

use crate::process::Server;
use crate::real::ask::{addresses, answers};
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::program::until;
use crate::real::shop::{service, shop};

const CART: &str = "cart.shop.myfed.svc.example.com.";

fn name(service: &str) -> String {
    format!("{service}.shop.myfed.svc.example.com.")
}

fn make(cluster: &Cluster, services: &[&str], address: &str) {
    for name in services {
        cluster.apply(&service(name, true));
        cluster.balance("shop", name, &[address]);
    }
}

fn write(folder: &TempDir, kubeconfig: &str) {
    let path = folder.path().join("east.conf");
    fs::write(path.with_extension("new"), kubeconfig).unwrap();
    fs::rename(path.with_extension("new"), path).unwrap();
}

/// A fedns that watches the cluster with all rights.
fn watch(cluster: &Cluster) -> (TempDir, Server) {
    let folder = real::folder();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let entry = "clusters:\n  - { name: east, kubeconfig: { path: ./east.conf } }\n";
    fs::write(folder.path().join("fedns.yaml"), format!("{head}{entry}")).unwrap();
    write(&folder, &cluster.admin());
    let server = Server::start(folder.path());
    until("ready", || server.get("/readyz").0 == 200);
    (folder, server)
}

/// Asks for a name until `work` is done: it has one of these addresses all the while.
fn while_it_has<T>(server: &Server, name: &str, either: &[&str], work: impl FnOnce() -> T) -> T {
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let udp = server.udp;
    std::thread::scope(|scope| {
        let asker = scope.spawn(move || {
            while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
                let found = addresses(udp, name);
                assert!(found.len() == 1 && either.contains(&&*found[0]), "{name}: {found:?}");
            }
        });
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        drop(stop);
        asker.join().unwrap();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn a_cluster_restored_from_a_backup_is_what_it_says_it_is() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [mut east] = Cluster::start(["east"]);
    east.apply(&shop());
    let olds = ["cart", "pay", "mail", "old"];
    make(&east, &olds, "192.0.2.1");
    east.back_up();
    east.restart();
    let (_folder, server) = watch(&east);
    olds.iter().for_each(|it| answers(server.udp, &name(it), &["192.0.2.1"]));
    // All of this is undone, at versions that come again.
    make(&east, &["cart"], "192.0.2.2");
    make(&east, &["late", "later"], "192.0.2.3");
    east.kubectl(&["delete", "service", "old", "--namespace=shop"]);
    answers(server.udp, CART, &["192.0.2.2"]);
    answers(server.udp, &name("later"), &["192.0.2.3"]);
    answers(server.udp, &name("old"), &[]);
    while_it_has(&server, CART, &["192.0.2.1", "192.0.2.2"], || {
        east.roll_back();
        east.restart();
        answers(server.udp, CART, &["192.0.2.1"]);
        answers(server.udp, &name("old"), &["192.0.2.1"]);
        server.ask_until_code(&name("late"), ResponseCode::NXDomain);
        server.ask_until_code(&name("later"), ResponseCode::NXDomain);
    });
    // It is watched from there.
    make(&east, &["cart"], "192.0.2.4");
    answers(server.udp, CART, &["192.0.2.4"]);
}

#[test]
fn a_backup_from_before_most_of_it_is_looked_at_twice() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [mut east] = Cluster::start(["east"]);
    east.apply(&shop());
    east.balance("shop", "cart", &["192.0.2.1"]);
    east.back_up();
    east.restart();
    let news = ["pay", "mail", "search", "login"];
    make(&east, &news, "192.0.2.3");
    let (_folder, server) = watch(&east);
    answers(server.udp, CART, &["192.0.2.1"]);
    while_it_has(&server, CART, &["192.0.2.1"], || {
        east.roll_back();
        east.restart();
        // Two lists lack them: that is a fact.
        for service in news {
            server.ask_until_code(&name(service), ResponseCode::NXDomain);
        }
    });
    // Three kinds at the start; Services and their slices twice again.
    until("the lists are read", || {
        let lists = "fedns_cluster_lists_total{cluster=\"east\"} ";
        let (_, metrics) = server.get("/metrics");
        let count = metrics.lines().find_map(|line| line.strip_prefix(lists)).unwrap();
        count.parse::<u32>().unwrap() >= 7
    });
}

#[test]
fn versions_that_were_compacted_away_are_listed_again() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [mut east] = Cluster::start(["east"]);
    east.apply(&shop());
    make(&east, &["cart", "old"], "192.0.2.1");
    let (_folder, server) = watch(&east);
    answers(server.udp, &name("old"), &["192.0.2.1"]);
    // What the watches have come to is gone before they can go on from there.
    server.signal("STOP");
    east.kill();
    east.restart();
    make(&east, &["new"], "192.0.2.2");
    east.kubectl(&["delete", "service", "old", "--namespace=shop"]);
    make(&east, &["newer"], "192.0.2.2");
    east.kill();
    east.compact();
    east.restart();
    server.signal("CONT");
    while_it_has(&server, CART, &["192.0.2.1"], || {
        answers(server.udp, &name("newer"), &["192.0.2.2"]);
        answers(server.udp, &name("new"), &["192.0.2.2"]);
        server.ask_until_code(&name("old"), ResponseCode::NXDomain);
    });
    let gone = "fedns_cluster_errors_total{cluster=\"east\",kind=\"gone\"}";
    let (_, metrics) = server.get("/metrics");
    let gone = metrics.lines().find(|line| line.starts_with(gone));
    assert!(gone.is_some_and(|line| !line.ends_with(" 0")), "no watch was refused: {metrics}");
}

#[test]
fn a_client_certificate_that_expired_is_named_and_its_renewal_taken_up() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [east] = Cluster::start(["east"]);
    east.apply(&shop());
    east.balance("shop", "cart", &["192.0.2.1"]);
    let (folder, server) = watch(&east);
    answers(server.udp, CART, &["192.0.2.1"]);
    write(&folder, &east.expired(2020));
    let expired = "they expired at 2020-01-01T00:00:00Z";
    until("the expiry is named", || {
        let (_, status) = server.get("/status");
        status.contains("credentials_refused") && status.contains(expired)
    });
    east.balance("shop", "cart", &["192.0.2.2"]);
    assert_eq!(addresses(server.udp, CART), ["192.0.2.1"], "what was known stays");
    write(&folder, &east.admin());
    answers(server.udp, CART, &["192.0.2.2"]);
    until("it is forgotten", || !server.get("/status").1.contains("credentials_refused"));
}
