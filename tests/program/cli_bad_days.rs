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
