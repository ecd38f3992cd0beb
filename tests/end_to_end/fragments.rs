//! Replies over UDP never leave in fragments: who forges a fragment forges an answer (RFC 9715). One that is too
//! large for the interface is cut, and the client asks over TCP. What ICMP says of the path, which anybody can
//! forge, changes nothing.

use std::fmt::Write;
use std::fs;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::{Name, RecordType};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tempfile::TempDir;

use crate::process::{CONFIG, Server, world};
use crate::real::ask::ask;
use crate::real::network::{beside, in_own_network, ip};
use crate::real::program::until;

/// The least that IPv6 asks of an interface (RFC 8200, section 5).
const MTU: &str = "1280";
/// More addresses than a packet of that size holds: 16 octets each.
const ADDRESSES: usize = 100;
const NAME: &str = "many.shop.myfed.svc.example.com.";
const PORT: u16 = 5300;

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
    let _served = serve(listen, ADDRESSES);
    let asked = at(listen, ["127.0.0.1", "::1"]);
    // Over TCP, which a stub turns to when an answer is cut, there is all of it.
    assert_eq!(ask(asked, NAME, "A").answers.len(), ADDRESSES, "{listen}");
    let here = if asked.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
    let reply = over_udp(&UdpSocket::bind(here).unwrap(), asked);
    // RFC 2181, section 9: TC says that there is more, and what came is of no use.
    assert!(reply.metadata.truncation && reply.answers.is_empty(), "{listen}: {reply:?}");
    assert_eq!(reply.edns.map(|edns| edns.version()), Some(0), "{listen}");
}

/// The address of the server that listens there, of either family.
fn at(listen: &str, [four, six]: [&str; 2]) -> SocketAddr {
    let ip: IpAddr = if listen.starts_with('[') { six } else { four }.parse().unwrap();
    SocketAddr::new(ip, PORT)
}

/// A server, with the folder that it reads.
struct Served {
    _server: Server,
    _folder: TempDir,
}

/// A server that tells of so many addresses as much as a client takes.
fn serve(listen: &str, addresses: usize) -> Served {
    let folder = world();
    let config = CONFIG
        .replace("127.0.0.1:0'], tcp: ['127.0.0.1:0", &format!("{listen}'], tcp: ['{listen}"));
    assert!(config.contains(listen), "{config}");
    let config = format!("maxAddresses: 0\nmaxUdpSize: 4096\n{config}");
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    let mut service = "apiVersion: v1\nkind: Service\nmetadata: { name: many, namespace: shop }\n\
        spec: { type: LoadBalancer }\nstatus: { loadBalancer: { ingress: ["
        .to_owned();
    for number in 0..addresses {
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
    Served { _server: server, _folder: folder }
}

/// The reply to a client that takes far more than any network does.
fn over_udp(client: &UdpSocket, server: SocketAddr) -> Message {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(NAME).unwrap(), RecordType::A));
    let mut edns = Edns::new();
    edns.set_max_payload(4096).set_version(0);
    message.set_edns(edns);
    client.connect(server).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    client.send(&message.to_vec().unwrap()).unwrap();
    let mut room = [0; 65_535];
    let length = client.recv(&mut room).unwrap();
    Message::from_vec(&room[..length]).unwrap()
}

/// The server's network and, at the other end of a wire, the clients'; in that there is a stranger, too.
const SERVER: [&str; 2] = ["192.0.2.1", "2001:db8::1"];
const CLIENT: [&str; 2] = ["192.0.2.2", "2001:db8::2"];
const STRANGER: [&str; 2] = ["192.0.2.66", "2001:db8::66"];
/// Addresses that an Ethernet packet holds, and one of 1280 octets does not.
const LARGE: usize = 80;

#[test]
fn what_strangers_say_of_the_path_makes_no_fragments() {
    let test = "fragments::what_strangers_say_of_the_path_makes_no_fragments";
    in_own_network(test, &["2001:db8:1::1/128"], || {
        let pid = std::process::id().to_string();
        let far = beside(|| {
            let wire = ["link", "add", "client", "type", "veth", "peer", "name", "server"];
            ip(&[&wire[..], &["netns", &pid]].concat());
            bring_up("client", CLIENT);
            bring_up("client", STRANGER);
            [0, 1].map(Far::open)
        });
        bring_up("server", SERVER);
        for address in SERVER {
            until(&format!("{address} is ours"), || UdpSocket::bind((address, 0)).is_ok());
        }
        far.iter().for_each(Far::bind);
        let [four, six] = &far;
        for listen in ["192.0.2.1:5300", "0.0.0.0:5300"] {
            stays_whole(listen, four, &["route", "get", CLIENT[0]], "mtu 552");
        }
        for listen in ["[2001:db8::1]:5300", "[::]:5300"] {
            stays_whole(listen, six, &["-6", "route", "get", CLIENT[1]], "mtu 1280");
        }
    });
}

