//! The command line as people see it: sessions in `tests/sessions/*.txt`, rewritten under
//! `UPDATE_EXPECT=1`. A line `$ fedns ...` is run in the quick start; below it stands what it
//! prints, with `! ` before what went to standard error, and `[exit N]` where N is not 0.
//!
//! What differs from run to run is written as `<...>`.
#![allow(unreachable_pub, clippy::unwrap_used)]

use crate::real;
use crate::support::expect;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn quickstart() -> PathBuf {
    root().join("examples/quickstart")
}

/// The program, away from this machine's own configuration and terminal.
fn fedns(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.current_dir(folder);
    for key in ["FEDNS_CONFIG", "FEDNS_LOG", "FEDNS_SERVER", "COLUMNS", "NO_COLOR"] {
        command.env_remove(key);
    }
    command
}

/// Runs a line of a session.
fn run(folder: &Path, line: &str) -> Output {
    let mut words = line.split_whitespace();
    assert_eq!(words.next(), Some("fedns"), "sessions run fedns: {line}");
    fedns(folder).args(words).output().unwrap()
}

/// A session with what each of its lines prints now.
pub fn replay(folder: &Path, written: &str, hidden: &[(String, &str)]) -> String {
    let mut text = String::new();
    let mut is_commented = false;
    let mut is_open = true;
    for line in written.lines() {
        let command = line.strip_prefix("$ ");
        // What is printed may begin like a comment; a comment stands behind an empty line.
        let is_comment = line.starts_with("# ") && (is_open || is_commented);
        is_open = line.is_empty();
        if (is_comment || (command.is_some() && !is_commented)) && !text.is_empty() {
            text.push('\n');
        }
        if is_comment {
            text.push_str(&format!("{line}\n"));
        }
        is_commented = is_comment;
        let Some(command) = command else { continue };
        let output = run(folder, command);
        text.push_str(&format!("{line}\n{}", String::from_utf8(output.stdout).unwrap()));
        for line in String::from_utf8(output.stderr).unwrap().lines() {
            text.push_str(format!("! {line}").trim_end());
            text.push('\n');
        }
        match output.status.code() {
            Some(0) => {}
            code => text.push_str(&format!("[exit {}]\n", code.unwrap())),
        }
    }
    for (volatile, placeholder) in hidden {
        text = text.replace(volatile, placeholder);
    }
    text.lines().map(|line| format!("{}\n", steady(line))).collect()
}

/// A line without what differs from run to run.
fn steady(line: &str) -> String {
    let keys = ["ageMillis", "ageSeconds", "stateSeconds", "forSeconds", "unansweredSeconds"];
    for key in keys.iter().flat_map(|key| [format!("\"{key}\": "), format!("{key}: ")]) {
        if let Some((before, _)) = line.split_once(&key) {
            return format!("{before}{key}<AGE>");
        }
    }
    if let Some((before, rest)) = line.split_once(" (for ")
        && let Some((_, behind)) = rest.split_once(')')
    {
        return format!("{before} (for <AGE>){behind}");
    }
    if let Some(rest) = line.strip_prefix("snapshot: generation ") {
        let generation = rest.split(';').next().unwrap();
        return format!("snapshot: generation {generation}; the last change was <AGE> ago");
    }
    if let Some((before, rest)) = line.split_once(" untried for ") {
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        return format!("{before} untried for <AGE>{rest}");
    }
    if line.starts_with("fedns 0") || line.starts_with("fedns 1") {
        return "fedns <VERSION>".to_owned();
    }
    // Serials are unix seconds: ten digits, unlike anything else here.
    let mut text = String::new();
    for word in line.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        text.push_str(&match digits.len() {
            10 => word.replace(digits, "<SERIAL>"),
            _ => word.to_owned(),
        });
    }
    text
}

pub fn check(name: &str, folder: &Path, hidden: &[(String, &str)]) {
    let path = root().join("tests/sessions").join(name);
    let written = fs::read_to_string(&path).unwrap();
    let actual = replay(folder, &written, hidden);
    if let Err(diff) = expect::check(&path, &written, &actual) {
        panic!("{diff}");
    }
}

