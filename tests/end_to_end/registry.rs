//! Clusters by Secrets of a real hub: members join and leave as kubectl says so.

use crate::process;
use crate::real;
use std::fs;

use crate::process::Server;
use crate::real::ask::{ask, said};
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::program::until;
use crate::real::shop::shop;

const CART: &str = "cart.shop.myfed.svc.example.com.";

/// What a registry needs of the hub, and no more.
const ROLE: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: fedns-registry, namespace: fedns }
rules:
- { apiGroups: [''], resources: [secrets], verbs: [get, list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: fedns-registry, namespace: fedns }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: fedns-registry }
subjects: [{ kind: ServiceAccount, name: reader, namespace: fedns }]
";

/// Our own Secret, in JSON, which is YAML.
fn ours(name: &str, kubeconfig: &str) -> String {
    serde_json::json!({
        "apiVersion": "v1", "kind": "Secret", "stringData": { "kubeconfig": kubeconfig },
        "metadata": {
            "name": name, "namespace": "fedns", "labels": { "fedns.dev/cluster": name },
            "annotations": { "fedns.dev/region": "europe" },
        },
    })
    .to_string()
}

/// That of Argo CD.
fn argo_cd(name: &str, kubeconfig: &str) -> String {
    let after = |word: &str| {
        let (_, rest) = kubeconfig.split_once(word).unwrap();
        rest.split([' ', '\'', '\n']).next().unwrap().to_owned()
    };
    let config = serde_json::json!({
        "bearerToken": after("token: "),
        "tlsClientConfig": { "caData": after("certificate-authority-data: ") },
    });
    serde_json::json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": format!("argo-{name}"), "namespace": "fedns",
            "labels": { "argocd.argoproj.io/secret-type": "cluster" },
        },
        "stringData": {
            "name": name, "server": after("server: '"), "config": config.to_string(),
        },
    })
    .to_string()
}

#[track_caller]
fn answers(server: &Server, expected: &[&str]) {
    until(&format!("{expected:?}"), || {
        let mut records = said(&ask(server.udp, CART, "A")).records;
        records.sort();
        let address = |record: &String| record.split_once(" a ").map(|(_, it)| it.to_owned());
        records.iter().filter_map(address).collect::<Vec<_>>() == expected
    });
}

#[test]
fn members_join_and_leave_by_secrets() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let [hub, east, west] = Cluster::start(["hub", "east", "west"]);
    for (cluster, address) in [(&east, "192.0.2.1"), (&west, "192.0.2.2")] {
        cluster.apply(&shop());
        cluster.balance("shop", "cart", &[address]);
    }
    let folder = real::folder();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let registry = "registries:
  - secrets: { kubeconfig: { path: ./hub.conf }, namespace: fedns }
";
    fs::write(folder.path().join("fedns.yaml"), format!("{head}{registry}")).unwrap();
    let hub_reader = hub.reader(&hub.token("registry"));
    fs::write(folder.path().join("hub.conf"), hub_reader).unwrap();
    let server = Server::start(folder.path());
    // The right to read them is missed by name, and given.
    let rule = "resources: [secrets], verbs: [get, list, watch]";
    until("the missing rule is named", || server.get("/status").1.contains(rule));
    hub.apply(ROLE);
    until("it is read", || server.get("/readyz").0 == 200);
    hub.apply(&ours("east", &east.reader(&east.token("first"))));
    answers(&server, &["192.0.2.1"]);
    hub.apply(&argo_cd("west", &west.reader(&west.token("first"))));
    answers(&server, &["192.0.2.1", "192.0.2.2"]);
    // A token is rotated, and the old one taken away.
    hub.apply(&ours("east", &east.reader(&east.token("second"))));
    east.kubectl(&["delete", "secret", "first", "--namespace=fedns"]);
    east.balance("shop", "cart", &["192.0.2.3"]);
    answers(&server, &["192.0.2.2", "192.0.2.3"]);
    hub.kubectl(&["delete", "secret", "argo-west", "--namespace=fedns"]);
    answers(&server, &["192.0.2.3"]);
    hub.kubectl(&["delete", "secret", "east", "--namespace=fedns"]);
    until("nobody is left", || server.get("/status").1.contains("\"clusters\":[]"));
    answers(&server, &[]);
}
