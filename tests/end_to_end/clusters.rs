//! Real API servers behind the running program: what kubectl does to them shows in answers over UDP, and
//! what befalls them does not.

use crate::process;
use crate::real;
use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::process::Server;
use crate::real::api::Api;
use crate::real::ask::{addresses, answers, ask};
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::program::until;
use crate::real::shop::{PLACE, service};

const CART: &str = "cart.shop.myfed.svc.example.com.";

const WEB: &str = "web.shop.myfed.svc.example.com.";

/// A fedns that watches these clusters as their `reader`, and its folder.
fn watch(clusters: &[&Cluster]) -> (TempDir, Server) {
    watch_with(clusters, "")
}

/// The same, where each entry says `more`.
fn watch_with(clusters: &[&Cluster], more: &str) -> (TempDir, Server) {
    let folder = real::folder();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let mut config = format!("{head}clusters:\n");
    for cluster in clusters {
        let name = &cluster.name;
        let kubeconfig = format!("kubeconfig: {{ path: ./{name}.conf }}");
        config.push_str(&format!("  - {{ name: {name}, {kubeconfig}{more} }}\n"));
        write_credentials(&folder, cluster, "first");
    }
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    let server = Server::start(folder.path());
    until("ready", || server.get("/readyz").0 == 200);
    (folder, server)
}

/// The kubeconfig of a cluster, with a token that lives as long as a Secret; replaced as a whole.
fn write_credentials(folder: &TempDir, cluster: &Cluster, secret: &str) {
    let path = folder.path().join(format!("{}.conf", cluster.name));
    let new = path.with_extension("new");
    fs::write(&new, cluster.reader(&cluster.token(secret))).unwrap();
    fs::rename(new, path).unwrap();
}

#[test]
fn what_kubectl_does_is_answered() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [east] = Cluster::start(["east"]);
    east.apply(PLACE);
    let (_folder, server) = watch(&[&east]);
    east.apply(&service("cart", true));
    east.balance("shop", "cart", &["192.0.2.1"]);
    answers(server.udp, CART, &["192.0.2.1"]);
    // The cloud gives other addresses.
    east.balance("shop", "cart", &["192.0.2.2", "192.0.2.3"]);
    answers(server.udp, CART, &["192.0.2.2", "192.0.2.3"]);
    // Endpoints are there and not ready, then ready, then not there at all.
    east.apply(&service("cart", false));
    answers(server.udp, CART, &[]);
    east.apply(&service("cart", true));
    answers(server.udp, CART, &["192.0.2.2", "192.0.2.3"]);
    east.kubectl(&["delete", "endpointslice", "cart-1", "--namespace=shop"]);
    answers(server.udp, CART, &[]);
    east.apply(&service("cart", true));
    answers(server.udp, CART, &["192.0.2.2", "192.0.2.3"]);
    // The node turns out to stand elsewhere; who asks for where it stood is sent on.
    answers(server.udp, "cart.shop.myfed.svc.a.us.example.com.", &["192.0.2.2", "192.0.2.3"]);
    east.kubectl(&["label", "node", "n1", "--overwrite", "topology.kubernetes.io/zone=b"]);
    answers(server.udp, "cart.shop.myfed.svc.b.us.example.com.", &["192.0.2.2", "192.0.2.3"]);
    let old = "cart.shop.myfed.svc.a.us.example.com.";
    until("the old zone is left", || ask(server.udp, old, "A").answers.len() == 3);
    // A cloud takes its time to clean up, and holds the object by a finalizer meanwhile.
    let finalizers = |list: &str| format!("--patch={{\"metadata\":{{\"finalizers\":{list}}}}}");
    let patch = ["patch", "service", "cart", "--namespace=shop", "--type=merge"];
    east.kubectl(&[&patch[..], &[&finalizers("[\"example.com/cleanup\"]")]].concat());
    east.kubectl(&["delete", "service", "cart", "--namespace=shop", "--wait=false"]);
    answers(server.udp, CART, &[]);
    let marked = east.kubectl(&["get", "service", "cart", "--namespace=shop", "--output=yaml"]);
    assert!(marked.contains("deletionTimestamp"), "{marked}");
    east.kubectl(&[&patch[..], &[&finalizers("null")]].concat());
    east.apply(&service("cart", true));
    east.balance("shop", "cart", &["192.0.2.4"]);
    answers(server.udp, CART, &["192.0.2.4"]);
}

