//! The real servers that other tests stand on: that each does what those tests take for granted.

use crate::real;
use crate::real::ask::ask;
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::coredns::CoreDns;
use crate::real::program::until;
use crate::real::shop::shop;

/// As the DNS of a cluster is set up, less what this machine has not.
const COREFILE: &str = "\
.:PORT {
    bind 127.0.0.1
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig kubeconfig
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
    cache 30
    loop
    loadbalance
}
";

fn field(cluster: &Cluster, object: &[&str], path: &str) -> String {
    let path = format!("-o=jsonpath={path}");
    cluster.kubectl(&[&["get"], object, &[&path]].concat())
}

#[test]
fn clusters_hold_objects_and_their_dns_answers_them() {
    if !real::have(&PROGRAMS) || !real::have(&["coredns"]) {
        return;
    }
    let [east, west] = Cluster::start(["east", "west"]);
    east.apply(&shop());
    east.balance("shop", "cart", &["192.0.2.1", "2001:db8::1"]);
    let cart = ["service", "cart", "--namespace=shop"];
    let ingress = "{.status.loadBalancer.ingress[*].ip}";
    assert_eq!(field(&east, &cart, ingress), "192.0.2.1 2001:db8::1");
    let missing = west.try_kubectl(&[&["get"], &cart[..]].concat(), "").unwrap_err();
    assert!(missing.contains("NotFound") || missing.contains("not found"), "{missing}");
    let uid = |cluster| field(cluster, &["namespace", "kube-system"], "{.metadata.uid}");
    assert_ne!(uid(&east), uid(&west));

    let dns = CoreDns::start(COREFILE, &[("kubeconfig", &east.reader(&east.token("dns")))]);
    let address = field(&east, &cart, "{.spec.clusterIP}");
    until("CoreDNS knows the service", || {
        let reply = ask(dns.address, "cart.shop.svc.cluster.local.", "A");
        reply.answers.iter().any(|record| record.data.to_string() == address)
    });
    east.kubectl(&["delete", "service", "cart", "--namespace=shop"]);
    until("CoreDNS follows", || {
        // Its cache holds an answer for 5 s by the TTL that the kubernetes plugin gives.
        ask(dns.address, "cart.shop.svc.cluster.local.", "A").answers.is_empty()
    });
}

#[test]
fn a_reader_reads_and_its_token_can_be_taken_away() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [mut cluster] = Cluster::start(["east"]);
    cluster.apply(&shop());
    let reader = cluster.reader(&cluster.token("first"));
    let list = ["get", "services", "--all-namespaces", "--output=name"];
    let listed = cluster.kubectl_as(&reader, &list).unwrap();
    assert!(listed.contains("service/cart"), "{listed}");
    let denied = cluster.kubectl_as(&reader, &["get", "secrets", "--all-namespaces"]).unwrap_err();
    assert!(denied.contains("orbidden"), "{denied}");
    let other = cluster.reader(&cluster.token("second"));
    cluster.kubectl(&["delete", "secret", "first", "--namespace=fedns"]);
    until("the first token is void", || {
        // kube-apiserver remembers a token that it has seen for some seconds.
        cluster.kubectl_as(&reader, &list).is_err_and(|error| error.contains("nauthorized"))
    });
    cluster.kubectl_as(&other, &list).unwrap();

    // Paused, killed, started again: silent, gone, as before.
    let soon = [&list[..], &["--request-timeout=1s"]].concat();
    cluster.pause();
    cluster.kubectl_as(&other, &soon).unwrap_err();
    cluster.resume();
    cluster.kubectl_as(&other, &list).unwrap();
    cluster.kill();
    let refused = cluster.kubectl_as(&other, &list).unwrap_err();
    assert!(refused.contains("refused"), "{refused}");
    cluster.restart();
    assert_eq!(cluster.kubectl_as(&other, &list).unwrap(), listed);

    // Another authority: nobody is believed who knows the old one alone.
    cluster.renew_authority();
    let unknown = cluster.kubectl_as(&other, &list).unwrap_err();
    assert!(unknown.contains("certificate"), "{unknown}");
    let renewed = cluster.reader(&cluster.token("second"));
    assert_eq!(cluster.kubectl_as(&renewed, &list).unwrap(), listed);
}
