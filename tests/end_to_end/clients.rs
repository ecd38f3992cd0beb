//! The clients that people have, asking the same names: each shows what fedns answers, also through what
//! forwards to it.

use crate::real;
use crate::walk;
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::process::Command;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RData;

use crate::process::{Server, quickstart};
use crate::real::ask::{ask, said};
use crate::real::forwarders::{Dnsmasq, coredns};

/// A program and how it is asked.
const CLIENTS: [(&str, &str); 7] = [
    ("dig", "@ADDRESS -p PORT NAME TYPE"),
    ("dig", "@ADDRESS -p PORT +tcp +noedns NAME TYPE"),
    ("kdig", "@ADDRESS -p PORT NAME TYPE"),
    ("kdig", "@ADDRESS -p PORT +bufsize=512 +padding=64 NAME TYPE"),
    ("host", "-p PORT -t TYPE NAME ADDRESS"),
    ("nslookup", "-port=PORT -type=TYPE NAME ADDRESS"),
    ("drill", "-p PORT @ADDRESS NAME TYPE"),
];

const QUESTIONS: [(&str, &str); 10] = [
    ("nginx.mynamespace.myfederation.svc.us-central1-a.us-central1.example.com.", "A"),
    ("nginx.mynamespace.myfederation.us-central1-a.us-central1.example.com.", "A"),
    ("nginx.mynamespace.myfederation.svc.us-central1-a.example.com.", "A"),
    ("nginx.mynamespace.myfederation.svc.us-central1.example.com.", "A"),
    ("NGINX.mynamespace.myfederation.svc.Example.com.", "A"),
    ("web.mynamespace.myfederation.europe-west1.example.com.", "AAAA"),
    ("reports.mynamespace.myfederation.svc.us-central1.example.com.", "A"),
    ("reports.mynamespace.myfederation.svc.us-central1.example.com.", "AAAA"),
    ("backoffice.mynamespace.myfederation.svc.example.com.", "A"),
    ("nginx.mynamespace.myfederation.svc.mars.example.com.", "A"),
];

/// What a client shows, whatever its words: that there is no such name, aliases, addresses.
#[derive(Debug, Default, PartialEq, Eq)]
struct Shown {
    is_denied: bool,
    aliases: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
}

impl Shown {
    /// What a message should look like.
    fn of_message(message: &Message) -> Self {
        let is_denied = message.metadata.response_code == ResponseCode::NXDomain;
        let mut shown = Self { is_denied, ..Self::default() };
        for record in &message.answers {
            match &record.data {
                RData::A(address) => _ = shown.addresses.insert(IpAddr::V4(address.0)),
                RData::AAAA(address) => _ = shown.addresses.insert(IpAddr::V6(address.0)),
                RData::CNAME(target) => {
                    _ = shown.aliases.insert(target.to_string().to_ascii_lowercase());
                }
                other => panic!("{other:?}"),
            }
        }
        shown
    }

    /// What a client printed; its own server's address on loopback is none of the answer.
    fn of_text(text: &str) -> Self {
        let mut shown = Self { is_denied: text.contains("NXDOMAIN"), ..Self::default() };
        for line in text.lines() {
            let words: Vec<_> = line.split_whitespace().collect();
            let is_alias = line.contains("CNAME")
                || line.contains("is an alias for")
                || line.contains("canonical name =");
            if is_alias {
                shown.aliases.insert(words.last().unwrap().to_ascii_lowercase());
            }
            let addresses = words.iter().filter_map(|word| word.parse::<IpAddr>().ok());
            shown.addresses.extend(addresses.filter(|address| !address.is_loopback()));
        }
        shown
    }
}

fn run(program: &str, arguments: &str, server: SocketAddr, (name, type_): (&str, &str)) -> String {
    let (address, port) = (server.ip().to_string(), server.port().to_string());
    let arguments = arguments.split(' ').map(|word| {
        let word = word.replace("ADDRESS", &address).replace("PORT", &port);
        word.replace("NAME", name).replace("TYPE", type_)
    });
    // Some tell by their exit code that a name does not exist.
    let output = Command::new(real::find(program).unwrap()).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A quick start that is ready, if all clients are here.
fn server() -> Option<(tempfile::TempDir, Server)> {
    if !real::have(&CLIENTS.map(|(program, _)| program)) {
        return None;
    }
    let folder = quickstart();
    let server = Server::start(&folder.path().join("examples/quickstart"));
    server.wait_for("ready: answers are complete");
    Some((folder, server))
}

#[test]
fn every_client_shows_what_is_answered() {
    let Some((_folder, server)) = server() else { return };
    for question in QUESTIONS {
        let message = ask(server.udp, question.0, question.1);
        let expected = Shown::of_message(&message);
        for (program, arguments) in CLIENTS {
            let address = if arguments.contains("+tcp") { server.tcp } else { server.udp };
            let text = run(program, arguments, address, question);
            assert_eq!(Shown::of_text(&text), expected, "{program} {question:?}\n{text}");
        }
    }
}

/// Twice, so that the second answer may come from their caches.
#[test]
fn every_forwarder_gives_what_is_answered() {
    let Some((_folder, server)) = server() else { return };
    if !real::have(&["dnsmasq", "coredns"]) {
        return;
    }
    let dnsmasq = Dnsmasq::start("example.com", server.udp);
    let coredns = coredns("example.com", server.udp);
    for question @ (name, type_) in [QUESTIONS, QUESTIONS].concat() {
        let expected = ask(server.udp, name, type_);
        for (forwarder, address) in [("dnsmasq", dnsmasq.address), ("CoreDNS", coredns.address)] {
            let given = ask(address, name, type_);
            assert_eq!(said(&given), said(&expected), "{forwarder} {question:?}\n{given}");
            let text = run("dig", "@ADDRESS -p PORT NAME TYPE", address, question);
            let shown = Shown::of_text(&text);
            assert_eq!(shown, Shown::of_message(&expected), "{forwarder} {question:?}\n{text}");
        }
    }
}

#[test]
fn the_page_about_clients_shows_what_is_printed() {
    if server().is_some() {
        assert!(walk::take("docs/clients.md") >= 6, "the page has lost its consoles");
    }
}