#[test]
fn check_and_resolve() {
    check("check_resolve.txt", &quickstart(), &[]);
}

#[test]
fn explain() {
    check("explain.txt", &quickstart(), &[]);
}

#[test]
fn asked_from_inside() {
    check("inside.txt", &quickstart(), &[]);
}

#[test]
fn lists() {
    check("lists.txt", &quickstart(), &[]);
}

#[test]
fn zone() {
    check("zone.txt", &quickstart(), &[]);
}

#[test]
fn help() {
    check("help.txt", &quickstart(), &[]);
}

#[test]
fn usage_and_faults() {
    let empty = TempDir::new().unwrap();
    check("faults.txt", empty.path(), &[]);
}

/// Every product; a cluster with a listener of its own, one known by its networks, one by neither
/// that has public addresses only.
#[test]
fn stub() {
    let folder = world(
        "listen: { udp: ['0.0.0.0:53'], tcp: ['0.0.0.0:53'] }
federations:
  - name: myfederation
    domain: example.com
    nameservers:
      - { name: ns1.example.com, addresses: [192.0.2.53] }
      - { name: ns2.example.com, addresses: [198.51.100.53] }
clusters:
  - { name: us-central1-a, manifests: ./a, listen: ['0.0.0.0:5401'] }
  - { name: us-central1-b, manifests: ./b, networks: [10.8.0.0/14] }
  - { name: europe-west1-b, manifests: ./c, clusterDomain: europe.local }
",
    );
    check("stub.txt", folder.path(), &[]);
}

/// A kubeconfig with two contexts; nothing is asked of their servers.
#[test]
fn join_and_unjoin() {
    let folder = TempDir::new().unwrap();
    let kubeconfig = "\
apiVersion: v1
kind: Config
clusters:
- name: us
  cluster: { server: 'https://192.0.2.10:6443', certificate-authority: ca.crt }
- name: lab
  cluster: { server: 'https://lab.example.com', tls-server-name: api.lab.example.com }
contexts:
- { name: gke_my-project_us-east1-b, context: { cluster: us, user: me } }
- { name: lab, context: { cluster: lab, user: me } }
- { name: _, context: { cluster: lab, user: me } }
users: [{ name: me, user: { token: mine } }]
";
    fs::write(folder.path().join("kubeconfig"), kubeconfig).unwrap();
    fs::write(folder.path().join("ca.crt"), "an authority").unwrap();
    check("join.txt", folder.path(), &[]);
    check("unjoin.txt", &quickstart(), &[]);
}

#[test]
fn delegation() {
    let folder = world(
        "federations:
  - name: myfederation
    domain: example.com
    nameservers:
      - { name: ns1.example.com, addresses: [192.0.2.53, '2001:db8::53'] }
      - { name: ns.example.net }
  - { name: other, domain: example.com }
  - name: below
    domain: us.example.com
    nameservers: [{ name: ns1.example.com }, { name: ns2.us.example.com, addresses: [192.0.2.54] }]
  - { name: lone, domain: example.org, nameservers: [{ name: ns.example.net }] }
",
    );
    check("delegation.txt", folder.path(), &[]);
}

/// The quick start with a cluster whose folder is missing, one that may not publish, and a
/// service of which nothing is left.
#[test]
fn a_bad_day() {
    let folder = world(
        "federations:
  - name: myfederation
    domain: example.com
    whenAllDown: all
    nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53] }]
clusters:
  - { name: us-central1-a, manifests: QUICKSTART/us-central1-a }
  - { name: us-central1-b, manifests: QUICKSTART/us-central1-b, namespaces: [other] }
  - { name: mars, manifests: ./mars }
",
    );
    let here = folder.path().display().to_string();
    check("bad_day.txt", folder.path(), &[(here, "<FOLDER>")]);
}

/// Two federations in a domain, a third that takes over a region's names, and a service of
/// which nothing is healthy, with an annotation.
#[test]
fn fail_open() {
    let folder = fail_open_world();
    check("fail_open.txt", folder.path(), &[]);
}

