//! UDP and TCP over real sockets on port 0, against a snapshot that knows nothing: every query is
//! refused, so that what is seen here is what transports do and nothing else.
//!
//! Where time matters it is tokio's paused time. It leaps to the next timer whenever nothing runs,
//! also while octets are under way, so that spans are checked within bounds.

mod udp;

use std::io::{Read, Write};
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use arc_swap::ArcSwap;
use fedns::clock::Clock;
use fedns::core::answer::Transport;
use fedns::core::snapshot::Snapshot;
use fedns::dns::counters::{Counters, Tally};
use fedns::dns::{ListenerDied, Listeners, Settings, TcpLimits, UdpIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::task::{JoinHandle, spawn_blocking, yield_now};
use tokio::time::{Instant, advance, sleep, timeout};
use tokio_util::sync::CancellationToken;

const REFUSED: u8 = 5;

/// A query for `shop.test.` A, by number.
fn query(id: u16) -> Vec<u8> {
    let mut packet = id.to_be_bytes().to_vec();
    packet.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    packet.extend_from_slice(b"\x04shop\x04test\x00\x00\x01\x00\x01");
    packet
}

fn frame(message: &[u8]) -> Vec<u8> {
    let len = u16::try_from(message.len()).expect("a message fits");
    [&len.to_be_bytes(), message].concat()
}

fn frames(ids: std::ops::Range<u16>) -> Vec<u8> {
    ids.flat_map(|id| frame(&query(id))).collect()
}

/// The number of a reply that refuses.
fn refused(reply: &[u8]) -> u16 {
    assert!(reply.len() >= 12, "a reply has a header: {reply:?}");
    assert_eq!(reply[2] & 0x80, 0x80, "QR is set");
    assert_eq!(reply[3] & 0x0f, REFUSED);
    u16::from_be_bytes([reply[0], reply[1]])
}

/// The numbers of the replies in a stream that has ended.
fn refused_all(mut octets: &[u8]) -> Vec<u16> {
    let mut ids = Vec::new();
    while let Some((len, rest)) = octets.split_first_chunk::<2>() {
        let (reply, rest) = rest.split_at(usize::from(u16::from_be_bytes(*len)));
        ids.push(refused(reply));
        octets = rest;
    }
    ids
}

fn settings() -> Settings {
    let here = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        udp: vec![here],
        tcp: vec![here],
        clusters: Vec::new(),
        udp_workers: 1.try_into().expect("not zero"),
        udp_io: UdpIo::default(),
        tcp_limits: TcpLimits::default(),
    }
}

/// Listeners that are bound, and perhaps run.
struct Server {
    udp: SocketAddr,
    tcp: SocketAddr,
    counters: Arc<[Arc<Counters>]>,
    stop: CancellationToken,
}

impl Server {
    fn bind(settings: &Settings) -> (Self, impl Future<Output = Result<(), ListenerDied>> + use<>) {
        Self::bind_with(settings, Snapshot::default())
    }

    /// One that knows what a snapshot does.
    fn bind_with(
        settings: &Settings,
        snapshot: Snapshot,
    ) -> (Self, impl Future<Output = Result<(), ListenerDied>> + use<>) {
        let listeners = Listeners::bind(settings).expect("port 0 is free");
        let address = |transport| {
            let mut all = listeners.bound().iter();
            all.find(|bound| bound.transport == transport).expect("bound").address
        };
        let (udp, tcp) = (address(Transport::Udp), address(Transport::Tcp));
        let counters = listeners.counters();
        let stop = CancellationToken::new();
        let snapshot = Arc::new(ArcSwap::from_pointee(snapshot));
        let run = listeners.run(snapshot, Clock::start(), stop.clone());
        (Self { udp, tcp, counters, stop }, run)
    }

    fn start(settings: &Settings) -> (Self, JoinHandle<Result<(), ListenerDied>>) {
        let (server, run) = Self::bind(settings);
        (server, tokio::spawn(run))
    }

    fn tally(&self, transport: Transport) -> Tally {
        let mut sum = Tally::default();
        for counters in self.counters.iter().filter(|one| one.transport == transport) {
            sum += &counters.read();
        }
        sum
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.tcp).await.expect("the listener accepts")
    }
}

async fn read_reply(stream: &mut TcpStream) -> u16 {
    let len = stream.read_u16().await.expect("a length");
    let mut reply = vec![0; usize::from(len)];
    stream.read_exact(&mut reply).await.expect("a reply");
    refused(&reply)
}

/// What comes until the server closes; a reset counts as closing.
async fn read_to_end(stream: &mut TcpStream) -> Vec<u8> {
    let mut octets = Vec::new();
    let _ = stream.read_to_end(&mut octets).await;
    octets
}

