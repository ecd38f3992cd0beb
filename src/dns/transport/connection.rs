//! One connection: frames in, frames out, in order (RFC 7766, section 8).
//!
//! In: a stream of octets, in any pieces, and who is at its other end. Out: the replies to all frames
//! that are whole, written together. Does not know what is in a frame, what carries the stream (TCP,
//! TLS, a unix socket), nor how connections are admitted.
//!
//! What a connection holds is bounded: one frame in, and some replies out. A client that does not
//! read its replies is not read from either.

use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::dns::counters::{Counters, Tally};
use crate::dns::limits::TcpLimits;
use crate::dns::responder::{Batch, Packet, Responders};

/// Room for reading: some dozens of queries. A longer frame gets more while it lasts.
const READ: usize = 4096;

/// Replies that are collected before they are written. One more may follow, of 64 KiB at most.
const COALESCED: usize = 32 * 1024;

/// How long a connection that has not been asked anything may take when the server stops.
const FIRST: Duration = Duration::from_millis(300);

/// How long what has arrived at the host may take to reach a connection when the server stops: the
/// runtime looks at all sockets before it looks at the time, but hears of a thousand at once at most.
const ARRIVED: Duration = Duration::from_millis(50);

/// What all connections of a listener share.
pub(in crate::dns) struct ListenerContext {
    /// The cluster whose own listener it is.
    pub(in crate::dns) cluster: Option<Label>,
    pub(in crate::dns) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(in crate::dns) clock: Clock,
    pub(in crate::dns) limits: TcpLimits,
    pub(in crate::dns) counters: Arc<Counters>,
    pub(in crate::dns) responders: Responders,
    pub(in crate::dns) stop: CancellationToken,
}

/// One connection over a stream.
pub(in crate::dns) struct Connection<S> {
    stream: S,
    client: IpAddr,
    listener: Arc<ListenerContext>,
    input: Vec<u8>,
    output: Vec<u8>,
    /// Whether a query of it was answered.
    is_asked: bool,
}

/// What is to be done next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Next {
    /// Nothing whole is left: read.
    Read,
    /// Write, for more whole frames wait.
    Write,
    /// The client does not speak DNS.
    Close,
}

/// What came of the frames that were there.
struct Round {
    /// How many were whole.
    frames: u64,
    next: Next,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(in crate::dns) fn new(stream: S, client: IpAddr, listener: Arc<ListenerContext>) -> Self {
        let (input, output) = (Vec::new(), Vec::new());
        Self { stream, client, listener, input, output, is_asked: false }
    }

    /// Serves the client until it leaves, is too slow, breaks the protocol, or the server stops.
    pub(in crate::dns) async fn run(mut self) -> io::Result<()> {
        let listener = Arc::clone(&self.listener);
        let mut stopped = pin!(listener.stop.cancelled());
        let mut deadline = Instant::now() + listener.limits.idle;
        loop {
            self.make_room();
            let was_idle = self.input.is_empty();
            let read = tokio::select! {
                biased;
                () = &mut stopped => return self.finish().await,
                read = timeout_at(deadline, self.stream.read_buf(&mut self.input)) => read,
            };
            // Octets alone do not extend the time: a frame that is fed slowly ends the connection.
            let Ok(read) = read else { return Ok(()) };
            if read? == 0 {
                return Ok(());
            }
            let Round { frames, next } = self.answer_all().await?;
            if next == Next::Close {
                return self.close().await;
            }
            if frames > 0 || was_idle {
                deadline = Instant::now() + listener.limits.idle;
            }
        }
    }

    /// Answers what has arrived, without waiting for more, and closes. A client that has only just
    /// connected has not had the time to ask: for its first query a moment is waited.
    async fn finish(mut self) -> io::Result<()> {
        let first = Instant::now() + FIRST;
        loop {
            self.make_room();
            let end = if self.is_asked { Instant::now() + ARRIVED } else { first };
            let read = timeout_at(end, self.stream.read_buf(&mut self.input)).await;
            let has_more = match read {
                Ok(read) => read? > 0,
                Err(_) => false,
            };
            if !has_more || self.answer_all().await?.next == Next::Close {
                return self.close().await;
            }
        }
    }

    /// Tells the client that nothing more comes. A stream may have to write for that.
    async fn close(mut self) -> io::Result<()> {
        timeout(self.listener.limits.write, self.stream.shutdown()).await?
    }

    /// Answers every whole frame and writes the replies.
    async fn answer_all(&mut self) -> io::Result<Round> {
        let mut total = 0;
        loop {
            let Round { frames, next } = self.answer_some();
            total += frames;
            if !self.output.is_empty() {
                let Self { stream, output, listener, .. } = self;
                let write = async {
                    stream.write_all(output).await?;
                    stream.flush().await
                };
                timeout(listener.limits.write, write).await??;
                self.output.clear();
                self.output.shrink_to(READ);
            }
            if next != Next::Write {
                self.is_asked |= total > 0;
                return Ok(Round { frames: total, next });
            }
        }
    }

