//! What UDP does, by either way to take datagrams.

use std::net::{self, IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use fedns::core::answer::Transport;
use fedns::core::event::Facts;
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::snapshot::Snapshot;
use fedns::dns::counters::Counters;
use fedns::dns::{Settings, UdpIo};
use tokio::net::UdpSocket;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::{Server, query, refused, settings};
use crate::real::network::in_own_network;
use crate::support::packet::{Ask, Edns};
use crate::support::{Sim, facts, label};

fn over(udp_io: UdpIo) -> Settings {
    Settings { udp_io, ..settings() }
}

/// What UDP does, by either way to take datagrams: the one of other systems works on Linux too.
macro_rules! either_way {
    ($($name:ident)*) => {
        mod batched {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::UdpIo::Batched).await;
            })*
        }
        mod one_by_one {
            $(#[tokio::test]
            async fn $name() {
                super::$name(super::UdpIo::OneByOne).await;
            })*
        }
    };
}

either_way! {
    udp_answers_each_packet_and_drops_what_deserves_no_reply
    udp_workers_share_a_port
    udp_answers_what_has_arrived_before_it_ends
    udp_on_a_wildcard_replies_from_the_address_asked
    udp_on_a_wildcard_replies_so_also_while_it_ends
    udp_on_the_wildcard_of_ipv6_replies_from_the_address_asked
}

async fn udp_answers_each_packet_and_drops_what_deserves_no_reply(io: UdpIo) {
    let (server, _run) = Server::start(&over(io));
    let client = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    client.connect(server.udp).await.expect("connected");

    client.send(&[0; 11]).await.expect("sent");
    let mut response = query(1);
    response[2] |= 0x80;
    client.send(&response).await.expect("sent");
    client.send(&query(2)).await.expect("sent");

    let mut reply = [0; 512];
    let len = client.recv(&mut reply).await.expect("a reply");
    assert_eq!(refused(&reply[..len]), 2);
    // The counters are written when the batch ends, perhaps after the reply has come.
    while server.tally(Transport::Udp).requests < 3 {
        yield_now().await;
    }
    let tally = server.tally(Transport::Udp);
    assert_eq!((tally.requests, tally.dropped, tally.unsent), (3, 2, 0));
    assert_eq!(tally.response_bytes, len as u64);
}

async fn udp_workers_share_a_port(io: UdpIo) {
    let two = Settings { udp_workers: 2.try_into().expect("not zero"), ..over(io) };
    let (server, _run) = Server::start(&two);
    // The kernel chooses the worker by the client's port: 64 of them do not all hit one.
    for id in 0..64 {
        let client = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
        client.send_to(&query(id), server.udp).await.expect("sent");
        let mut reply = [0; 512];
        let (len, from) = client.recv_from(&mut reply).await.expect("a reply");
        assert_eq!((refused(&reply[..len]), from), (id, server.udp));
    }
    while server.tally(Transport::Udp).requests < 64 {
        yield_now().await;
    }
    let is_udp = |one: &&Arc<Counters>| one.transport == Transport::Udp;
    let each: Vec<_> =
        server.counters.iter().filter(is_udp).map(|one| one.read().requests).collect();
    assert_eq!(each.len(), 2);
    assert!(each.iter().all(|requests| *requests > 0), "{each:?}");
}

async fn udp_answers_what_has_arrived_before_it_ends(io: UdpIo) {
    let (server, run) = Server::bind(&over(io));
    let client = net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    for id in 0..100 {
        client.send_to(&query(id), server.udp).expect("sent");
    }
    server.stop.cancel();
    run.await.expect("a clean end");
    has_replies(&client, 100);
}

/// All of so many replies are there already, in the order in which was asked.
fn has_replies(client: &net::UdpSocket, count: u16) {
    client.set_nonblocking(true).expect("a socket");
    let mut reply = [0; 512];
    for id in 0..count {
        let len = client.recv(&mut reply).expect("all replies are there already");
        assert_eq!(refused(&reply[..len]), id);
    }
}

/// Asks the UDP listener at `address` from a connected socket, which hears nobody else.
async fn ask_at(server: &Server, address: SocketAddr, id: u16) {
    // Left to itself a client would ask an address of IPv6 from that very one, and any reply to it
    // leaves from there. Link-local addresses can not be asked from `::1`.
    let here = match address {
        SocketAddr::V4(_) => "127.0.0.1:0",
        SocketAddr::V6(asked) if asked.scope_id() == 0 => "[::1]:0",
        SocketAddr::V6(_) => "[::]:0",
    };
    let client = UdpSocket::bind(here).await.expect("a socket");
    client.connect(address).await.expect("connected");
    client.send(&query(id)).await.expect("sent");
    let mut reply = [0; 512];
    let wait = timeout(Duration::from_secs(5), client.recv(&mut reply)).await;
    let unsent = server.tally(Transport::Udp).unsent;
    let len = wait.unwrap_or_else(|_| panic!("no reply from {address}; {unsent} unsent"));
    assert_eq!(refused(&reply[..len.expect("a reply")]), id);
}

fn wildcard(io: UdpIo, address: &str) -> Settings {
    Settings { udp: vec![address.parse().expect("an address")], ..over(io) }
}

