//! Replies over UDP never leave in fragments, in a network whose packets are small: who forges a fragment
//! forges an answer (RFC 9715). One that is too large is cut, and the client asks over TCP.

use std::fmt::Write;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RecordType};

use crate::process::{CONFIG, Server, world};
use crate::real::ask::ask;
use crate::real::network::in_own_network;

/// The least that IPv6 asks of an interface (RFC 8200, section 5).
const MTU: &str = "1280";
/// More addresses than a packet of that size holds: 16 octets each.
const ADDRESSES: usize = 100;
const NAME: &str = "many.shop.myfed.svc.example.com.";

#[test]
fn a_reply_that_the_network_does_not_take_whole_is_cut() {
    let test = "fragments::a_reply_that_the_network_does_not_take_whole_is_cut";
    in_own_network(test, &["2001:db8::1/128"], || {
        let status = Command::new("ip").args(["link", "set", "lo", "mtu", MTU]).status().unwrap();
        assert!(status.success());
        for listen in ["127.0.0.1:5300", "0.0.0.0:5300", "[::1]:5300", "[::]:5300"] {
            cuts(listen);
        }
    });
}

fn cuts(listen: &str) {
    let folder = world();
    let config = CONFIG
        .replace("127.0.0.1:0'], tcp: ['127.0.0.1:0", &format!("{listen}'], tcp: ['{listen}"));
    assert!(config.contains(listen), "{config}");
    let config = format!("maxAddresses: 0\nmaxUdpSize: 4096\n{config}");
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    let mut service = "apiVersion: v1\nkind: Service\nmetadata: { name: many, namespace: shop }\n\
        spec: { type: LoadBalancer }\nstatus: { loadBalancer: { ingress: ["
        .to_owned();
    for number in 0..ADDRESSES {
        write!(service, "{{ ip: 192.0.2.{number} }}, ").unwrap();
    }
    service.push_str(
        "] } }\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\n\
         metadata: { name: many-1, namespace: shop, labels: { kubernetes.io/service-name: many } }\n\
         addressType: IPv4\nendpoints: [{ addresses: [10.0.0.1], conditions: { ready: true } }]\n",
    );
    fs::write(folder.path().join("east/many.yaml"), service).unwrap();
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    let asked = match listen.starts_with('[') {
        true => "[::1]:5300",
        false => "127.0.0.1:5300",
    };
    let asked: SocketAddr = asked.parse().unwrap();
    // Over TCP, which a stub turns to when an answer is cut, there is all of it.
    assert_eq!(ask(asked, NAME, "A").answers.len(), ADDRESSES, "{listen}");
    let reply = over_udp(asked);
    // RFC 2181, section 9: TC says that there is more, and what came is of no use.
    assert!(reply.metadata.truncation && reply.answers.is_empty(), "{listen}: {reply:?}");
    assert_eq!(reply.edns.map(|edns| edns.version()), Some(0), "{listen}");
}

/// The reply to a client that takes far more than the network does.
fn over_udp(server: SocketAddr) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(NAME).unwrap(), RecordType::A));
    let mut edns = Edns::new();
    edns.set_max_payload(4096).set_version(0);
    message.set_edns(edns);
    let here = if server.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
    let socket = UdpSocket::bind(here).unwrap();
    socket.connect(server).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    socket.send(&message.to_vec().unwrap()).unwrap();
    let mut room = [0; 65_535];
    let length = socket.recv(&mut room).unwrap();
    Message::from_vec(&room[..length]).unwrap()
}