#[test]
fn labels_of_nodes_are_listed_and_watched_where_they_are_enough() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [east] = Cluster::start(["east"]);
    east.apply(PLACE);
    let more = ", region: us, zones: [a], networks: [10.0.0.0/8]";
    let (_folder, server) = watch_with(&[&east], more);
    server.get_until("/clusters", &["\"nodes\":1"]);
    east.apply(&PLACE.replace("name: n1", "name: n2"));
    server.get_until("/clusters", &["\"nodes\":2"]);
    east.kubectl(&["delete", "node", "n2"]);
    server.get_until("/clusters", &["\"nodes\":1"]);
    let whole = "fedns_cluster_lists_total{cluster=\"east\"} 3\n";
    server.get_until("/metrics", &[whole]);
    assert!(!server.get("/status").1.contains("nodes: "));
}

#[test]
fn credentials_change_and_rights_are_missed_by_name() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [mut east] = Cluster::start(["east"]);
    east.apply(PLACE);
    east.apply(&service("cart", true));
    east.balance("shop", "cart", &["192.0.2.1"]);
    let (folder, server) = watch(&[&east]);
    answers(server.udp, CART, &["192.0.2.1"]);
    // The token is replaced, and the old one taken away.
    write_credentials(&folder, &east, "second");
    east.kubectl(&["delete", "secret", "first", "--namespace=fedns"]);
    east.balance("shop", "cart", &["192.0.2.2"]);
    answers(server.udp, CART, &["192.0.2.2"]);
    // The role loses a rule; a new connection shows it, as an open watch goes on.
    let rules = east.kubectl(&["get", "clusterrole", "fedns-reader", "--output=jsonpath={.rules}"]);
    let patch = |east: &Cluster, rules: &str| {
        let patch = format!("--patch={{\"rules\":{rules}}}");
        east.kubectl(&["patch", "clusterrole", "fedns-reader", "--type=merge", &patch]);
    };
    let nodes = "[{\"apiGroups\":[\"\"],\"resources\":[\"nodes\",\"services\",\"namespaces\"],\
                 \"verbs\":[\"get\",\"list\",\"watch\"]}]";
    patch(&east, nodes);
    write_credentials(&folder, &east, "third");
    let rule = "resources: [endpointslices]";
    until("the missing rule is named", || server.get("/status").1.contains(rule));
    assert_eq!(addresses(server.udp, CART), ["192.0.2.2"], "what was known stays");
    patch(&east, &rules);
    until("the rule is no longer missed", || !server.get("/status").1.contains(rule));
    east.balance("shop", "cart", &["192.0.2.3"]);
    answers(server.udp, CART, &["192.0.2.3"]);
    // All rules are lost: that the server calls itself well shows nothing of the cluster.
    patch(&east, "[]");
    write_credentials(&folder, &east, "fourth");
    until("nothing is seen any more", || server.get("/status").1.contains("\"lost\""));
    assert_eq!(addresses(server.udp, CART), ["192.0.2.3"], "what was known stays");
    patch(&east, &rules);
    east.balance("shop", "cart", &["192.0.2.5"]);
    answers(server.udp, CART, &["192.0.2.5"]);
    until("it is seen again", || !server.get("/status").1.contains("\"lost\""));
    // The whole authority is replaced: first nobody believes the server, then all is as before.
    east.renew_authority();
    until("it is not believed", || server.get("/status").1.contains("\"lost\""));
    assert_eq!(addresses(server.udp, CART), ["192.0.2.5"]);
    write_credentials(&folder, &east, "fifth");
    east.balance("shop", "cart", &["192.0.2.4"]);
    answers(server.udp, CART, &["192.0.2.4"]);
}

#[test]
fn what_befalls_an_api_server_changes_no_answer() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [mut east] = Cluster::start(["east"]);
    east.apply(PLACE);
    east.apply(&service("cart", true));
    east.balance("shop", "cart", &["192.0.2.1"]);
    let (_folder, server) = watch(&[&east]);
    answers(server.udp, CART, &["192.0.2.1"]);
    // Killed, and started again.
    east.kill();
    until("the loss is told", || server.get("/status").1.contains("\"lost\""));
    assert_eq!(addresses(server.udp, CART), ["192.0.2.1"]);
    east.restart();
    east.balance("shop", "cart", &["192.0.2.2"]);
    answers(server.udp, CART, &["192.0.2.2"]);
    // Silent with its connections open, then as if nothing had been.
    east.pause();
    assert_eq!(addresses(server.udp, CART), ["192.0.2.2"]);
    east.resume();
    east.balance("shop", "cart", &["192.0.2.3"]);
    answers(server.udp, CART, &["192.0.2.3"]);
    // Its etcd hangs: it says itself that it is not ready, and its watches are open as before.
    east.pause_etcd();
    until("it is told", || server.get("/status").1.contains("server_unready"));
    assert!(server.get("/status").1.contains("\"reached\""), "its watches can be begun");
    east.resume_etcd();
    until("it is well", || !server.get("/status").1.contains("server_unready"));
    east.balance("shop", "cart", &["192.0.2.4"]);
    answers(server.udp, CART, &["192.0.2.4"]);
    // What the watch saw last is forgotten by the API server: 410, as it starts with a new memory after
    // changes that the watch slept through.
    server.signal("STOP");
    east.kill();
    east.restart();
    east.apply(&service("web", true));
    east.balance("shop", "web", &["192.0.2.5"]);
    east.kubectl(&["delete", "endpointslice", "cart-1", "--namespace=shop"]);
    east.restart();
    server.signal("CONT");
    answers(server.udp, WEB, &["192.0.2.5"]);
    answers(server.udp, CART, &[]);
    let gone = "fedns_cluster_errors_total{cluster=\"east\",kind=\"gone\"}";
    let (_, metrics) = server.get("/metrics");
    let gone = metrics.lines().find(|line| line.starts_with(gone));
    assert!(gone.is_some_and(|line| !line.ends_with(" 0")), "no watch was refused: {metrics}");
}

