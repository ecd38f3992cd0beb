//! Clusters by Secrets: a hub whose Secrets tell of members, and the running program that follows them.

use crate::fake_api;
use crate::process;
use std::fs;

use hickory_proto::op::ResponseCode;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fake_api::{FakeApi, Fault, Verb, node, secret, service, slice};
use crate::process::Server;

const CART: &str = "cart.shop.myfed.svc.example.com.";
const SECRETS: &str = "/api/v1/namespaces/fedns/secrets";

/// A folder with the configuration of a registry in the hub, and with more of it.
fn folder(hub: &FakeApi, more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    hub.write_kubeconfig(&folder.path().join("hub.conf"));
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let registry = "registries:
  - secrets: { kubeconfig: { path: ./hub.conf }, namespace: fedns }
";
    fs::write(folder.path().join("fedns.yaml"), format!("{head}{registry}{more}")).unwrap();
    folder
}

/// A cluster that has the service `cart` at this address, and takes this token.
fn member(address: &str, token: &str) -> FakeApi {
    let api = FakeApi::start();
    api.put([node("n1", "us", "a"), service("cart", address), slice("cart", 1)]);
    api.require_token(token);
    api
}

fn kubeconfig(api: &FakeApi, token: &str) -> String {
    api.kubeconfig(json!({ "token": token }), json!({}))
}

/// Our own Secret for a cluster of this name.
fn ours(secret_name: &str, cluster: &str, annotations: Value, kubeconfig: &str) -> Value {
    let labels = json!({ "fedns.dev/cluster": cluster });
    secret(secret_name, labels, annotations, &[("kubeconfig", kubeconfig)])
}

fn addresses(server: &Server) -> Vec<String> {
    let reply = server.ask(CART);
    let mut addresses: Vec<_> =
        reply.answers.iter().map(|record| record.data.to_string()).collect();
    addresses.sort();
    addresses
}

#[track_caller]
fn answers(server: &Server, expected: &[&str]) {
    let end = std::time::Instant::now() + fake_api::PATIENCE;
    while addresses(server) != expected {
        let status = server.get("/status").1;
        assert!(std::time::Instant::now() < end, "{:?}: {status}", addresses(server));
    }
}

#[test]
fn clusters_come_and_go_by_secrets() {
    let hub = FakeApi::start();
    let (east, west) = (member("192.0.2.1", "e4st"), member("192.0.2.2", "w3st"));
    let folder = folder(&hub, "clusterDefaults: { region: eu }\n");
    let server = Server::start(folder.path());
    server.get_until("/readyz", &["ok"]);
    server.ask_until_code(CART, ResponseCode::NXDomain);
    let place = json!({ "fedns.dev/region": "asia", "fedns.dev/zones": "b,c" });
    hub.put([ours("one", "east", place, &kubeconfig(&east, "e4st"))]);
    answers(&server, &["192.0.2.1"]);
    server.ask_until("cart.shop.myfed.svc.c.asia.example.com.", 1);
    // The other one as Argo CD has it; where it stands is what holds for all.
    let config = json!({ "bearerToken": "w3st" }).to_string();
    let url = format!("http://{}", west.address);
    let data = [("name", "west"), ("server", url.as_str()), ("config", config.as_str())];
    let label = json!({ "argocd.argoproj.io/secret-type": "cluster" });
    hub.put([secret("two", label, json!({}), &data)]);
    answers(&server, &["192.0.2.1", "192.0.2.2"]);
    server.ask_until("cart.shop.myfed.svc.eu.example.com.", 1);
    server.get_until("/status", &["\"registry\":", "\"clusters\":2"]);
    server.get_until(
        "/metrics",
        &[
            "fedns_registry_up{registry=\"fedns\"} 1",
            "fedns_registry_clusters{registry=\"fedns\"} 2",
        ],
    );
    // An annotation changes: the entry does, and nothing is read anew.
    let lists = east.requests("Stream ");
    let place = json!({ "fedns.dev/region": "africa", "fedns.dev/zones": "b" });
    hub.put([ours("one", "east", place, &kubeconfig(&east, "e4st"))]);
    server.ask_until("cart.shop.myfed.svc.b.africa.example.com.", 1);
    assert_eq!(east.requests("Stream "), lists);
    hub.delete("secrets", "fedns", "one");
    answers(&server, &["192.0.2.2"]);
    hub.delete("secrets", "fedns", "two");
    server.ask_until_code(CART, ResponseCode::NXDomain);
}

