//! Want of descriptors: strangers who take all connections that there are, and a process that may
//! have no more of anything. The system bounds what the process may have open.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use socket2::{Domain, Socket, Type};

use crate::process::{CONFIG, PATIENCE, Server, query, service, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

fn start(folder: &Path, limit: &str) -> Server {
    let text = format!("{CONFIG}stateDir: ./state\nudpWorkers: 2\n");
    fs::write(folder.join("fedns.yaml"), text).unwrap();
    Server::start_bounded(folder, &format!("--nofile={limit}"))
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + 2 * PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A connection from one of many addresses of this host, which has sent something.
fn connect(from: Ipv4Addr, to: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((from, 0)).into())?;
    socket.connect_timeout(&to.into(), PATIENCE)?;
    let mut stream = TcpStream::from(socket);
    stream.write_all(&[0])?;
    Ok(stream)
}

/// As many as a stranger with many addresses can have.
fn strangers(server: &Server) -> Vec<TcpStream> {
    let from = |number: u8| Ipv4Addr::new(127, 0, 2, number);
    (0..250).filter_map(|number| connect(from(number), server.tcp).ok()).collect()
}

/// Whether a connection, of which an octet of a frame's length is sent, is answered on.
fn is_answered(mut stream: TcpStream) -> bool {
    let query = query(CART, 1);
    let frame = [&[query.len() as u8][..], &query].concat();
    stream.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    stream.write_all(&frame).is_ok() && stream.read_exact(&mut [0; 2]).is_ok()
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|it| it.modified()).ok()
}

#[test]
fn the_soft_limit_is_raised_and_what_is_enough_is_no_complaint() {
    let world = world();
    let server = start(world.path(), "64:4096");
    assert_eq!(server.metric("process_max_fds "), 4096);
    assert!(!server.get("/status").1.contains("descriptors_few"));
}

#[test]
fn strangers_who_take_all_connections_take_nothing_of_clusters_probes_and_state() {
    let world = world();
    let server = start(world.path(), "128:128");
    server.ask_until(CART, 1);
    let (_, status) = server.get("/status");
    for words in ["descriptors_few", "may have 128 open files (RLIMIT_NOFILE)", "LimitNOFILE="] {
        assert!(status.contains(words), "{words}: {status}");
    }
    let state = world.path().join("state/cluster-east.state");
    until("state is kept", || state.exists());
    let before = modified(&state);

    let connections = strangers(&server);
    let replaced = "fedns_dns_tcp_connections_closed_total{reason=\"replaced\"} ";
    until("all are taken", || server.metric(replaced) > 0);
    let open = server.metric("fedns_dns_tcp_connections ");
    assert!((16..100).contains(&open), "{open}");
    // Another cluster too: it gets what it needs before strangers do.
    fs::create_dir(world.path().join("west")).unwrap();
    let west = service("pay", "192.0.2.7", true);
    fs::write(world.path().join("west/pay.yaml"), west).unwrap();
    let entry = "  - { name: west, manifests: ./west, region: eu, zones: [b] }\n";
    let text = format!("{CONFIG}{entry}stateDir: ./state\nudpWorkers: 2\n");
    fs::write(world.path().join("fedns.yaml"), text).unwrap();
    server.ask_until("pay.shop.myfed.svc.b.eu.example.com.", 1);
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.9", true)).unwrap();
    until("the edit is answered", || server.ask(CART).answers[0].data.to_string() == "192.0.2.9");
    assert_eq!(server.get("/livez").0, 200);
    until("state is kept again", || modified(&state) != before);
    drop(connections);
    let again = || connect(Ipv4Addr::new(127, 0, 3, 1), server.tcp).is_ok_and(is_answered);
    until("there is room again", again);
}

/// The number after that of every descriptor that a process has.
fn end_of_descriptors(server: &Server) -> usize {
    let folder = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let numbers = folder.map(|it| it.unwrap().file_name().into_string().unwrap());
    1 + numbers.map(|it| it.parse::<usize>().unwrap()).max().unwrap()
}

#[test]
fn a_process_that_may_open_nothing_more_tells_so_once_and_strangers_give_way() {
    let world = world();
    let server = start(world.path(), "4096:4096");
    server.ask_until(CART, 1);
    let limit = |most: usize| {
        let (pid, limit) = (server.pid().to_string(), format!("--nofile={most}:4096"));
        let status = Command::new("prlimit").args(["--pid", &pid, &limit]).status().unwrap();
        assert!(status.success());
    };
    let _first = strangers(&server);
    // Somebody else takes all the rest.
    limit(end_of_descriptors(&server));
    let waiting = strangers(&server);
    server.wait_for("cannot accept on tcp");
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.9", true)).unwrap();
    for _ in 0..3 {
        assert_eq!(server.get("/livez").0, 200);
    }
    until("the edit is answered", || server.ask(CART).answers[0].data.to_string() == "192.0.2.9");
    drop(waiting);
    limit(4096);
    let again = || connect(Ipv4Addr::new(127, 0, 3, 1), server.tcp).is_ok_and(is_answered);
    until("connections are taken again", again);
    let lines = server.lines_so_far();
    let told = lines.iter().filter(|it| it.contains("cannot accept")).count();
    assert!(told <= 2, "{told} lines");
}
