//! Kubeconfigs given to fedns and to kubectl, against API servers of a test: the same verdict, or a
//! reason in the table (`tests/clusters/kubeconfigs/table.txt`).

mod keys;
mod rows;
mod unsaid;

use crate::real;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use crate::fake_api::{FakeApi, node, service, slice};
use crate::real::program::{Program, free_port, until};
use keys::Keys;
use rows::{Place, Row, rows};
use serde_json::Value;

const CONFIG: &str = "\
apiVersion: fedns.dev/v1
kind: Config
listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }
federations:
  - name: myfed
    domain: example.com
    nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }]
clusters:
  - { name: east, kubeconfig: { path: ./kubeconfig } }
";

/// Servers whose certificate the TLS library of the tests has no use for.
const BY_OPENSSL: [&str; 3] = ["rsa1024", "p521", "sha1"];

/// Servers that answer, by name.
struct Servers {
    fakes: BTreeMap<&'static str, FakeApi>,
    others: BTreeMap<&'static str, u16>,
    _programs: Vec<Program>,
}

impl Servers {
    fn start(keys: &Keys, folder: &Path, has_openssl: bool) -> Self {
        let mut fakes = BTreeMap::from([("plain", FakeApi::start())]);
        for (name, tls) in &keys.servers {
            fakes.insert(name, FakeApi::start_tls(tls));
        }
        for api in fakes.values() {
            api.put([node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]);
            api.require(&["Bearer good", "Basic bWU6d29yZA=="]);
        }
        let (mut others, mut programs) = (BTreeMap::new(), Vec::new());
        let answer = "HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{}";
        fs::write(folder.join("version"), answer).unwrap();
        for name in BY_OPENSSL.into_iter().filter(|_| has_openssl) {
            let port = free_port();
            let arguments = format!(
                "s_server -accept 127.0.0.1:{port} -cert {name}.pem -key {name}.key -HTTP -quiet \
                 -cipher DEFAULT@SECLEVEL=0"
            );
            let arguments: Vec<_> = arguments.split(' ').collect();
            programs.push(Program::start(folder, "openssl", &arguments));
            until("it listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
            others.insert(name, port);
        }
        Self { fakes, others, _programs: programs }
    }

    fn host(&self, name: &str) -> Option<String> {
        let fake = self.fakes.get(name).map(|api| api.address.to_string());
        fake.or_else(|| self.others.get(name).map(|port| format!("127.0.0.1:{port}")))
    }
}

/// A proxy that leads to one server, whatever it is asked for (RFC 9110, section 9.3.6).
fn proxy(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || tunnel(client, server));
        }
    });
    address
}

fn tunnel(mut client: TcpStream, server: SocketAddr) -> Option<()> {
    let (mut head, mut octet) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut octet).ok()?;
        head.push(octet[0]);
    }
    head.starts_with(b"CONNECT ").then_some(())?;
    let mut server = TcpStream::connect(server).ok()?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").ok()?;
    let (mut from, mut to) = (client.try_clone().ok()?, server.try_clone().ok()?);
    std::thread::spawn(move || {
        _ = std::io::copy(&mut from, &mut to);
        _ = to.shutdown(Shutdown::Both);
    });
    _ = std::io::copy(&mut server, &mut client);
    client.shutdown(Shutdown::Both).ok()
}

/// A program in the environment of a row, and nothing of ours.
fn run(program: &Path, arguments: &[&str], row: &Row, place: &Place<'_>) -> Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(place.folder).env_clear().env("PATH", path);
    command.env("HOME", place.folder).envs(row.env(place)).stdin(Stdio::null());
    command.output().unwrap()
}

/// `ok`, or what fedns says.
fn fedns(row: &Row, place: &Place<'_>) -> String {
    fs::write(place.folder.join("fedns.yaml"), CONFIG).unwrap();
    let arguments = ["check", "--online", "-o", "json", "--config", "fedns.yaml"];
    let output = run(Path::new(env!("CARGO_BIN_EXE_fedns")), &arguments, row, place);
    let printed: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}: {}", row.name, String::from_utf8_lossy(&output.stderr)));
    let cluster = &printed["clusters"][0];
    match cluster["ok"].as_bool().unwrap() {
        true => "ok".into(),
        false => {
            let missing = cluster["missing"].as_array().unwrap().iter();
            missing.map(|why| why.as_str().unwrap()).collect::<Vec<_>>().join("\n")
        }
    }
}

/// `ok`, or what kubectl says.
fn kubectl(program: &Path, row: &Row, place: &Place<'_>) -> String {
    let arguments =
        ["--kubeconfig", "kubeconfig", "get", "--raw", "/version", "--request-timeout=10s"];
    let output = run(program, &arguments, row, place);
    match output.status.success() {
        true => "ok".into(),
        false => format!("refused: {}", String::from_utf8_lossy(&output.stderr)),
    }
}

/// What is wrong with a row.
fn judge(row: &Row, place: &Place<'_>, program: Option<&Path>) -> Vec<String> {
    row.write(place);
    let mut wrong = Vec::new();
    let said = fedns(row, place);
    let is_as_told = if row.fedns == "ok" { said == "ok" } else { said.contains(&row.fedns) };
    if !is_as_told {
        wrong.push(format!("{}\n  fedns: {said}\n  told:  {}", row.name, row.fedns));
    }
    // Types and variants of Rust are no words.
    for word in ["Error", "Invalid", "Unsupported", "Context", "Peer", "Some(", "::", "{ "] {
        if said.contains(word) {
            wrong.push(format!("{}\n  fedns says {word:?}: {said}", row.name));
        }
    }
    if let Some(program) = program {
        let said = kubectl(program, row, place);
        if !said.starts_with(&row.kubectl) {
            wrong.push(format!("{}\n  kubectl: {said}\n  told:    {}", row.name, row.kubectl));
        }
    }
    if ((row.fedns == "ok") == (row.kubectl == "ok")) != row.because.is_empty() {
        wrong.push(format!("{}: a reason stands where they differ, and only there", row.name));
    }
    wrong
}

#[test]
fn fedns_takes_what_kubectl_takes_and_names_what_it_does_not() {
    let folder = real::folder();
    let (has_kubectl, has_openssl) = (real::have(&["kubectl"]), real::have(&["openssl"]));
    let program = real::find("kubectl").filter(|_| has_kubectl);
    let mut keys = Keys::make(folder.path());
    if has_openssl {
        keys.add_those_of_openssl(folder.path());
    }
    let servers = Servers::start(&keys, folder.path(), has_openssl);
    let proxy = proxy(servers.fakes["ca"].address).to_string();
    let rows = rows();
    assert!(rows.len() > 60, "{}", rows.len());
    assert!(!has_openssl || !rows.iter().any(|row| row.lacks_keys(&keys.pem)));
    // Each takes the next row: they wait for programs, and not for each other.
    let (left, wrong) = (Mutex::new(rows.iter().enumerate()), Arc::new(Mutex::new(Vec::new())));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((number, row)) = { left.lock().unwrap().next() } {
                    let folder = folder.path().join(number.to_string());
                    fs::create_dir(&folder).unwrap();
                    let Some(host) = servers.host(&row.server) else { continue };
                    let (pem, proxy) = (&keys.pem, proxy.clone());
                    if !has_openssl && row.lacks_keys(pem) {
                        continue;
                    }
                    let place = Place { folder: &folder, pem, host, proxy };
                    row.write(&place);
                    wrong.lock().unwrap().extend(judge(row, &place, program.as_deref()));
                }
            });
        }
    });
    let wrong = wrong.lock().unwrap();
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
