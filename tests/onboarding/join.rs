//! Clusters that come and go: `check --online` against an API server that errs on purpose, and
//! `join`, `unjoin` against real ones.

use crate::fake_api;
use crate::process;
use crate::real;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::fake_api::{FakeApi, Fault, Tls, Verb};
use crate::process::Server;
use crate::real::ask::{ask, said};
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::program::until;
use crate::real::shop::shop;

/// Runs the program in a folder, away from this machine's own configuration.
fn run(folder: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    for key in ["FEDNS_CONFIG", "FEDNS_LOG", "KUBECONFIG", "NO_COLOR"] {
        command.env_remove(key);
    }
    command.current_dir(folder).args(line.split_whitespace()).output().unwrap()
}

fn texts(output: &Output) -> (String, String) {
    let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

/// Runs a line that succeeds; gives what it printed and what it said.
#[track_caller]
fn done(folder: &Path, line: &str) -> (String, String) {
    let output = run(folder, line);
    assert!(output.status.success(), "{line}: {output:?}");
    texts(&output)
}

/// A folder with a configuration of these clusters: name, kubeconfig, further keys.
fn world(clusters: &[(&str, String, &str)]) -> tempfile::TempDir {
    let folder = real::folder();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let mut config = format!("{head}clusters:\n");
    for (name, kubeconfig, keys) in clusters {
        let entry =
            format!("  - {{ name: {name}, kubeconfig: {{ path: ./{name}.conf }}{keys} }}\n");
        config.push_str(&entry);
        fs::write(folder.path().join(format!("{name}.conf")), kubeconfig).unwrap();
    }
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    folder
}

fn filled(api: &FakeApi) {
    api.put([fake_api::node("n1", "us", "a"), fake_api::node("n2", "us", "b")]);
    api.put((0..3).map(|it| fake_api::service(&format!("s{it}"), "192.0.2.1")));
    api.put([fake_api::slice("s0", 1)]);
}

/// A token that says when it expires, in unix seconds.
fn token(expiry: i64) -> String {
    use base64::Engine;
    let encode = |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text);
    format!("{}.{}.x", encode("{}"), encode(&json!({ "exp": expiry }).to_string()))
}

/// The rows of `check --online -o json`, which ends as they are.
#[track_caller]
fn online(folder: &Path) -> Vec<Value> {
    let output = run(folder, "check --online -o json");
    let document: Value = serde_json::from_slice(&output.stdout).expect("a document");
    let rows = document["clusters"].as_array().unwrap().clone();
    let is_ok = rows.iter().all(|row| row["ok"] == true);
    assert_eq!(output.status.success(), is_ok, "{output:?}");
    rows
}

/// The one text of a list of a row.
#[track_caller]
fn only<'r>(row: &'r Value, list: &str) -> &'r str {
    let all = row[list].as_array().unwrap();
    assert_eq!(all.len(), 1, "{row:#}");
    all[0].as_str().unwrap()
}

#[test]
fn clusters_that_lack_nothing_are_ok() {
    let (tls, secret) = (Tls::new(), token(4_000_000_000));
    let [api, other] = ["uid-1", "uid-2"].map(|uid| {
        let api = FakeApi::start_tls(&tls);
        filled(&api);
        api.page(1);
        api.require_token(&secret);
        api.become_another(uid);
        api
    });
    let kubeconfig = |api| kubeconfig_of(api, &tls, &secret);
    let folder = world(&[("east", kubeconfig(&api), ""), ("west", kubeconfig(&other), "")]);
    let rows = online(folder.path());
    for row in &rows {
        assert_eq!(
            (&row["ok"], &row["version"]),
            (&json!(true), &json!("v1.33.0-fake")),
            "{row:#}"
        );
        assert_eq!(row["places"], json!(["a.us", "b.us"]));
        assert_eq!(row["kinds"]["nodes"], json!({ "objects": 2, "list": true, "watch": true }));
        assert_eq!(row["kinds"]["services"]["objects"], 3);
        assert_eq!(row["kinds"]["endpointslices"]["objects"], 1);
        assert!(row["credentialsExpireInSeconds"].as_i64().unwrap() > 86_400);
        assert!(row["clockAheadSeconds"].as_i64().unwrap().abs() < 5, "{row:#}");
    }
    let (table, _) = done(folder.path(), "check --online");
    assert!(table.starts_with("CLUSTER  STATE  REACHED "), "{table}");
    assert!(table.contains("a.us, b.us\n"), "{table}");
    // The clock of the server is wrong: that is told, and stops nothing.
    api.date("Thu, 01 Jan 2015 00:00:00 GMT");
    let row = &online(folder.path())[0];
    assert!(only(row, "notes").contains("s behind ours"), "{row:#}");
}