#[tokio::test]
async fn tcp_answers_pipelined_queries_in_order() {
    let (server, _run) = Server::start(&settings());
    let (mut reader, mut writer) = server.connect().await.into_split();
    // Far more than any buffer of the connection holds.
    let all = frames(0..20_000);
    let sending = tokio::spawn(async move {
        writer.write_all(&all).await.expect("the server reads");
        writer.shutdown().await.expect("an end");
    });
    let mut replies = Vec::new();
    reader.read_to_end(&mut replies).await.expect("replies");
    sending.await.expect("sent");
    assert!(refused_all(&replies).into_iter().eq(0..20_000));
}

#[tokio::test]
async fn tcp_joins_frames_that_come_in_pieces() {
    let (server, _run) = Server::start(&settings());
    let mut stream = server.connect().await;
    stream.set_nodelay(true).expect("a socket");
    for octet in frames(7..9) {
        stream.write_all(&[octet]).await.expect("sent");
        yield_now().await;
    }
    assert_eq!(read_reply(&mut stream).await, 7);
    assert_eq!(read_reply(&mut stream).await, 8);
}

#[tokio::test]
async fn tcp_takes_the_longest_frame_and_goes_on() {
    let (server, _run) = Server::start(&settings());
    let mut stream = server.connect().await;
    let mut long = query(1);
    long.resize(65_535, 0);
    stream.write_all(&frame(&long)).await.expect("sent");
    stream.write_all(&frames(2..3)).await.expect("sent");
    // What is said to the long one is the core's to decide; only its number matters here.
    let len = stream.read_u16().await.expect("a length");
    let mut reply = vec![0; usize::from(len)];
    stream.read_exact(&mut reply).await.expect("a reply");
    assert_eq!(reply[..2], [0, 1]);
    assert_eq!(read_reply(&mut stream).await, 2);
}

#[tokio::test]
async fn tcp_closes_on_a_frame_that_is_no_query_after_answering_those_before_it() {
    let (server, _run) = Server::start(&settings());
    let mut stream = server.connect().await;
    let all = [frames(1..3), frame(&[0; 11]), frames(3..4)].concat();
    stream.write_all(&all).await.expect("sent");
    assert_eq!(refused_all(&read_to_end(&mut stream).await), [1, 2]);
}

#[tokio::test(start_paused = true)]
async fn tcp_cuts_a_client_that_says_nothing() {
    let (server, _run) = Server::start(&settings());
    let start = Instant::now();
    let mut stream = server.connect().await;
    assert!(read_to_end(&mut stream).await.is_empty());
    let elapsed = start.elapsed().as_secs();
    assert!((10..=20).contains(&elapsed), "{elapsed} s");
}

#[tokio::test(start_paused = true)]
async fn tcp_cuts_a_client_that_feeds_a_frame_slowly() {
    let (server, _run) = Server::start(&settings());
    let (mut reader, mut writer) = server.connect().await.into_split();
    let start = Instant::now();
    let dripping = tokio::spawn(async move {
        // Thirty octets, one every three seconds: never idle for ten, and not whole for ninety.
        for octet in frames(1..2) {
            if writer.write_all(&[octet]).await.is_err() {
                break;
            }
            sleep(Duration::from_secs(3)).await;
        }
    });
    let mut octets = Vec::new();
    let _ = reader.read_to_end(&mut octets).await;
    dripping.abort();
    assert!(octets.is_empty());
    let elapsed = start.elapsed().as_secs();
    assert!((10..=23).contains(&elapsed), "{elapsed} s");
}