#[test]
fn another_cluster_in_the_place_of_the_hub_is_not_heard() {
    let hub = FakeApi::start();
    let east = member("192.0.2.1", "e4st");
    hub.put([ours("one", "east", json!({}), &kubeconfig(&east, "e4st"))]);
    let folder = folder(&hub, "");
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    // A watch that is begun later over the same connection would be one of the hub that is now there.
    hub.wait_for_requests("Watch ", 1);
    hub.freeze(true);
    hub.become_another("uid-2");
    hub.delete("secrets", "fedns", "one");
    hub.cut_watches();
    hub.freeze(false);
    server.get_until("/status", &["another cluster answers", "uid-2", "restart fedns"]);
    answers(&server, &["192.0.2.1"]);
    // The former one is back.
    hub.become_another("uid-1");
    server.ask_until_code(CART, ResponseCode::NXDomain);
    server.get_until("/status", &["\"complaints\":[]"]);
}

/// What stands in the files of a folder, as one.
fn kept(folder: &std::path::Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files.flat_map(|path| fs::read(path).unwrap()).collect()
}

fn stop(mut server: Server) {
    server.signal("TERM");
    assert!(server.ended().success());
}

#[test]
fn a_restart_while_the_hub_is_down_answers_what_was_kept() {
    let hub = FakeApi::start();
    let east = member("192.0.2.1", "e4st");
    let place = json!({ "fedns.dev/region": "asia", "fedns.dev/zones": "b" });
    let secret = ours("one", "east", place, &kubeconfig(&east, "e4st"));
    hub.put([secret.clone()]);
    let folder = folder(&hub, "stateDir: ./state\n");
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    server.get_until("/readyz", &["ok"]);
    stop(server);
    let address = hub.address;
    drop(hub);
    // How a cluster is reached is known to memory alone.
    let octets = kept(&folder.path().join("state"));
    let holds = |text: &str| octets.windows(text.len()).any(|it| it == text.as_bytes());
    assert!(holds("east") && holds("asia"));
    assert!(!holds("e4st") && !holds(&east.address.to_string()));
    let server = Server::start(folder.path());
    // The very first question.
    assert_eq!(addresses(&server), ["192.0.2.1"]);
    assert_eq!(server.get("/readyz").0, 200);
    server.ask_until("cart.shop.myfed.svc.b.asia.example.com.", 1);
    server.get_until("/status", &["\"state\":\"restored\"", "\"readSince\":null"]);
    // What was never there is denied: the cluster's facts were complete.
    server.ask_until_code("no.shop.myfed.svc.example.com.", ResponseCode::NXDomain);
    // The hub is back, and with it the cluster's own word.
    east.put([service("cart", "192.0.2.5")]);
    let hub = FakeApi::listen(address, None);
    hub.put([secret]);
    answers(&server, &["192.0.2.5"]);
    server.get_until("/status", &["\"state\":\"synced\""]);
    // What the registry tells no more is not awaited after the next restart.
    hub.delete("secrets", "fedns", "one");
    server.ask_until_code(CART, ResponseCode::NXDomain);
    stop(server);
    drop(hub);
    let server = Server::start(folder.path());
    server.get_until("/readyz", &["ok"]);
    server.ask_until_code(CART, ResponseCode::NXDomain);
    assert!(!server.get("/status").1.contains("\"name\":\"east\""));
}