#[test]
fn endpoints_that_flap_a_hundred_times_a_second_disturb_nothing_else() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [east, west] = Cluster::start(["east", "west"]);
    for (cluster, address) in [(&east, "192.0.2.1"), (&west, "192.0.2.2")] {
        cluster.apply(PLACE);
        cluster.apply(&service("cart", true));
        cluster.balance("shop", "cart", &[address]);
    }
    east.apply(&service("web", true));
    east.balance("shop", "web", &["192.0.2.5"]);
    let (_folder, server) = watch(&[&east, &west]);
    let (both, one) = (["192.0.2.1", "192.0.2.2"], ["192.0.2.2"]);
    answers(server.udp, CART, &both);
    answers(server.udp, WEB, &["192.0.2.5"]);
    let lists = || {
        let (_, metrics) = server.get("/metrics");
        let lists = metrics.lines().filter(|line| line.starts_with("fedns_cluster_lists_total"));
        lists.map(str::to_owned).collect::<Vec<_>>()
    };
    let (before, api, over) = (lists(), Api::new(&east.admin()), CancellationToken::new());
    let slice = |service: &str| {
        format!("/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices/{service}-1")
    };
    let ready = |is_ready: bool| {
        let endpoint = json!({ "addresses": ["10.1.2.3"], "conditions": { "ready": is_ready } });
        json!({ "endpoints": [endpoint] })
    };
    thread::scope(|scope| {
        let client = scope.spawn(|| {
            let mut seen = [0; 2];
            while !over.is_cancelled() {
                let cart = addresses(server.udp, CART);
                assert!(cart == both || cart == one, "{cart:?}");
                seen[usize::from(cart == one)] += 1;
                assert_eq!(addresses(server.udp, WEB), ["192.0.2.5"]);
            }
            seen
        });
        // Also where this fails: or the client would ask for ever.
        let end = over.clone().drop_guard();
        api.merge_each(
            &slice("cart"),
            Duration::from_millis(10),
            (0..500).map(|turn| ready(turn % 2 == 1)).chain([ready(false)]),
        );
        drop(end);
        let seen = client.join().unwrap();
        assert!(seen.iter().all(|&count| count > 0), "{seen:?}");
    });
    // A watch tells in order: once this is known, so is all before it. What was said last holds, and no
    // earlier word comes after it.
    api.merge(&slice("web"), &ready(false));
    answers(server.udp, WEB, &[]);
    for _ in 0..100 {
        assert_eq!(addresses(server.udp, CART), one);
    }
    api.merge(&slice("cart"), &ready(true));
    answers(server.udp, CART, &both);
    assert_eq!(lists(), before, "a storm of events is no reason to list");
}

#[test]
fn a_rolling_restart_is_seen_by_nobody() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let mut clusters = Cluster::start(["east", "west"]);
    for (cluster, address) in clusters.iter().zip(["192.0.2.1", "192.0.2.2"]) {
        cluster.apply(PLACE);
        cluster.apply(&service("cart", true));
        cluster.balance("shop", "cart", &[address]);
    }
    let (_folder, server) = watch(&[&clusters[0], &clusters[1]]);
    let both = ["192.0.2.1", "192.0.2.2"];
    answers(server.udp, CART, &both);
    let name_server = server.udp;
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let asker = thread::spawn(move || {
        let mut count = 0;
        while stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) {
            assert_eq!(addresses(name_server, CART), both, "answer {count}");
            count += 1;
        }
        count
    });
    for cluster in &mut clusters {
        cluster.kill();
        cluster.restart();
        // Each is watched again before the next one goes.
        cluster.apply(&service("web", true));
        cluster.balance("shop", "web", &["192.0.2.9"]);
        answers(server.udp, WEB, &["192.0.2.9"]);
        cluster.kubectl(&["delete", "service", "web", "--namespace=shop"]);
        answers(server.udp, WEB, &[]);
    }
    drop(stop);
    assert!(asker.join().unwrap() > 0);
}
