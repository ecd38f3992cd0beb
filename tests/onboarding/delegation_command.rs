//! `fedns delegation --parent`: parents that answer as a test says, and name servers, of which one
//! is a real fedns.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, NS, SOA};
use hickory_proto::rr::{DNSClass, Name, RData, Record, RecordType};
use serde_json::{Value, json};

use crate::process::Server;

const CONFIG: &str = "\
apiVersion: fedns.dev/v1
kind: Config
listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }
admin: { listen: '127.0.0.1:0', socket: off }
log: { format: text }
federations:
  - name: myfederation
    domain: example.com
    nameservers:
      - { name: ns1.example.com, addresses: [127.0.0.1] }
      - { name: ns2.example.com, addresses: [127.0.0.2] }
      - { name: ns.example.net }
";

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

/// What a server says to each question, over both transports, until it is dropped.
struct Scripted {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

type Script = fn(&Message, bool) -> Message;

impl Scripted {
    fn start(ip: &str, port: u16, script: Script) -> Option<Self> {
        let ip: IpAddr = ip.parse().unwrap();
        let udp = UdpSocket::bind((ip, port)).ok()?;
        let address = udp.local_addr().unwrap();
        let tcp = TcpListener::bind(address).ok()?;
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        let on_udp = move || {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer) {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let query = Message::from_vec(&buffer[..length]).unwrap();
                _ = udp.send_to(&script(&query, true).to_vec().unwrap(), from);
            }
        };
        let over = is_over.clone();
        let on_tcp = move || {
            for stream in tcp.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let mut stream = stream.unwrap();
                let mut length = [0; 2];
                stream.read_exact(&mut length).unwrap();
                let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
                stream.read_exact(&mut query).unwrap();
                let reply = script(&Message::from_vec(&query).unwrap(), false).to_vec().unwrap();
                stream.write_all(&u16::try_from(reply.len()).unwrap().to_be_bytes()).unwrap();
                stream.write_all(&reply).unwrap();
            }
        };
        let threads = vec![std::thread::spawn(on_udp), std::thread::spawn(on_tcp)];
        Some(Self { address, is_over, threads })
    }

    /// At a port of this address that is free over both transports.
    fn anywhere(ip: &str, script: Script) -> Self {
        (0..100).find_map(|_| Self::start(ip, 0, script)).expect("a free port")
    }
}

impl Drop for Scripted {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let socket = UdpSocket::bind(SocketAddr::new(self.address.ip(), 0)).unwrap();
        _ = socket.send_to(&[], self.address);
        _ = std::net::TcpStream::connect(self.address);
        self.threads.drain(..).for_each(|thread| thread.join().unwrap());
    }
}

/// A referral to these name servers, with this glue.
fn referral(query: &Message, servers: &[&str], glue: &[(&str, &str)], ttl: u32) -> Message {
    let mut reply = query.clone().into_response();
    assert!(!query.metadata.recursion_desired, "parents are not asked for recursion");
    if query.queries[0].query_type() == RecordType::DS {
        return reply;
    }
    for server in servers {
        let data = RData::NS(NS(name(server)));
        reply.add_authority(Record::from_rdata(name("example.com."), ttl, data));
    }
    for (server, address) in glue {
        let data = match address.parse().unwrap() {
            IpAddr::V4(v4) => RData::A(A(v4)),
            IpAddr::V6(v6) => RData::AAAA(AAAA(v6)),
        };
        reply.add_additional(Record::from_rdata(name(server), ttl, data));
    }
    reply
}

const ALL: [&str; 3] = ["ns1.example.com.", "NS2.example.com.", "ns.example.net."];
const GLUE: [(&str, &str); 2] =
    [("ns1.example.com.", "127.0.0.1"), ("ns2.EXAMPLE.com.", "127.0.0.2")];

/// As it should be, and too long for UDP.
fn good(query: &Message, is_udp: bool) -> Message {
    let mut reply = referral(query, &ALL, &GLUE, 3600);
    if is_udp {
        reply = query.clone().into_response();
        reply.metadata.truncation = true;
    }
    reply
}