async fn udp_on_a_wildcard_replies_from_the_address_asked(io: UdpIo) {
    let two =
        Settings { udp_workers: 2.try_into().expect("not zero"), ..wildcard(io, "0.0.0.0:0") };
    let (server, _run) = Server::start(&two);
    for id in 1..17 {
        for last in 1..4 {
            ask_at(&server, ([127, 0, 0, last], server.udp.port()).into(), id).await;
        }
    }
}

async fn udp_on_a_wildcard_replies_so_also_while_it_ends(io: UdpIo) {
    let (server, run) = Server::bind(&wildcard(io, "0.0.0.0:0"));
    let client = net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    client.connect(SocketAddr::from(([127, 0, 0, 2], server.udp.port()))).expect("connected");
    for id in 0..100 {
        client.send(&query(id)).expect("sent");
    }
    server.stop.cancel();
    run.await.expect("a clean end");
    has_replies(&client, 100);
}

/// The IPv6 addresses of this host, link-local ones with their interface.
fn own_v6() -> Vec<(Ipv6Addr, u32)> {
    let hex = |text: &str| u128::from_str_radix(text, 16).expect("hexadecimal digits");
    let table = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    let columns = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    // Not those that another host may have as well (tentative, or found to be taken).
    let rows = columns.filter(|columns| hex(columns[4]) & 0x48 == 0).map(|columns| {
        let address = Ipv6Addr::from(hex(columns[0]));
        let scope = if address.is_unicast_link_local() { hex(columns[1]) } else { 0 };
        (address, u32::try_from(scope).expect("a small number"))
    });
    rows.collect()
}

async fn udp_on_the_wildcard_of_ipv6_replies_from_the_address_asked(io: UdpIo) {
    if net::UdpSocket::bind("[::1]:0").is_err() {
        eprintln!("skipped: this host has no IPv6");
        return;
    }
    let (server, _run) = Server::start(&wildcard(io, "[::]:0"));
    let own = own_v6();
    assert!(own.contains(&(Ipv6Addr::LOCALHOST, 0)), "{own:?}");
    for (address, scope) in own {
        let address = SocketAddrV6::new(address, server.udp.port(), 0, scope);
        ask_at(&server, address.into(), 1).await;
    }
}

/// A name with more addresses than a packet of 1280 octets holds, the least that IPv6 asks of a network
/// (RFC 8200, section 5).
const MANY: &str = "many.shop.fed.svc.example.com";

fn many() -> Snapshot {
    let federations = vec![facts::federation("fed", "example.com")];
    let policy = Policy { federations, max_addresses: 0, max_udp_size: 4096, ..Policy::default() };
    let mut sim = Sim::new(policy, Duration::ZERO);
    let (cluster, key) = (label("east"), facts::key("shop/many"));
    let addresses: Vec<IpAddr> = (0..100).map(|last| [192, 0, 2, last].into()).collect();
    sim.register(&cluster, ClusterPolicy::default());
    sim.say(&cluster, facts::applied(facts::node("a.north")));
    let service = Facts::Service(key.clone(), facts::load_balancer(&addresses));
    sim.say(&cluster, facts::applied(service));
    sim.say(&cluster, facts::applied(Facts::Slice(key.clone(), facts::slice(&key, 1, 0))));
    sim.say(&cluster, facts::SYNCED);
    sim.snapshot
}

#[test]
fn a_reply_that_the_network_does_not_take_whole_is_cut() {
    let test = "transports::udp::a_reply_that_the_network_does_not_take_whole_is_cut";
    in_own_network(test, &["2001:db8::1/128"], || {
        let status = Command::new("ip").args(["link", "set", "lo", "mtu", "1280"]).status();
        assert!(status.expect("there is ip").success());
        for io in [UdpIo::Batched, UdpIo::OneByOne] {
            for address in ["127.0.0.1:0", "0.0.0.0:0", "[::1]:0", "[::]:0"] {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                runtime.expect("a runtime").block_on(cuts(io, address));
            }
        }
    });
}

async fn cuts(io: UdpIo, listen: &str) {
    let (server, run) = Server::bind_with(&wildcard(io, listen), many());
    let _run = tokio::spawn(run);
    let host = if server.udp.is_ipv4() { "127.0.0.1" } else { "::1" };
    let client = UdpSocket::bind((host, 0)).await.expect("a socket");
    client.connect((host, server.udp.port())).await.expect("connected");
    let edns = Some(Edns { payload: 4096, ..Edns::default() });
    let ask = Ask { edns, ..Ask::new(MANY, "A") };
    client.send(&ask.packet()).await.expect("sent");
    let mut reply = [0; 4096];
    let wait = timeout(Duration::from_secs(5), client.recv(&mut reply)).await;
    let len = wait.unwrap_or_else(|_| panic!("{io:?} {listen}: no reply")).expect("a reply");
    // RFC 2181, section 9: TC says that there is more, and what came is of no use.
    let (is_cut, answers) = (reply[2] & 2 != 0, u16::from_be_bytes([reply[6], reply[7]]));
    assert!(is_cut && answers == 0 && len <= 512, "{io:?} {listen}: {:?}", &reply[..len]);
    while server.tally(Transport::Udp).requests < 1 {
        yield_now().await;
    }
    assert_eq!(server.tally(Transport::Udp).unsent, 0, "{io:?} {listen}");
}