fn kubeconfig_of(api: &FakeApi, tls: &Tls, token: &str) -> String {
    api.kubeconfig(json!({ "token": token }), tls.trusted())
}

#[test]
fn what_is_forbidden_is_named_with_the_rule() {
    let forbidden = || Fault::Status(403, None);
    let [api, other] = ["uid-1", "uid-2"].map(|uid| {
        let api = FakeApi::start();
        filled(&api);
        api.fail(Verb::List, "/api/v1/services", forbidden(), None);
        api.fail(Verb::Watch, "/apis/discovery.k8s.io/v1/endpointslices", forbidden(), None);
        api.fail(Verb::List, "/api/v1/nodes", forbidden(), None);
        api.become_another(uid);
        api
    });
    let kubeconfig = |api: &FakeApi| api.kubeconfig(json!({}), json!({}));
    let folder = world(&[
        ("east", kubeconfig(&api), ""),
        ("west", kubeconfig(&other), ", region: us, zones: [a], namespaces: [shop, none]"),
    ]);
    let rows = online(folder.path());
    let missing = rows[0]["missing"].to_string();
    for words in [
        "nodes: the API server forbids to list them in all namespaces; add to a ClusterRole of \
         this user: {apiGroups: [\\\"\\\"], resources: [nodes], verbs: [get, list, watch]}",
        "services: the API server forbids to list them",
        "endpointslices: the API server forbids to watch them in all namespaces; add to a \
         ClusterRole of this user: {apiGroups: [\\\"discovery.k8s.io\\\"]",
    ] {
        assert!(missing.contains(words), "{words}\n{missing}");
    }
    // Where namespaces are named, those are enough; where places are, nodes are not needed.
    assert_eq!(rows[1]["kinds"]["services"], json!({ "objects": 3, "list": true, "watch": true }));
    assert_eq!(rows[1]["places"], json!(["a.us"]));
    assert!(only(&rows[1], "missing").starts_with("endpointslices: "), "{:#}", rows[1]);
    assert!(only(&rows[1], "notes").starts_with("nodes can not be read, and need not"));
    let output = run(folder.path(), "check --online");
    let (table, error) = texts(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(table.contains("no list") && table.contains("no watch"), "{table}");
    assert!(error.contains("something is missing in 2 of 2 clusters"), "{error}");
    // The cluster's identity is worth a rule, and not needed.
    api.heal();
    api.fail(Verb::Get, "/api/v1/namespaces/kube-system", forbidden(), None);
    let row = &online(folder.path())[0];
    assert!(only(row, "notes").contains("resourceNames: [kube-system]"), "{row:#}");
}

#[test]
fn what_keeps_a_cluster_from_being_asked_is_told() {
    let (tls, others) = (Tls::new(), Tls::new());
    let api = FakeApi::start_tls(&tls);
    filled(&api);
    api.require_token("another");
    let slow = FakeApi::start();
    slow.fail(Verb::Get, "/version", Fault::Hang, None);
    // Nobody listens here any more.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let dead =
        slow.kubeconfig(json!({}), json!({})).replace(&slow.address.to_string(), &free.to_string());
    let folder = world(&[
        ("distrusted", kubeconfig_of(&api, &others, "another"), ""),
        ("expired", kubeconfig_of(&api, &tls, &token(1_000_000_000)), ""),
        ("dead", dead, ""),
        ("slow", slow.kubeconfig(json!({}), json!({})), ""),
        ("unreadable", "[".to_owned(), ""),
    ]);
    let begin = std::time::Instant::now();
    let rows = online(folder.path());
    assert!(begin.elapsed().as_secs() < 40, "they are tried side by side");
    assert!(rows.iter().all(|row| row["ok"] == false), "{rows:#?}");
    assert!(only(&rows[0], "missing").contains("certificate"), "{:#}", rows[0]);
    let expired = rows[1]["missing"].to_string();
    assert!(expired.contains("the credentials have expired"), "{expired}");
    assert!(expired.contains("does not take the credentials: it says 401"), "{expired}");
    assert!(rows[1]["credentialsExpireInSeconds"].as_i64().unwrap() < 0);
    assert!(only(&rows[2], "missing").contains("refused"), "{:#}", rows[2]);
    assert!(only(&rows[3], "missing").contains("not all could be seen within 10 s"));
    assert!(only(&rows[4], "missing").contains("unreadable.conf"), "{:#}", rows[4]);
}

/// A member with a service, and a folder with its kubeconfig and that of a hub.
fn real_world<const N: usize>(names: [&str; N]) -> ([Cluster; N], tempfile::TempDir) {
    let clusters = Cluster::start(names);
    clusters[0].apply(&shop());
    clusters[0].balance("shop", "cart", &["192.0.2.1"]);
    let folder = real::folder();
    for cluster in &clusters {
        fs::write(folder.path().join(format!("{}.admin", cluster.name)), cluster.admin()).unwrap();
    }
    (clusters, folder)
}

const JOIN: &str = "join --context east --kubeconfig east.admin --apply --ttl 1h --out east.conf";

#[test]
fn a_cluster_joins_is_answered_for_and_leaves() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let ([east], folder) = real_world(["east"]);
    let here = folder.path();
    let (entry, told) = done(here, JOIN);
    for words in [
        "east: Namespace fedns unchanged\n",
        "east: ServiceAccount fedns/fedns-member created\n",
        "east: ClusterRole fedns-member created\n",
        "east: ClusterRoleBinding fedns-member created\n",
        "east.conf: written, readable by its owner alone\n",
        "east: 1 node\n",
        "east: stands in a.us\n",
    ] {
        assert!(told.contains(words), "{words}{told}");
    }
    let path = here.join("east.conf");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    // The least rights, and no others.
    let kubeconfig = fs::read_to_string(&path).unwrap();
    let may = |arguments: &[&str]| east.kubectl_as(&kubeconfig, arguments).is_ok();
    for resource in ["nodes", "services", "endpointslices"] {
        assert!(may(&["get", resource, "--all-namespaces"]), "{resource}");
        assert!(!may(&["delete", resource, "--all", "--namespace=shop"]), "{resource}");
    }
    assert!(may(&["get", "namespace", "kube-system"]) && !may(&["get", "namespaces"]));
    for resource in ["secrets", "configmaps", "pods", "clusterroles"] {
        assert!(!may(&["get", resource, "--all-namespaces"]), "{resource}");
    }
    // Again: nothing changes. A rule is lost, and comes back.
    let (_, told) = done(here, JOIN);
    assert!(!told.contains("created") && !told.contains("changed\n") || told.contains("unchanged"));
    assert_eq!(told.matches(" unchanged\n").count(), 4, "{told}");
    east.kubectl(&[
        "patch",
        "clusterrole",
        "fedns-member",
        "--type=merge",
        "--patch={\"rules\":[]}",
    ]);
    let (_, told) = done(here, JOIN);
    assert!(told.contains("ClusterRole fedns-member changed\n"), "{told}");
    // The printed entry and kubeconfig are all that a server needs.
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    fs::write(here.join("fedns.yaml"), format!("{head}{entry}")).unwrap();
    let (table, _) = done(here, "check --online");
    assert!(table.contains(" ok "), "{table}");
    let server = Server::start(here);
    let name = "cart.shop.myfed.svc.a.us.example.com.";
    until("it answers", || said(&ask(server.udp, name, "A")).records.len() == 1);
    let (status, page) = server.get("/departure?cluster=east");
    let page: Value = serde_json::from_str(&page).unwrap();
    assert_eq!((status, &page["emptied"], &page["zoneAddresses"]), (200, &json!(1), &json!(1)));
    // And out again, although the server still has it in its configuration.
    let (printed, told) =
        done(here, "unjoin east --apply --context east --kubeconfig east.admin --yes --force");
    assert!(printed.contains("east is an entry of ./fedns.yaml: take it out"), "{printed}");
    for words in [
        "ServiceAccount fedns/fedns-member removed\n",
        "ClusterRole fedns-member removed\n",
        "ClusterRoleBinding fedns-member removed\n",
        "Secret fedns/fedns-member-token is not there\n",
        "Namespace fedns stays",
    ] {
        assert!(told.contains(words), "{words}{told}");
    }
    let left = "get serviceaccounts,clusterroles,clusterrolebindings,secrets --all-namespaces \
                --selector=app.kubernetes.io/managed-by=fedns-join --output=name";
    let left = east.kubectl(&left.split_whitespace().collect::<Vec<_>>());
    assert_eq!(left, "");
    until("the token is void", || !may(&["get", "nodes"]));
}