/// One name server is missing and one is strange; one glue record is missing and one is strange;
/// TTLs are short; and the zone is said to be signed.
fn bad(query: &Message, _: bool) -> Message {
    let servers = ["ns1.example.com.", "ns9.example.com.", "ns.example.net."];
    let glue = [("ns1.example.com.", "192.0.2.1"), ("ns9.example.com.", "127.0.0.2")];
    let mut reply = referral(query, &servers, &glue, 60);
    if query.queries[0].query_type() == RecordType::DS {
        let data = RData::Unknown {
            code: RecordType::DS,
            rdata: hickory_proto::rr::rdata::NULL::with(vec![0; 36]),
        };
        let mut record = Record::from_rdata(name("example.com."), 60, data);
        record.dns_class = DNSClass::IN;
        reply.add_answer(record);
    }
    reply
}

/// Knows only the servers of the zone above.
fn elsewhere(query: &Message, _: bool) -> Message {
    let mut reply = query.clone().into_response();
    let data = RData::NS(NS(name("a.gtld-servers.net.")));
    reply.add_authority(Record::from_rdata(name("com."), 60, data));
    reply
}

fn empty(query: &Message, _: bool) -> Message {
    let mut reply = query.clone().into_response();
    reply.metadata.response_code = ResponseCode::NXDomain;
    reply
}

fn refused(query: &Message, _: bool) -> Message {
    let mut reply = query.clone().into_response();
    reply.metadata.response_code = ResponseCode::Refused;
    reply
}

/// A name server with the domain, but with another list of name servers.
fn other(query: &Message, _: bool) -> Message {
    let mut reply = query.clone().into_response();
    reply.metadata.authoritative = true;
    let data = match query.queries[0].query_type() {
        RecordType::SOA => RData::SOA(SOA::new(name("ns1."), name("h."), 1, 60, 30, 600, 5)),
        _ => RData::NS(NS(name("ns1.example.com."))),
    };
    reply.add_answer(Record::from_rdata(name("example.com."), 60, data));
    reply
}

/// A resolver, which answers without authority.
fn resolver(query: &Message, is_udp: bool) -> Message {
    let mut reply = other(query, is_udp);
    reply.metadata.authoritative = false;
    reply
}

/// A real server at 127.0.0.1, and a scripted one at 127.0.0.2 with the same port.
fn nameservers(folder: &Path, script: Script) -> (Server, Scripted) {
    fs::write(folder.join("fedns.yaml"), CONFIG).unwrap();
    let end = Instant::now() + Duration::from_secs(20);
    loop {
        let server = Server::start(folder);
        if let Some(second) = Scripted::start("127.0.0.2", server.udp.port(), script) {
            return (server, second);
        }
        assert!(Instant::now() < end, "no port is free at two addresses");
    }
}

fn run(folder: &Path, port: u16, parents: &[SocketAddr], form: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.current_dir(folder).env_remove("FEDNS_CONFIG");
    command.args(["delegation", "myfederation", "-o", form, "--port", &port.to_string()]);
    for parent in parents {
        command.args(["--parent", &parent.to_string()]);
    }
    command.output().unwrap()
}

/// The kinds and texts of what differs, of all parents or of all name servers.
fn differences(output: &Output, of: &str) -> Vec<Vec<(String, String)>> {
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = |asked: &Value| {
        let differences = asked["differences"].as_array().unwrap().iter();
        differences.map(|it| (text(&it["kind"]), text(&it["text"]))).collect()
    };
    reports[0][of].as_array().unwrap().iter().map(all).collect()
}