#[tokio::test(start_paused = true)]
async fn tcp_keeps_a_client_that_asks_now_and_then() {
    let (server, _run) = Server::start(&settings());
    let mut stream = net::TcpStream::connect(server.tcp).expect("the listener accepts");
    for id in 0..5 {
        // Time stands still while a blocking task runs.
        stream = spawn_blocking(move || {
            stream.write_all(&frames(id..id + 1)).expect("sent");
            let mut reply = vec![0; frames(id..id + 1).len()];
            stream.read_exact(&mut reply).expect("a reply");
            assert_eq!(refused(&reply[2..]), id);
            stream
        })
        .await
        .expect("a client");
        advance(Duration::from_secs(8)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn tcp_cuts_a_client_that_does_not_read() {
    let (server, _run) = Server::start(&settings());
    let mut stream = server.connect().await;
    let start = Instant::now();
    let chunk = frames(0..1000);
    while stream.write_all(&chunk).await.is_ok() {}
    let elapsed = start.elapsed().as_secs();
    assert!((3..=40).contains(&elapsed), "{elapsed} s");
    assert_eq!(server.counters[1].connections.unread.load(Relaxed), 1);
}

/// Whether a new connection is served, rather than closed at once.
async fn is_served(server: &Server) -> Option<TcpStream> {
    let mut stream = server.connect().await;
    // A refused client may see the end already while it writes.
    stream.write_all(&frames(1..2)).await.ok()?;
    stream.read_u16().await.ok()?;
    Some(stream)
}

async fn limited(connections: usize, connections_per_client: usize) {
    let tcp_limits = TcpLimits { connections, connections_per_client, ..TcpLimits::default() };
    let (server, _run) = Server::start(&Settings { tcp_limits, ..settings() });
    let mut first = is_served(&server).await.expect("within the limit");
    sleep(Duration::from_millis(20)).await; // One is idle longer.
    let mut second = is_served(&server).await.expect("within the limit");
    let _third = is_served(&server).await.expect("the first one goes for it");
    read_to_end(&mut first).await;
    let numbers = &server.counters[1].connections;
    while numbers.replaced.load(Relaxed) < 1 {
        yield_now().await;
    }
    second.write_all(&frames(2..3)).await.expect("it is open");
    second.read_u16().await.expect("a reply");
    assert_eq!([&numbers.accepted, &numbers.refused].map(|it| it.load(Relaxed)), [3, 0]);
}

#[tokio::test]
async fn tcp_connections_are_limited_in_total() {
    limited(2, 64).await;
}

#[tokio::test]
async fn tcp_connections_are_limited_by_client() {
    limited(1024, 2).await;
}

#[tokio::test]
async fn tcp_answers_what_has_arrived_before_it_ends() {
    let (server, run) = Server::bind(&settings());
    // Both wait to be accepted, with whole frames; one has half a frame more.
    let mut whole = net::TcpStream::connect(server.tcp).expect("room in the backlog");
    whole.write_all(&frames(0..2000)).expect("sent");
    let mut half = net::TcpStream::connect(server.tcp).expect("room in the backlog");
    half.write_all(&frames(0..3)[..80]).expect("sent");
    server.stop.cancel();
    run.await.expect("a clean end");

    let mut replies = Vec::new();
    whole.read_to_end(&mut replies).expect("replies, then the end");
    assert!(refused_all(&replies).into_iter().eq(0..2000));
    replies.clear();
    half.read_to_end(&mut replies).expect("replies, then the end");
    assert_eq!(refused_all(&replies), [0, 1]);
    assert!(net::TcpStream::connect(server.tcp).is_err(), "nobody listens any more");
}

#[tokio::test]
async fn tcp_connections_that_are_idle_end_at_once() {
    let (server, run) = Server::start(&settings());
    let mut stream = is_served(&server).await.expect("served");
    server.stop.cancel();
    run.await.expect("no panic").expect("a clean end");
    read_to_end(&mut stream).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_does_not_read_can_not_hold_up_the_end() {
    let write = Duration::from_secs(3600);
    let tcp_limits = TcpLimits { stall: write, write, ..TcpLimits::default() };
    let (server, run) = Server::start(&Settings { tcp_limits, ..settings() });
    let mut stream = server.connect().await;
    let chunk = frames(0..1000);
    while let Ok(sent) = timeout(Duration::from_secs(60), stream.write_all(&chunk)).await {
        sent.expect("the server does not close");
    }
    let start = Instant::now();
    server.stop.cancel();
    run.await.expect("no panic").expect("a clean end");
    assert!(start.elapsed() <= Duration::from_secs(3), "{:?}", start.elapsed());
}

#[tokio::test]
async fn a_taken_port_is_an_error_with_a_hint() {
    let (server, _run) = Server::bind(&settings());
    for taken in [
        Settings { udp: vec![server.udp], tcp: Vec::new(), ..settings() },
        Settings { udp: Vec::new(), tcp: vec![server.tcp], ..settings() },
    ] {
        let error = Listeners::bind(&taken).err().expect("taken").to_string();
        assert!(error.starts_with("cannot listen on "), "{error}");
        assert!(error.contains("another program listens there"), "{error}");
    }
}

#[tokio::test]
async fn both_families_are_served() {
    let six = "[::1]:0".parse().expect("an address");
    let Ok(_) = net::UdpSocket::bind(six) else {
        eprintln!("skipped: this host has no IPv6");
        return;
    };
    let (server, _run) = Server::start(&Settings { udp: vec![six], tcp: vec![six], ..settings() });
    let client = UdpSocket::bind(six).await.expect("a socket");
    client.send_to(&query(1), server.udp).await.expect("sent");
    let mut reply = [0; 512];
    let len = client.recv(&mut reply).await.expect("a reply");
    assert_eq!(refused(&reply[..len]), 1);
    assert!(is_served(&server).await.is_some());
}
