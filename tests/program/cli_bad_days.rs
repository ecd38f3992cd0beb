//! The command line where clusters are many, silent, or can not be read: sessions as in `cli`.
#![allow(unreachable_pub, clippy::unwrap_used)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use tempfile::TempDir;

use crate::cli::{check, load_balancer, replay, root, world};
use crate::support::expect;

/// Twelve clusters: at the world's name those that are alike are summed up.
#[test]
fn many_clusters() {
    let names: Vec<_> = (1..=12).map(|number| format!("c{number:02}")).collect();
    let entries = names.iter().enumerate().map(|(at, name)| {
        let region = if at < 7 { "us" } else { "eu" };
        format!("  - {{ name: {name}, manifests: ./{name}, region: {region}, zones: [{name}] }}\n")
    });
    let folder = world(&format!(
        "federations:
  - name: myfed
    domain: example.com
    nameservers: [{{ name: ns1.example.com, addresses: [192.0.2.53] }}, {{ name: ns.example.net }}]
clusters:
{}",
        entries.collect::<String>()
    ));
    for (at, name) in names.iter().enumerate() {
        let of = folder.path().join(name);
        fs::create_dir(&of).unwrap();
        let web = load_balancer("web", "", &format!("192.0.2.{}", at + 1), at != 2);
        let rare = load_balancer("rare", "", "192.0.2.99", true);
        let text = if at == 0 { web + &rare } else { web };
        fs::write(of.join("all.yaml"), text).unwrap();
    }
    check("many_clusters.txt", folder.path(), &[]);
}

/// Files that are missing: a folder, a kubeconfig, and those that a kubeconfig names.
#[test]
fn files_that_are_missing() {
    let folder = world(
        "federations:
  - name: myfed
    domain: example.com
    nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53] }, { name: ns.example.net }]
clusters:
  - { name: folder, manifests: ./nowhere }
  - { name: absent, kubeconfig: { path: ./absent.conf } }
  - { name: token, kubeconfig: { path: ./token.conf } }
  - { name: authority, kubeconfig: { path: ./authority.conf } }
  - { name: context, kubeconfig: { path: ./whole.conf, context: other } }
  - { name: whole, kubeconfig: { path: ./whole.conf } }
registries:
  - secrets: { kubeconfig: { path: ./hub.conf }, namespace: fedns }
",
    );
    let kubeconfig = |cluster: &str, user: &str| {
        format!(
            "apiVersion: v1
kind: Config
clusters: [{{ name: c, cluster: {{ server: 'https://192.0.2.10:6443'{cluster} }} }}]
users: [{{ name: u, user: {{ {user} }} }}]
contexts: [{{ name: c, context: {{ cluster: c, user: u }} }}]
current-context: c
"
        )
    };
    for (name, cluster, user) in [
        ("token.conf", "", "tokenFile: ./token"),
        ("authority.conf", ", certificate-authority: ./ca.crt", "token: mine"),
        ("whole.conf", "", "token: mine"),
    ] {
        fs::write(folder.path().join(name), kubeconfig(cluster, user)).unwrap();
    }
    let here = folder.path().display().to_string();
    check("files.txt", folder.path(), &[(here, "<FOLDER>")]);
}

/// What a server says that has not heard of a cluster for a while.
#[test]
fn facts_that_are_old() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || listener.incoming().for_each(|stream| says(stream.unwrap())));
    let folder = TempDir::new().unwrap();
    let told = folder.path().join("session.txt");
    let path = root().join("tests/sessions/silent.txt");
    let written = fs::read_to_string(&path).unwrap();
    fs::write(&told, written.replace("<ADMIN>", &address.to_string())).unwrap();
    let hidden = [(address.to_string(), "<ADMIN>")];
    let actual = replay(folder.path(), &fs::read_to_string(&told).unwrap(), &hidden);
    if let Err(diff) = expect::check(&path, &written, &actual) {
        panic!("{diff}");
    }
}

/// Answers one request with a document of `tests/sessions`.
fn says(mut stream: TcpStream) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map(Result::unwrap);
    let first = lines.next().unwrap();
    lines.take_while(|line| !line.is_empty()).for_each(drop);
    let name = if first.contains("/address") { "silent_address.json" } else { "silent.json" };
    let body = fs::read_to_string(root().join("tests/sessions").join(name)).unwrap();
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close";
    let length = body.len();
    write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
}