#[test]
fn a_server_that_is_not_verified_is_told() {
    let tls = fake_api::Tls::new();
    let hub = FakeApi::start_tls(&tls);
    let west = FakeApi::start_tls(&tls);
    west.put([node("n1", "us", "a"), service("cart", "192.0.2.2"), slice("cart", 1)]);
    let config = json!({ "bearerToken": "w3st", "tlsClientConfig": { "insecure": true } });
    let (config, url) = (config.to_string(), format!("https://{}", west.address));
    let data = [("name", "west"), ("server", url.as_str()), ("config", config.as_str())];
    let label = json!({ "argocd.argoproj.io/secret-type": "cluster" });
    hub.put([secret("two", label, json!({}), &data)]);
    let folder = folder(&hub, "");
    let insecure = hub.kubeconfig(json!({}), json!({ "insecure-skip-tls-verify": true }));
    fs::write(folder.path().join("hub.conf"), insecure).unwrap();
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.2"]);
    // The hub too, which is read all the same.
    server.get_until("/status", &["hub.conf, namespace fedns\"", "\"clusters\":1"]);
    server.get_until("/metrics", &["fedns_registry_up{registry=\"fedns\"} 1"]);
    server.get_until("/status", &["server_unverified", "\"cluster\":\"west\"", "caData"]);
    server.get_until("/metrics", &["fedns_complaints{kind=\"server_unverified\"} 2\n"]);
    // It is read all the same.
    server.get_until("/readyz", &["ok"]);
    drop(server);
    // Before anything is served that can be seen too.
    let check = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_fedns"));
        command.args(["check", "--online", "--config"]).arg(folder.path().join("fedns.yaml"));
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = check();
    let note = "west: note: the certificate of the API server is not looked at";
    let of_hub = "hub.conf, namespace fedns: note: the certificate of the API server is not looked";
    assert!(said.contains(note) && said.contains(of_hub), "{said}");
    assert!(said.contains("namespace fedns: 1 cluster\n"), "{said}");
    assert_eq!(code, Some(0), "{said}");
    hub.fail(Verb::Any, SECRETS, Fault::Status(403, None), None);
    let (code, said) = check();
    assert!(said.contains("missing: secrets: the API server forbids to list them"), "{said}");
    assert_eq!(code, Some(1), "{said}");
}

#[test]
fn a_token_is_rotated_and_the_watch_goes_on() {
    let hub = FakeApi::start();
    let east = member("192.0.2.1", "first");
    hub.put([ours("one", "east", json!({}), &kubeconfig(&east, "first"))]);
    let folder = folder(&hub, "");
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    east.wait_for_requests("Stream ", 3);
    server.get_until("/readyz", &["ok"]);
    let lists = east.requests("Stream ");
    east.require_token("second");
    hub.put([ours("one", "east", json!({}), &kubeconfig(&east, "second"))]);
    east.put([service("cart", "192.0.2.7")]);
    east.cut_watches();
    answers(&server, &["192.0.2.7"]);
    assert_eq!(east.requests("Stream "), lists, "{:?}", east.all_requests());
    // Another server is another place to read from: what was said stays until that is known.
    let other = member("192.0.2.8", "third");
    other.fail(Verb::Any, "*", Fault::Hang, None);
    hub.put([ours("one", "east", json!({}), &kubeconfig(&other, "third"))]);
    other.wait_for_requests("", 1);
    assert_eq!(addresses(&server), ["192.0.2.7"]);
    drop(other);
    let other = member("192.0.2.9", "third");
    hub.put([ours("one", "east", json!({}), &kubeconfig(&other, "third"))]);
    answers(&server, &["192.0.2.9"]);
}

#[test]
fn bad_secrets_block_no_others_and_are_not_shown() {
    let hub = FakeApi::start();
    let east = member("192.0.2.1", "s3cret");
    let good = kubeconfig(&east, "s3cret");
    let exec = east.kubeconfig(json!({ "exec": { "command": "s3cret" } }), json!({}));
    hub.put([
        ours("a-broken", "broken", json!({}), "s3cret: ["),
        ours("b-exec", "exec", json!({}), &exec),
        ours("c-typo", "typo", json!({ "fedns.dev/regoin": "us" }), &good),
        ours("d-good", "east", json!({}), &good),
        secret("e-other", json!({}), json!({}), &[("password", "s3cret")]),
    ]);
    let mut nonsense = ours("f-nonsense", "nonsense", json!({}), &good);
    nonsense["data"] = json!(["s3cret"]);
    hub.put([nonsense]);
    let folder = folder(&hub, "");
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    let words = [
        "secret fedns/a-broken",
        "can not be read as a kubeconfig",
        "secret fedns/b-exec",
        "allowExec: true",
        "secret fedns/c-typo",
        "did you mean `region`?",
        "no Secret of Kubernetes",
    ];
    server.get_until("/status", &words);
    assert!(!server.get("/status").1.contains("s3cret"));
    server.get_until("/metrics", &["fedns_complaints{kind=\"secret_unusable\"} 3"]);
    // One that was good and is no more keeps what it said.
    hub.put([ours("d-good", "east", json!({}), "s3cret: [")]);
    server.get_until("/status", &["secret fedns/d-good"]);
    assert_eq!(addresses(&server), ["192.0.2.1"]);
    hub.put([ours("d-good", "east", json!({ "fedns.dev/zones": "a" }), &good)]);
    server.get_until("/status", &["the cluster has zones but no region"]);
    assert_eq!(addresses(&server), ["192.0.2.1"]);
}

