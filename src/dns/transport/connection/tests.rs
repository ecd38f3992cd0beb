//! Connections over streams in memory, in virtual time.

use std::net::Ipv4Addr;

use tokio::io::{DuplexStream, ReadHalf, duplex};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use super::*;
use crate::dns::admission::Admission;

const IDLE: Duration = Duration::from_secs(10);
const STALL: Duration = Duration::from_secs(3);
const WRITE: Duration = Duration::from_secs(7);

/// A query for a name that is not ours, with the length octets before it.
fn frame(id: u16) -> Vec<u8> {
    let [high, low] = id.to_be_bytes();
    let header = [high, low, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let message = [&header[..], b"\x01a\x04test\0", &[0, 1, 0, 1]].concat();
    [&(message.len() as u16).to_be_bytes()[..], &message].concat()
}

fn frames(ids: std::ops::Range<u16>) -> Vec<u8> {
    ids.flat_map(frame).collect()
}

/// Clients of one listener, each with an end of a stream.
struct Clients {
    context: Arc<ListenerContext>,
    admission: Arc<Admission>,
    start: Instant,
}

impl Clients {
    fn new() -> Self {
        Self::of(1024)
    }

    /// Of a listener that takes so many connections.
    fn of(connections: usize) -> Self {
        let (idle, stall, write) = (IDLE, STALL, WRITE);
        Self::within(TcpLimits { connections, idle, stall, write, ..TcpLimits::default() })
    }

    fn within(limits: TcpLimits) -> Self {
        let address = (Ipv4Addr::LOCALHOST, 53).into();
        let context = ListenerContext {
            cluster: None,
            snapshot: Arc::default(),
            clock: Clock::start(),
            limits,
            counters: Arc::new(Counters::new(Transport::Tcp, address)),
            responders: Responders::default(),
            stop: CancellationToken::new(),
        };
        let admission = Arc::new(Admission::new(limits));
        Self { context: Arc::new(context), admission, start: Instant::now() }
    }

    /// A client's end of a stream that holds `capacity` octets each way, and what comes of the
    /// server's end.
    async fn connect(&self, capacity: usize) -> (DuplexStream, JoinHandle<io::Result<End>>) {
        let (client, stream) = duplex(capacity);
        let (address, context) = (Ipv4Addr::LOCALHOST.into(), Arc::clone(&self.context));
        let permit = self.admission.admit(address).await.expect("room");
        let mut connection = Connection::new(stream, address, permit, context);
        (client, tokio::spawn(async move { connection.run().await }))
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// The ids of the replies that come until the server closes; each is REFUSED.
async fn replies(client: &mut DuplexStream) -> Vec<u16> {
    let mut octets = Vec::new();
    client.read_to_end(&mut octets).await.expect("a stream that ends");
    let (mut rest, mut ids) = (octets.as_slice(), Vec::new());
    while let Some((reply, after)) = split_frame(rest) {
        assert_eq!(reply[3] & 0x0f, 5, "{reply:?}");
        ids.push(u16::from_be_bytes([reply[0], reply[1]]));
        rest = after;
    }
    assert!(rest.is_empty(), "{rest:?}");
    ids
}

#[test]
fn a_frame_is_whole_or_not_there() {
    assert_eq!(split_frame(&[]), None);
    assert_eq!(split_frame(&[0]), None);
    assert_eq!(split_frame(&[0, 2, 7]), None);
    assert_eq!(split_frame(&[0, 2, 7, 8, 0]), Some((&[7, 8][..], &[0][..])));
    assert_eq!(split_frame(&[0, 0]), Some((&[][..], &[][..])));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_answered_in_order_whatever_pieces_it_comes_in() {
    for capacity in [1, 7, 64, 1 << 20] {
        let (client, ended) = Clients::new().connect(capacity).await;
        let (mut reader, mut writer) = tokio::io::split(client);
        let asking = tokio::spawn(async move {
            writer.write_all(&frames(0..300)).await.expect("the server reads");
        });
        let mut octets = vec![0; frames(0..300).len()];
        reader.read_exact(&mut octets).await.expect("all replies");
        asking.await.expect("all is asked");
        let ids = octets.chunks(frame(0).len()).map(|it| u16::from_be_bytes([it[2], it[3]]));
        assert!(ids.eq(0..300), "{capacity}");
        ended.abort();
    }
}

#[tokio::test(start_paused = true)]
async fn a_frame_that_is_no_query_ends_the_stream_behind_the_replies_before_it() {
    let (mut client, ended) = Clients::new().connect(1 << 16).await;
    let octets = [frames(0..3), vec![0, 3, 1, 2, 3], frames(4..5)].concat();
    client.write_all(&octets).await.expect("room");
    assert_eq!(replies(&mut client).await, [0, 1, 2]);
    assert_eq!(ended.await.expect("no panic").expect("a clean end"), End::Done);
}

#[tokio::test(start_paused = true)]
async fn time_is_given_by_whole_queries_and_not_by_octets() {
    let clients = Clients::new();
    let (mut client, ended) = clients.connect(1 << 16).await;
    for id in 0..3 {
        client.write_all(&frame(id)).await.expect("room");
        sleep(IDLE - Duration::from_secs(1)).await;
    }
    let begun = clients.elapsed();
    for octet in frame(3) {
        if client.write_all(&[octet]).await.is_err() {
            break;
        }
        sleep(Duration::from_secs(3)).await;
    }
    assert_eq!(ended.await.expect("no panic").expect("a clean end"), End::Idle);
    assert_eq!(replies(&mut client).await, [0, 1, 2]);
    assert_eq!(begun, Duration::from_secs(27));
    assert!(clients.elapsed() - begun < IDLE + Duration::from_secs(3));
}

/// How a connection ended.
async fn end(ended: JoinHandle<io::Result<End>>) -> End {
    ended.await.expect("no panic").expect("no error")
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_nothing_is_given_up() {
    let clients = Clients::new();
    let (mut client, ended) = clients.connect(64).await;
    client.write_all(&frames(0..5)).await.expect("the server reads");
    assert_eq!((end(ended).await, clients.elapsed()), (End::Unread, STALL));
}

/// A client that asks, whether anybody reads it or not, and what it reads from.
fn asks(client: DuplexStream, ids: std::ops::Range<u16>) -> ReadHalf<DuplexStream> {
    let (reader, mut writer) = tokio::io::split(client);
    tokio::spawn(async move {
        _ = writer.write_all(&frames(ids)).await;
        sleep(WRITE * 10).await;
    });
    reader
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_slowly_has_its_time() {
    let clients = Clients::new();
    let (client, ended) = clients.connect(64).await;
    let mut client = asks(client, 0..10);
    let asked = frames(0..10);
    let mut octets = Vec::new();
    while octets.len() < asked.len() {
        sleep(STALL / 2).await;
        let mut some = [0; 64];
        let count = client.read(&mut some).await.expect("some replies");
        octets.extend_from_slice(&some[..count]);
    }
    let ids = octets.chunks(frame(0).len()).map(|it| u16::from_be_bytes([it[2], it[3]]));
    assert!(ids.eq(0..10));
    assert_eq!(end(ended).await, End::Idle);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_reads_octet_by_octet_has_its_time_and_no_more() {
    let clients = Clients::new();
    let (client, ended) = clients.connect(64).await;
    let mut client = asks(client, 0..10);
    while !ended.is_finished() {
        _ = client.read_u8().await;
        sleep(STALL / 3).await;
    }
    assert_eq!(end(ended).await, End::Unread);
    assert!((WRITE..=WRITE + STALL).contains(&clients.elapsed()), "{:?}", clients.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_connection_goes_when_another_one_needs_its_place() {
    // So long that nothing ends by itself, in a full table neither.
    let (idle, stall, write) = (IDLE * 10, IDLE * 10, IDLE * 10);
    let clients =
        Clients::within(TcpLimits { connections: 3, idle, stall, write, ..TcpLimits::default() });
    let (mut idle, idle_ended) = clients.connect(1 << 16).await;
    idle.write_all(&frames(0..1)).await.expect("room");
    sleep(Duration::from_millis(1)).await;
    let (mut unread, unread_ended) = clients.connect(64).await;
    unread.write_all(&frames(0..5)).await.expect("the server reads");
    // Now and then, but less long ago.
    let (mut asking, asking_ended) = clients.connect(1 << 16).await;
    sleep(STALL / 5).await;
    asking.write_all(&frames(0..1)).await.expect("room");
    sleep(STALL / 5).await;
    let (_first, _) = clients.connect(64).await;
    assert_eq!(end(idle_ended).await, End::Replaced);
    assert_eq!(replies(&mut idle).await, [0]);
    let (_second, _) = clients.connect(64).await;
    assert_eq!(end(unread_ended).await, End::Replaced);
    assert!(!asking_ended.is_finished());
}

#[tokio::test(start_paused = true)]
async fn the_fuller_the_table_the_sooner_an_idle_connection_ends() {
    let clients = Clients::of(4);
    let (_early, ended) = clients.connect(64).await;
    sleep(IDLE / 2).await;
    // Three of four: half of the second half.
    let (_second, _) = clients.connect(64).await;
    let (_third, _) = clients.connect(64).await;
    assert_eq!(end(ended).await, End::Idle);
    let expected = IDLE - (IDLE - IDLE / 10) / 2;
    assert!((expected..=expected + LOOK).contains(&clients.elapsed()), "{:?}", clients.elapsed());
}

/// The time-out, in tenths of a second, that a client is told who asks for it.
async fn told_idle(client: &mut DuplexStream) -> u16 {
    let option = b"\0\0\x29\x04\xd0\0\0\0\0\0\x04\0\x0b\0\0";
    let mut asking = [&frame(7)[..], option].concat();
    asking[1] += option.len() as u8;
    asking[13] = 1;
    client.write_all(&asking).await.expect("room");
    let length = client.read_u16().await.expect("a reply");
    let mut reply = vec![0; length.into()];
    client.read_exact(&mut reply).await.expect("a reply");
    let (_, [0, 11, 0, 2, high, low]) = reply.split_last_chunk().expect("an option") else {
        panic!("{reply:?}")
    };
    u16::from_be_bytes([*high, *low])
}

#[tokio::test(start_paused = true)]
async fn the_time_out_is_told_that_holds_now() {
    let clients = Clients::of(4);
    let (mut client, _) = clients.connect(1 << 16).await;
    assert_eq!(told_idle(&mut client).await, 100);
    let (_second, _) = clients.connect(64).await;
    let (_third, _) = clients.connect(64).await;
    assert_eq!(told_idle(&mut client).await, 55);
    let (_fourth, _) = clients.connect(64).await;
    assert_eq!(told_idle(&mut client).await, 0);
}

#[tokio::test(start_paused = true)]
async fn when_the_server_stops_what_has_arrived_is_answered_and_a_first_query_is_waited_for() {
    let clients = Clients::new();
    let (mut asked, asked_ended) = clients.connect(1 << 16).await;
    asked.write_all(&frames(0..2)).await.expect("room");
    sleep(Duration::from_secs(1)).await;
    let (mut new, new_ended) = clients.connect(1 << 16).await;
    let (mut silent, silent_ended) = clients.connect(1 << 16).await;
    asked.write_all(&frames(2..2000)[..40_000]).await.expect("room");
    clients.context.stop.cancel();
    let stopped = Instant::now();

    let whole = 2 + (40_000 / frame(0).len()) as u16;
    assert!(replies(&mut asked).await.into_iter().eq(0..whole));
    asked_ended.await.expect("no panic").expect("a clean end");
    assert_eq!(stopped.elapsed(), ARRIVED);

    sleep(FIRST - ARRIVED * 2).await;
    new.write_all(&frame(7)).await.expect("room");
    assert_eq!(replies(&mut new).await, [7]);
    new_ended.await.expect("no panic").expect("a clean end");
    assert_eq!(stopped.elapsed(), FIRST);

    assert!(replies(&mut silent).await.is_empty());
    silent_ended.await.expect("no panic").expect("a clean end");
    assert_eq!(stopped.elapsed(), FIRST);
}
