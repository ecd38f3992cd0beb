//! The program as a process: what it says, how it starts, how it stops.
#![allow(clippy::unwrap_used)]

mod process;

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};

use hickory_proto::op::ResponseCode;

use process::{CONFIG, PATIENCE, Server, fedns, query, service, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

#[test]
fn serves_says_so_and_ends_on_sigterm() {
    let world = world();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert_eq!(server.get("/livez").0, 200);
    assert_eq!(server.get("/readyz").0, 200);
    let (code, status) = server.get("/status");
    assert_eq!(code, 200);
    assert!(status.contains("\"synced\""), "{status}");
    assert!(server.get("/metrics").1.contains("fedns_dns_requests_total"));
    assert_eq!(server.ask(CART).answers.len(), 1);
    // A fact, as soon as the file is there in whole.
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.1", false)).unwrap();
    server.wait_for("east leaves shop/cart: no ready endpoint");
    server.ask_until(CART, 2);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
}

/// RFC 7766, section 6.2.1.1: a client may send many queries without waiting. Those that arrived
/// before the end are answered, over both transports, while more keep coming.
#[test]
fn sigterm_under_load_loses_no_answer() {
    let world = world();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    udp.connect(server.udp).unwrap();
    udp.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut tcp = TcpStream::connect(server.tcp).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    let frames: Vec<u8> = (0..200)
        .flat_map(|id| {
            let query = query(CART, id);
            [&(query.len() as u16).to_be_bytes()[..], &query].concat()
        })
        .collect();
    tcp.write_all(&frames).unwrap();
    // The first answer shows that the connection is served and all of it has arrived.
    let mut first = [0; 2];
    tcp.read_exact(&mut first).unwrap();
    for id in 0..200 {
        udp.send(&query(CART, id)).unwrap();
    }
    server.signal("TERM");
    let mut buffer = [0; 4096];
    let answered = (0..200).filter(|_| udp.recv(&mut buffer).is_ok()).count();
    assert_eq!(answered, 200);
    let mut rest = first.to_vec();
    tcp.read_to_end(&mut rest).unwrap();
    let (mut octets, mut replies) = (&rest[..], 0);
    while let [high, low, tail @ ..] = octets {
        octets = &tail[usize::from(u16::from_be_bytes([*high, *low]))..];
        replies += 1;
    }
    assert_eq!(replies, 200);
    assert_eq!(server.ended().code(), Some(0));
}

/// A cluster is told by the listener that is its own; a change of that takes a restart, and says so.
#[test]
fn who_asks_at_a_listener_of_a_cluster_gets_what_it_has() {
    let world = world();
    let config = format!("{CONFIG}    listen: ['127.0.0.1:0']\n");
    fs::write(world.path().join("fedns.yaml"), &config).unwrap();
    let of_cluster = service("cart", "192.0.2.1", true)
        .replace("type: LoadBalancer", "type: LoadBalancer, clusterIP: 10.96.0.1");
    fs::write(world.path().join("east/cart.yaml"), of_cluster).unwrap();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let inside = "cart.shop.myfed.svc.cluster.local.";
    let texts = |reply: hickory_proto::op::Message| {
        reply.answers.iter().map(|record| record.data.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(texts(server.ask_at(server.own_udp.unwrap(), inside)), ["10.96.0.1"]);
    assert_eq!(
        texts(server.ask(inside)),
        ["cart.shop.myfed.svc.example.com.", "192.0.2.1"],
        "nobody knows who asks elsewhere"
    );
    // By the networks of its configuration too, once they are there.
    let networked = format!("{CONFIG}    networks: [127.0.0.0/8]\n");
    fs::write(world.path().join("fedns.yaml"), networked).unwrap();
    server.signal("HUP");
    server.wait_for("`listen` of `clusters` has changed: that takes a restart");
    server.ask_until(inside, 1);
    assert_eq!(texts(server.ask(inside)), ["10.96.0.1"]);
}

#[test]
fn a_broken_configuration_is_told_all_its_faults_and_starts_nothing() {
    let world = world();
    let broken = CONFIG.replace("name: myfed", "name: my_fed").replace("manifests", "manifest");
    fs::write(world.path().join("fedns.yaml"), broken).unwrap();
    let output = fedns(world.path()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("fedns.yaml:7:") && told.contains("my_fed"), "{told}");
    assert!(told.contains("did you mean") && told.contains("manifests"), "{told}");
}

/// What a broken file holds is not known: its cluster counts as synced in part, the server is
/// ready, the rest is served, and names that nobody has are not denied.
#[test]
fn a_broken_manifest_stops_nothing() {
    let world = world();
    fs::write(world.path().join("east/broken.yaml"), "kind: Service\n  metadata: [").unwrap();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert_eq!(server.ask(CART).answers.len(), 1);
    let (_, status) = server.get("/status");
    assert!(status.contains("file_unreadable") && status.contains("broken.yaml"), "{status}");
    let unknown = "other.shop.myfed.svc.a.us.example.com.";
    assert_eq!(server.ask(unknown).metadata.response_code, ResponseCode::ServFail);
    fs::write(world.path().join("east/broken.yaml"), service("other", "192.0.2.2", true)).unwrap();
    server.ask_until(unknown, 1);
    let nobody = "nobody.shop.myfed.svc.a.us.example.com.";
    // That the file can be read now, and so that all is known, is said after what it holds.
    server.ask_until_code(nobody, ResponseCode::NXDomain);
}

#[test]
fn a_port_that_is_taken_is_an_error_that_says_so() {
    let world = world();
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = CONFIG.replacen("127.0.0.1:0", &address, 1);
    fs::write(world.path().join("fedns.yaml"), config).unwrap();
    let output = fedns(world.path()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&address) && told.contains("in use"), "{told}");
}