/// A domain in other letters than ASCII has: it is ASCII wherever it is printed (RFC 1035, section
/// 5.1), and what is printed is taken as input.
#[test]
fn international() {
    let folder = world(
        "federations:
  - name: myfed
    domain: xn--bcher-kva.example
    nameservers: [{ name: ns1.xn--bcher-kva.example, addresses: [192.0.2.53] }, \
         { name: ns2.xn--nxasmq6b.example }]
clusters:
  - { name: east, manifests: ./east, region: us, zones: [a] }
",
    );
    let of = folder.path().join("east");
    fs::create_dir(&of).unwrap();
    fs::write(of.join("all.yaml"), load_balancer("web", "", "192.0.2.80", true)).unwrap();
    check("international.txt", folder.path(), &[]);
}

fn fail_open_world() -> TempDir {
    let servers = "nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53] }, \
                   { name: ns2.us.example.com, addresses: [192.0.2.54] }]";
    let folder = world(&format!(
        "federations:
  - {{ name: failopen, domain: example.com, whenAllDown: all, ttl: 600s, {servers} }}
  - {{ name: gone, domain: example.com, whenAllDown: nxdomain, {servers} }}
  - {{ name: below, domain: us.example.com, publish: labelled, {servers} }}
clusters:
  - {{ name: east, manifests: ./east, region: us, zones: [a] }}
  - {{ name: west, manifests: ./west, region: us, zones: [b] }}
  - {{ name: apart, manifests: ./apart }}
"
    ));
    for (cluster, address, ready) in
        [("east", "192.0.2.1", 0), ("west", "192.0.2.2", 0), ("apart", "192.0.2.3", 1)]
    {
        let of = folder.path().join(cluster);
        fs::create_dir(&of).unwrap();
        let ready = ready == 1;
        let down = load_balancer("down", "fedns.dev/ttl: \"45s\"", address, false);
        let up = load_balancer("up", "", address, ready);
        let node = if cluster == "apart" { NODE } else { "" };
        fs::write(of.join("all.yaml"), format!("{down}{up}{node}")).unwrap();
    }
    folder
}

/// A node with a zone and no region.
const NODE: &str = "---
apiVersion: v1
kind: Node
metadata: { name: n, labels: { topology.kubernetes.io/zone: lone } }
";

pub fn load_balancer(name: &str, annotation: &str, address: &str, ready: bool) -> String {
    format!(
        "---
apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: shop, annotations: {{ {annotation} }} }}
spec: {{ type: LoadBalancer }}
status: {{ loadBalancer: {{ ingress: [{{ ip: {address} }}] }} }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  {{ name: {name}-1, namespace: shop, labels: {{ kubernetes.io/service-name: {name} }} }}
addressType: IPv4
endpoints: [{{ addresses: [10.0.0.1], conditions: {{ ready: {ready} }} }}]
"
    )
}

/// A folder with a configuration in which QUICKSTART is where the quick start's clusters are.
pub fn world(config: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let clusters = quickstart().join("clusters").display().to_string();
    let config = format!("apiVersion: fedns.dev/v1\nkind: Config\n{config}");
    fs::write(folder.path().join("fedns.yaml"), config.replace("QUICKSTART", &clusters)).unwrap();
    folder
}