#[test]
fn a_secret_in_the_hub_comes_and_goes() {
    if !real::have(&PROGRAMS) {
        return;
    }
    let ([east, hub], folder) = real_world(["east", "hub"]);
    let here = folder.path();
    fs::write(here.join("fedns.yaml"), "apiVersion: fedns.dev/v1\nkind: Config\n").unwrap();
    // No controller runs here that would fill the Secret: the test does it as that one would.
    let line = "join --context east --kubeconfig east.admin --apply --hub-context hub \
                --hub-kubeconfig hub.admin --hub-namespace dns --region us --zones a \
                --namespaces shop --namespace lab";
    let joined = std::thread::scope(|scope| {
        let joined = scope.spawn(|| done(here, line).1);
        let secret = ["secret", "lab-member-token", "--namespace=lab"];
        until("the Secret waits for its token", || {
            east.try_kubectl(&[&["get"], &secret[..]].concat(), "").is_ok()
        });
        let token = east.kubectl(&["create", "token", "lab-member", "--namespace=lab"]);
        let patch = format!("--patch={{\"stringData\":{{\"token\":\"{}\"}}}}", token.trim());
        east.kubectl(&[&["patch"], &secret[..], &["--type=merge", &patch]].concat());
        joined.join().unwrap()
    });
    for words in [
        "east: Secret lab/lab-member-token created\n",
        "east: RoleBinding shop/lab-member created\n",
        "hub: Namespace dns created\n",
        "hub: Secret dns/fedns-cluster-east created\n",
        "east: 1 service\n",
        "east: stands in a.us\n",
        "east: nodes can not be read, and need not",
    ] {
        assert!(joined.contains(words), "{words}{joined}");
    }
    let secret = ["get", "secret", "--namespace=dns", "--selector=fedns.dev/cluster=east"];
    let secret: Value =
        serde_json::from_str(&hub.kubectl(&[&secret[..], &["--output=json"]].concat())).unwrap();
    let secret = &secret["items"][0];
    let annotations = &secret["metadata"]["annotations"];
    let expected = json!({
        "fedns.dev/region": "us", "fedns.dev/zones": "a", "fedns.dev/namespaces": "shop",
    });
    assert_eq!(*annotations, expected);
    let kubeconfig = {
        use base64::Engine;
        let data = secret["data"]["kubeconfig"].as_str().unwrap();
        String::from_utf8(base64::engine::general_purpose::STANDARD.decode(data).unwrap()).unwrap()
    };
    let may = |arguments: &[&str]| east.kubectl_as(&kubeconfig, arguments).is_ok();
    assert!(may(&["get", "services,endpointslices", "--namespace=shop"]));
    assert!(!may(&["get", "services", "--namespace=default"]) && !may(&["get", "nodes"]));
    // What others made is left alone.
    east.kubectl(&["create", "serviceaccount", "own-member", "--namespace=shop"]);
    east.kubectl(&["create", "namespace", "own"]);
    east.kubectl(&["create", "serviceaccount", "own-member", "--namespace=own"]);
    let output = run(here, &line.replace("--namespace lab", "--namespace own"));
    assert_eq!(output.status.code(), Some(1));
    assert!(texts(&output).1.contains("was not made by `fedns join`"), "{output:?}");
    // Nobody is there to ask.
    let out =
        "unjoin east --apply --hub-context hub --hub-kubeconfig hub.admin --hub-namespace dns";
    let output = run(here, out);
    assert_eq!(output.status.code(), Some(1));
    assert!(texts(&output).1.contains("say --yes"), "{output:?}");
    let (_, told) =
        done(here, &format!("{out} --yes --context east --kubeconfig east.admin --namespace lab"));
    assert!(told.contains("hub: Secret dns/fedns-cluster-east removed\n"), "{told}");
    assert!(told.contains("east: Secret lab/lab-member-token removed\n"), "{told}");
    assert!(told.contains("east: Role shop/lab-member removed\n"), "{told}");
    let secrets = hub.kubectl(&["get", "secrets", "--namespace=dns", "--output=name"]);
    assert_eq!(secrets, "");
}