#[test]
fn a_name_belongs_to_whoever_had_it_first() {
    let hub = FakeApi::start();
    let (one, two) = (member("192.0.2.1", "t"), member("192.0.2.2", "t"));
    let folder = folder(&hub, "clusters: [{ name: file, manifests: ./file }]\n");
    fs::create_dir(folder.path().join("file")).unwrap();
    hub.put([ours("z-first", "east", json!({}), &kubeconfig(&one, "t"))]);
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    hub.put([
        ours("a-second", "east", json!({}), &kubeconfig(&two, "t")),
        ours("third", "file", json!({}), &kubeconfig(&two, "t")),
    ]);
    let by_first = "a cluster is called east already, by secret z-first";
    server.get_until("/status", &[by_first, "file already, by the configuration"]);
    assert_eq!(addresses(&server), ["192.0.2.1"]);
    hub.delete("secrets", "fedns", "z-first");
    answers(&server, &["192.0.2.2"]);
    assert!(!server.get("/status").1.contains(by_first));
}

#[test]
fn a_hub_that_dies_takes_nobody_along() {
    let hub = FakeApi::start();
    let (east, west) = (member("192.0.2.1", "t"), member("192.0.2.2", "t"));
    hub.put([ours("one", "east", json!({}), &kubeconfig(&east, "t"))]);
    let folder = folder(&hub, "");
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    let address = hub.address;
    drop(hub);
    server.get_until("/status", &["registry_unread", "stay registered", "\"readSince\":null"]);
    assert_eq!(addresses(&server), ["192.0.2.1"]);
    // It comes back with more Secrets, which may not be read: what is missing is said.
    let hub = FakeApi::listen(address, None);
    hub.fail(Verb::List, SECRETS, Fault::Status(403, None), None);
    hub.put([
        ours("one", "east", json!({}), &kubeconfig(&east, "t")),
        ours("two", "west", json!({}), &kubeconfig(&west, "t")),
    ]);
    hub.forget();
    let rule = "resources: [secrets], verbs: [get, list, watch]";
    server.get_until("/status", &["in namespace fedns; add to a Role there", rule]);
    assert_eq!(addresses(&server), ["192.0.2.1"]);
    hub.heal();
    answers(&server, &["192.0.2.1", "192.0.2.2"]);
    server.get_until("/metrics", &["fedns_registry_up{registry=\"fedns\"} 1"]);
    assert!(!server.get("/status").1.contains("registry_unread"));
}

#[test]
fn before_a_registry_is_read_nothing_is_denied() {
    let hub = FakeApi::start();
    hub.fail(Verb::Any, SECRETS, Fault::Status(503, None), None);
    let east = member("192.0.2.1", "t");
    hub.put([ours("one", "east", json!({}), &kubeconfig(&east, "t"))]);
    let folder = folder(&hub, "");
    let server = Server::start(folder.path());
    hub.wait_for_requests(SECRETS, 1);
    assert_eq!(server.ask(CART).metadata.response_code, ResponseCode::ServFail);
    let (code, text) = server.get("/readyz");
    assert!(code == 503 && text.contains("registries"), "{text}");
    hub.heal();
    answers(&server, &["192.0.2.1"]);
}

#[test]
fn registries_come_and_go_with_the_configuration() {
    let hub = FakeApi::start();
    let east = member("192.0.2.1", "t");
    hub.put([ours("one", "east", json!({}), &kubeconfig(&east, "t"))]);
    let folder = folder(&hub, "");
    let path = folder.path().join("fedns.yaml");
    let with = fs::read_to_string(&path).unwrap();
    let server = Server::start(folder.path());
    answers(&server, &["192.0.2.1"]);
    fake_api::replace(&path, with.split_once("registries:").unwrap().0);
    server.ask_until_code(CART, ResponseCode::NXDomain);
    fake_api::replace(&path, &with);
    answers(&server, &["192.0.2.1"]);
}