/// A running server, ended when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[test]
fn a_running_server_is_asked() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = world(&format!(
        "listen: {{ udp: [\"127.0.0.1:0\"], tcp: [\"127.0.0.1:0\"] }}
admin: {{ listen: \"{free}\", socket: off }}
log: {{ format: text }}
federations:
  - name: myfederation
    domain: example.com
    nameservers: [{{ name: ns1.example.com, addresses: [192.0.2.53] }}]
clusters:
  - {{ name: us-central1-a, manifests: QUICKSTART/us-central1-a }}
"
    ));
    let mut serve = fedns(folder.path());
    serve.arg("serve").stdout(Stdio::null()).stderr(Stdio::piped());
    let mut running = Running(serve.spawn().unwrap());
    let mut log = BufReader::new(running.0.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("answers are complete") {
        line.clear();
        assert!(log.read_line(&mut line).unwrap() > 0, "the server ended");
    }
    // What it logs from here on must not fill the pipe.
    std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
    let mut hidden = vec![(free.to_string(), "<ADMIN>")];
    for generation in 2..9 {
        hidden.push((format!("generation {generation};"), "generation <N>;"));
        hidden.push((format!("\"generation\": {generation},"), "\"generation\": <N>,"));
    }
    check("running.txt", folder.path(), &hidden);
    // A file that is broken takes no diagnosis away: the server tells of it, and is still found.
    let broken = fs::read_to_string(folder.path().join("fedns.yaml")).unwrap();
    fs::write(folder.path().join("fedns.yaml"), broken.replace("federations:", "federatoins: ["))
        .unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    while run(folder.path(), "fedns status").status.code() != Some(1) {
        assert!(Instant::now() < end, "the server does not tell of the broken file");
    }
    check("running_broken.txt", folder.path(), &hidden);
}

/// Where the server is to be and does not answer.
#[test]
fn a_server_that_does_not_answer_is_no_answer() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let folder = world(&format!(
        "admin: {{ listen: \"{free}\", socket: off }}
federations:
  - name: myfederation
    domain: example.com
    nameservers: [{{ name: ns1.example.com, addresses: [192.0.2.53] }}, {{ name: ns.example.net }}]
clusters:
  - {{ name: us-central1-a, manifests: QUICKSTART/us-central1-a }}
"
    ));
    check("unasked.txt", folder.path(), &[(free.to_string(), "<ADMIN>")]);
}

#[test]
fn a_zone_is_accepted_by_others() {
    let fail_open = fail_open_world();
    accepted(&quickstart(), "example.com");
    accepted(fail_open.path(), "example.com");
    accepted(fail_open.path(), "us.example.com");
}

fn accepted(world: &Path, domain: &str) {
    let output = run(world, &format!("fedns zone {domain} --offline"));
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("zone");
    fs::write(&file, output.stdout).unwrap();
    let file = file.to_str().unwrap();
    for (program, arguments) in [
        ("named-checkzone", ["-i", "local", domain, file]),
        ("kzonecheck", ["-v", "-o", domain, file]),
    ] {
        if real::have(&[program]) {
            let program = real::find(program).unwrap();
            let output = Command::new(&program).args(arguments).output().unwrap();
            assert!(output.status.success(), "{}: {output:?}", program.display());
        }
    }
}

#[test]
fn every_command_has_examples_and_a_page() {
    let folder = TempDir::new().unwrap();
    let pages = folder.path().join("man1");
    let output = fedns(folder.path()).arg("man").arg(&pages).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    for command in [
        "serve",
        "check",
        "resolve",
        "explain",
        "services",
        "clusters",
        "status",
        "zone",
        "stub",
        "delegation",
        "join",
        "unjoin",
        "completions",
        "man",
    ] {
        let page = fs::read_to_string(pages.join(format!("fedns-{command}.1"))).unwrap();
        assert!(page.contains("Examples:"), "{page}");
        let help = run(folder.path(), &format!("fedns {command} --help"));
        assert!(String::from_utf8(help.stdout).unwrap().contains("\n  fedns "), "{command}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = run(folder.path(), &format!("fedns completions {shell}"));
        assert!(String::from_utf8(script.stdout).unwrap().contains("explain"), "{shell}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_fault() {
    let mut zone = fedns(&quickstart());
    zone.args(["zone", "myfederation", "--offline"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = zone.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn hostnames_are_not_resolved_without_a_server() {
    let folder = TempDir::new().unwrap();
    let config = "\
apiVersion: fedns.dev/v1
kind: Config
federations:
  - { name: myfed, domain: example.com, nameservers: [{ name: a.test }, { name: b.test }] }
clusters: [{ name: east, manifests: ./east, region: us, zones: [a] }]
";
    let service = "\
apiVersion: v1
kind: Service
metadata: { name: cart, namespace: shop }
spec: { type: LoadBalancer }
status: { loadBalancer: { ingress: [{ hostname: lb.test }, { hostname: lb.example.com }] } }
";
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    fs::create_dir(folder.path().join("east")).unwrap();
    fs::write(folder.path().join("east/service.yaml"), service).unwrap();
    check("hostnames.txt", folder.path(), &[]);
}