#[test]
fn what_is_as_it_should_be_is_said_so() {
    let folder = tempfile::tempdir().unwrap();
    // The second name server is asked for its own list, so the real one stands behind it too.
    let (server, _second) = nameservers(folder.path(), |query, _| {
        let mut reply = other(query, true);
        if query.queries[0].query_type() == RecordType::NS {
            reply.answers.clear();
            for server in ALL {
                let data = RData::NS(NS(name(server)));
                reply.add_answer(Record::from_rdata(name("example.com."), 60, data));
            }
        }
        reply
    });
    let parent = Scripted::anywhere("127.0.0.1", good);
    let output = run(folder.path(), server.udp.port(), &[parent.address], "json");
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(differences(&output, "parents"), vec![vec![]]);
    assert_eq!(differences(&output, "nameservers"), vec![vec![], vec![]]);
    let output = run(folder.path(), server.udp.port(), &[parent.address], "table");
    let text = String::from_utf8(output.stdout).unwrap();
    let said = format!("; the parent's server {}\n;   as it should be\n", parent.address);
    assert!(text.contains(&said), "{text}");
}

#[test]
fn all_that_differs_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let (server, _second) = nameservers(folder.path(), other);
    let port = server.udp.port();
    let parents: Vec<_> = [bad, elsewhere, empty, refused, resolver]
        .map(|script| Scripted::anywhere("127.0.0.1", script))
        .into_iter()
        .collect();
    let mut addresses: Vec<_> = parents.iter().map(|parent| parent.address).collect();
    // A server that hears and never answers.
    let silent = UdpSocket::bind("127.0.0.9:0").unwrap();
    addresses.push(silent.local_addr().unwrap());
    let output = run(folder.path(), port, &addresses, "json");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr);
    let parents = differences(&output, "parents");
    let nameservers = differences(&output, "nameservers");
    let count: usize = parents.iter().chain(&nameservers).map(Vec::len).sum();
    assert_eq!(said, format!("fedns: {count} things are not as they should be\n"));
    let found = |kind: &str, text: &str| (kind.to_owned(), text.to_owned());
    assert_eq!(
        parents[0],
        [
            found("missingNs", "NS ns2.example.com. is missing"),
            found("extraNs", "NS ns9.example.com. is none of the configuration"),
            found("missingGlue", "glue of ns1.example.com.: 127.0.0.1 is missing"),
            found("extraGlue", "glue of ns1.example.com.: 192.0.2.1 is none of the configuration"),
            found("missingGlue", "glue of ns2.example.com.: 127.0.0.2 is missing"),
            found("shortTtl", "a TTL is 60 s; resolvers ask all the time below 300 s"),
            found(
                "ds",
                "DS is there, and the zone is not signed: whoever validates gets no answer"
            ),
        ]
    );
    assert_eq!(
        parents[1..5].concat(),
        [
            found("elsewhere", "leads to the name servers of com.: ask those"),
            found("notDelegated", "does not delegate example.com.: NXDOMAIN, and no NS"),
            found("refused", "answers REFUSED: it does not serve the parent zone"),
            found("refused", "answers from a cache: it does not serve the parent zone"),
        ]
    );
    assert_eq!(parents[5][0].0, "unreachable");
    // ns1 and ns2 where they are, ns1 where the parent says, ns9.
    let lists =
        found("otherNs", "lists other name servers than the configuration: ns1.example.com.");
    assert_eq!(nameservers[0], []);
    assert_eq!(nameservers[1], std::slice::from_ref(&lists));
    assert_eq!(nameservers[2][0].0, "unreachable");
    assert_eq!(nameservers[3], [lists]);
    assert_eq!(nameservers.len(), 4);
    let reports = json!(serde_json::from_slice::<Value>(&output.stdout).unwrap());
    assert_eq!(reports[0]["nameservers"][3]["name"], json!("ns9.example.com."));
}

#[test]
fn a_name_server_without_authority_is_lame() {
    for (script, why) in [
        (refused as Script, "REFUSED"),
        (resolver, "it answers, but not with authority"),
        (elsewhere, "no SOA"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let (server, _second) = nameservers(folder.path(), script);
        let parent = Scripted::anywhere("127.0.0.1", good);
        let output = run(folder.path(), server.udp.port(), &[parent.address], "json");
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let text = format!("does not serve example.com.: {why}");
        assert_eq!(differences(&output, "nameservers"), [vec![], vec![("lame".to_owned(), text)]]);
    }
}