    /// Answers whole frames into the output, while it has room.
    fn answer_some(&mut self) -> Round {
        let Self { client, listener, input, output, .. } = self;
        let snapshot = listener.snapshot.load();
        let mut batch = Batch {
            snapshot: &snapshot,
            transport: Transport::Tcp,
            now: listener.clock.now(),
            listener: listener.cluster.as_ref(),
            tally: Tally::default(),
        };
        let mut rest = input.as_slice();
        let next = listener.responders.with(|responder| {
            loop {
                let Some((frame, after)) = split_frame(rest) else { break Next::Read };
                if output.len() >= COALESCED {
                    break Next::Write;
                }
                rest = after;
                let packet = Packet { octets: frame, client: *client };
                let Some(reply) = responder.answer(&mut batch, packet) else { break Next::Close };
                // A reply is bounded by what the length octets can say.
                output.extend_from_slice(&(reply.len() as u16).to_be_bytes());
                output.extend_from_slice(reply);
            }
        });
        let used = input.len() - rest.len();
        input.drain(..used);
        listener.counters.add_shared(&batch.tally);
        Round { frames: batch.tally.requests, next }
    }

    /// Makes room for what is to be read next: the rest of a frame that has begun, or queries.
    fn make_room(&mut self) {
        let frame = frame_len(&self.input).map_or(0, |len| 2 + len);
        if frame < READ {
            self.input.shrink_to(READ);
        }
        self.input.reserve_exact(frame.max(READ) - self.input.len());
    }
}

/// The length that the frame at the front says it has.
fn frame_len(octets: &[u8]) -> Option<usize> {
    let prefix = octets.first_chunk::<2>()?;
    Some(usize::from(u16::from_be_bytes(*prefix)))
}

/// The message at the front, without its length octets, and what follows it.
fn split_frame(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let len = frame_len(octets)?;
    octets[2..].split_at_checked(len)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::io::{DuplexStream, duplex};
    use tokio::task::JoinHandle;
    use tokio::time::sleep;

    use super::*;

    const IDLE: Duration = Duration::from_secs(10);
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
        start: Instant,
    }

    impl Clients {
        fn new() -> Self {
            let limits = TcpLimits { idle: IDLE, write: WRITE, ..TcpLimits::default() };
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
            Self { context: Arc::new(context), start: Instant::now() }
        }

        /// A client's end of a stream that holds `capacity` octets each way, and what comes of the
        /// server's end.
        fn connect(&self, capacity: usize) -> (DuplexStream, JoinHandle<io::Result<()>>) {
            let (client, stream) = duplex(capacity);
            let context = Arc::clone(&self.context);
            let connection = Connection::new(stream, Ipv4Addr::LOCALHOST.into(), context);
            (client, tokio::spawn(connection.run()))
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
            let (client, ended) = Clients::new().connect(capacity);
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
        let (mut client, ended) = Clients::new().connect(1 << 16);
        let octets = [frames(0..3), vec![0, 3, 1, 2, 3], frames(4..5)].concat();
        client.write_all(&octets).await.expect("room");
        assert_eq!(replies(&mut client).await, [0, 1, 2]);
        ended.await.expect("no panic").expect("a clean end");
    }

    #[tokio::test(start_paused = true)]
    async fn time_is_given_by_whole_queries_and_not_by_octets() {
        let clients = Clients::new();
        let (mut client, ended) = clients.connect(1 << 16);
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
        ended.await.expect("no panic").expect("a clean end");
        assert_eq!(replies(&mut client).await, [0, 1, 2]);
        assert_eq!(begun, Duration::from_secs(27));
        assert!(clients.elapsed() - begun < IDLE + Duration::from_secs(3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_has_its_time_to_read_and_no_more() {
        let clients = Clients::new();
        let (mut client, ended) = clients.connect(64);
        client.write_all(&frames(0..5)).await.expect("the server reads");
        let error = ended.await.expect("no panic").expect_err("nobody reads the replies");
        assert_eq!((error.kind(), clients.elapsed()), (io::ErrorKind::TimedOut, WRITE));
    }

    #[tokio::test(start_paused = true)]
    async fn when_the_server_stops_what_has_arrived_is_answered_and_a_first_query_is_waited_for() {
        let clients = Clients::new();
        let (mut asked, asked_ended) = clients.connect(1 << 16);
        asked.write_all(&frames(0..2)).await.expect("room");
        sleep(Duration::from_secs(1)).await;
        let (mut new, new_ended) = clients.connect(1 << 16);
        let (mut silent, silent_ended) = clients.connect(1 << 16);
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
}
