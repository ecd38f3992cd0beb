//! Want of memory: strangers and API servers that send more than there is room for, and a process that
//! ends for want of it. The system bounds what the process may take.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::fake_api::{FakeApi, Fault, Verb, node, service, slice};
use crate::process::{CONFIG, PATIENCE, Server, query};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";
const SERVICES: &str = "/api/v1/services";

/// Most memory that is to be in use more than at the start, in octets: a part of what is sent.
const GROWTH: u64 = 256 << 20;
/// Most address space, in octets: a process takes some 600 MB of it before it does anything.
const SPACE: u64 = 4 << 30;

fn api() -> FakeApi {
    let api = FakeApi::start();
    api.is_old();
    api.put([node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]);
    api
}

fn world(api: &FakeApi) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let cluster = "  - { name: east, kubeconfig: { path: ./east.conf } }";
    let text = format!("{head}stateDir: ./state\nclusters:\n{cluster}\n");
    fs::write(folder.path().join("fedns.yaml"), text).unwrap();
    api.write_kubeconfig(&folder.path().join("east.conf"));
    folder
}

/// A server that may have so much address space and no more.
fn start(folder: &TempDir) -> Server {
    Server::start_bounded(folder.path(), &format!("--as={SPACE}"))
}

fn resident(server: &Server) -> u64 {
    server.metric("process_resident_memory_bytes ")
}

#[track_caller]
fn until(what: &str, patience: Duration, holds: impl Fn() -> bool) {
    let end = Instant::now() + patience;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[track_caller]
fn is_answered(server: &Server) {
    let reply = server.ask(CART);
    assert_eq!(reply.answers.len(), 1, "{reply}");
    assert_eq!(reply.answers[0].data.to_string(), "192.0.2.1");
}

/// A connection from one of many addresses of this host.
fn connect(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect_timeout(&to.into(), PATIENCE)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// Packets of all kinds, until it is over; nobody reads the replies.
fn flood(server: SocketAddr, over: &CancellationToken) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut seed = 1_u64;
    while !over.is_cancelled() {
        for _ in 0..100 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963);
            let name = format!("x{seed}.shop.myfed.svc.a.us.example.com.");
            let mut packet = query(&name, seed as u16);
            // Every other one is damaged somewhere, or grown.
            if seed & 1 << 40 != 0 {
                let at = (seed >> 33) as usize % packet.len();
                packet[at] ^= (seed >> 20) as u8;
                packet.resize(12 + (seed >> 50) as usize % 4000, seed as u8);
            }
            _ = socket.send_to(&packet, server);
        }
    }
}

#[test]
fn floods_of_strangers_take_no_more_than_there_is() {
    let api = api();
    let folder = world(&api);
    let server = start(&folder);
    server.ask_until(CART, 1);
    let before = resident(&server);
    let over = &CancellationToken::new();
    std::thread::scope(|scope| {
        // Also where this fails: or the flood would never end.
        let _end = over.clone().drop_guard();
        (0..2).for_each(|_| _ = scope.spawn(|| flood(server.udp, over)));
        // Each says that 65535 octets come, and sends some of them; more than are let in.
        let begin = [&[0xff, 0xff][..], &[0; 30_000]].concat();
        let mut connections = Vec::new();
        for client in 0..20 {
            let from = Ipv4Addr::new(127, 0, 1, 1 + client);
            for _ in 0..70 {
                let Ok(mut connection) = connect(from, server.tcp) else { continue };
                _ = connection.write(&begin);
                connections.push(connection);
            }
        }
        let refused = || server.metric("fedns_dns_tcp_connections_refused_total ");
        let replaced =
            || server.metric("fedns_dns_tcp_connections_closed_total{reason=\"replaced\"} ");
        until("some are too many", PATIENCE, || refused() + replaced() > 100);
        let open = server.metric("fedns_dns_tcp_connections ");
        assert!(open <= 1024, "{open}");
        // Packets may be lost in a flood; the process is there, and answers.
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
        until("an answer in the flood", PATIENCE, || {
            _ = socket.send_to(&query(CART, 7), server.udp);
            socket.recv(&mut [0; 4096]).is_ok()
        });
        let grown = resident(&server).saturating_sub(before);
        assert!(grown < GROWTH, "{grown} octets more than before");
    });
    server.ask_until(CART, 1);
    is_answered(&server);
}

#[test]
fn a_list_with_an_object_without_end_takes_no_more_than_an_object_may() {
    let api = api();
    let folder = world(&api);
    let server = start(&folder);
    server.ask_until(CART, 1);
    let before = resident(&server);
    let begin =
        "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"1000\"},\"items\":[{\"x\":\"";
    let again = "x".repeat(64 << 10);
    api.fail(Verb::List, SERVICES, Fault::Endless(begin.into(), again), None);
    api.forget();
    until("more is sent than may be taken", 3 * PATIENCE, || api.sent() > 2 * GROWTH);
    let grown = resident(&server).saturating_sub(before);
    assert!(grown < GROWTH / 4, "{grown} octets more than before, of {}", api.sent());
    is_answered(&server);
}

/// A list of Services that has no end.
fn endless_services() -> Fault {
    let begin = "{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"1000\"},\"items\":[{}";
    let object = format!(",{}", service("cart", "192.0.2.9"));
    Fault::Endless(begin.into(), object.repeat(1000))
}

#[test]
fn a_list_of_far_too_many_objects_is_given_up() {
    let api = api();
    let folder = world(&api);
    let server = start(&folder);
    server.ask_until(CART, 1);
    api.fail(Verb::List, SERVICES, endless_services(), None);
    api.forget();
    let given_up = "fedns_cluster_errors_total{cluster=\"east\",kind=\"garbage\"} ";
    until("the list is given up", 9 * PATIENCE, || server.metric(given_up) > 0);
    is_answered(&server);
    // It goes on as soon as there is an end to it.
    api.heal();
    api.is_old();
    api.put([slice("cart", 0)]);
    server.ask_until(CART, 2);
}

#[test]
fn a_process_that_ends_for_want_of_memory_comes_back_with_what_it_kept() {
    let api = api();
    let folder = world(&api);
    let mut server = start(&folder);
    server.ask_until(CART, 1);
    let state = folder.path().join("state/cluster-east.state");
    until("state is kept", PATIENCE, || state.exists());
    // From now on it gets little more than it has.
    let pid = server.pid().to_string();
    let space = server.metric("process_virtual_memory_bytes ") + (16 << 20);
    let limit = Command::new("prlimit").args(["--pid", &pid, &format!("--as={space}")]).status();
    assert!(limit.unwrap().success());
    api.fail(Verb::List, SERVICES, endless_services(), None);
    api.forget();
    let status = server.ended_within(9 * PATIENCE);
    assert!(!status.success(), "{status}");
    drop(api);
    let server = start(&folder);
    // The very first question.
    is_answered(&server);
    assert_eq!(server.get("/readyz").0, 200);
    server.get_until("/status", &["\"restoredAsOf\"", "\"state\":\"lost\""]);
    is_answered(&server);
}