fn bring_up(interface: &str, [four, six]: [&str; 2]) {
    ip(&["address", "add", &format!("{four}/24"), "dev", interface]);
    ip(&["address", "add", &format!("{six}/64"), "dev", interface, "nodad"]);
    ip(&["link", "set", interface, "up"]);
}

/// Sockets in the clients' network, of one family.
struct Far {
    family: usize,
    client: UdpSocket,
    stranger: Socket,
}

impl Far {
    fn open(family: usize) -> Self {
        let (domain, protocol) = match family {
            0 => (Domain::IPV4, Protocol::ICMPV4),
            _ => (Domain::IPV6, Protocol::ICMPV6),
        };
        let client = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP)).unwrap().into();
        Self { family, client, stranger: Socket::new(domain, Type::RAW, Some(protocol)).unwrap() }
    }

    /// Once the wire is there: before that nobody has an address of IPv6.
    fn bind(&self) {
        let client = SockRef::from(&self.client);
        for (socket, addresses) in [(&*client, CLIENT), (&self.stranger, STRANGER)] {
            let address = SocketAddr::new(addresses[self.family].parse().unwrap(), 0).into();
            until("the wire is there", || socket.bind(&address).is_ok());
        }
    }
}

/// A large reply comes whole, before a stranger says of the path that it takes small packets alone, and after the
/// system has believed it.
fn stays_whole(listen: &str, far: &Far, route: &[&str], believed: &str) {
    let _served = serve(listen, LARGE);
    let asked = at(listen, SERVER);
    let is_whole = || {
        let reply = over_udp(&far.client, asked);
        assert!(!reply.metadata.truncation, "{listen}: {reply:?}");
        assert_eq!(reply.answers.len(), LARGE, "{listen}");
        assert_eq!(fragments(), 0, "{listen}");
    };
    is_whole();
    let forged = too_big(asked, far.client.local_addr().unwrap());
    let to = SocketAddr::new(asked.ip(), 0);
    until(&format!("the system believes of {listen}'s client: {believed}"), || {
        far.stranger.send_to(&forged, &to.into()).unwrap();
        let output = Command::new("ip").args(route).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains(believed)
    });
    is_whole();
}

/// Fragments that this network has made, of both families.
fn fragments() -> u64 {
    let four = fs::read_to_string("/proc/net/snmp").unwrap();
    let rows: Vec<Vec<_>> = four
        .lines()
        .filter(|line| line.starts_with("Ip:"))
        .map(|line| line.split(' ').collect())
        .collect();
    let column = rows[0].iter().position(|name| *name == "FragCreates").unwrap();
    let six = fs::read_to_string("/proc/net/snmp6").unwrap();
    let six = six.lines().find_map(|line| line.strip_prefix("Ip6FragCreates")).unwrap();
    rows[1][column].parse::<u64>().unwrap() + six.trim().parse::<u64>().unwrap()
}

/// What a router says of a reply from `server` to `client` that was too big for its way (RFC 1191, section 4;
/// RFC 4443, section 3.2): the smallest way that the system believes in, and the beginning of that reply.
fn too_big(server: SocketAddr, client: SocketAddr) -> Vec<u8> {
    let ports = [server.port(), client.port()].map(u16::to_be_bytes).concat();
    let udp = [&ports[..], &1408_u16.to_be_bytes(), &[0, 0]].concat();
    match (server.ip(), client.ip()) {
        (IpAddr::V4(server), IpAddr::V4(client)) => {
            // Version and length, all octets, no number, DF, TTL, UDP, no checksum.
            let inner = [0x45, 0, 5, 148, 0, 0, 0x40, 0, 64, 17, 0, 0];
            let mut message = [3, 4, 0, 0, 0, 0, 2, 40].to_vec();
            message.extend([&inner[..], &server.octets(), &client.octets(), &udp].concat());
            let checksum = checksum(&message);
            message[2..4].copy_from_slice(&checksum.to_be_bytes());
            message
        }
        (IpAddr::V6(server), IpAddr::V6(client)) => {
            // The system adds the checksum.
            let inner = [0x60, 0, 0, 0, 5, 128, 17, 64];
            let message = [2, 0, 0, 0, 0, 0, 5, 0];
            [&message[..], &inner, &server.octets(), &client.octets(), &udp].concat()
        }
        both => panic!("{both:?}"),
    }
}

/// RFC 1071, section 1.
fn checksum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    !((sum & 0xffff) + (sum >> 16)) as u16
}
