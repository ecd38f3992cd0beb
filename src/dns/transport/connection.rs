//! One connection: frames in, frames out, in order (RFC 7766, section 8).
//!
//! In: a stream of octets, in any pieces, and who is at its other end. Out: the replies to all frames
//! that are whole, written together. Does not know what is in a frame, what carries the stream (TCP,
//! TLS, a unix socket), nor how connections are admitted.
//!
//! What a connection holds is bounded: one frame in, and some replies out. A client that does not
//! read its replies is not read from either, and given up when it reads none of them for a while.

use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::task::yield_now;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::dns::admission::Permit;
use crate::dns::counters::{BatchTally, Counters};
use crate::dns::limits::TcpLimits;
use crate::dns::responder::{Batch, Packet, Responders};

/// Room for reading: some dozens of queries. A longer frame gets more while it lasts.
const READ: usize = 4096;

/// Replies that are collected before they are written. One more may follow, of 64 KiB at most.
const COALESCED: usize = 16 * 1024;

/// How often a connection that waits looks how full the table has become.
const LOOK: Duration = Duration::from_secs(1);

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
    // Before the permit: who waits for its place is let in when this is closed.
    stream: S,
    permit: Permit,
    client: IpAddr,
    listener: Arc<ListenerContext>,
    input: Vec<u8>,
    output: Vec<u8>,
    /// Whether a query of it was answered.
    is_asked: bool,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::dns) enum End {
    /// The client left or does not speak DNS, or the server stops.
    Done,
    /// No query came in time, or not the whole of one.
    Idle,
    /// The client does not read its replies.
    Unread,
    /// Another one came for which there was no room.
    Replaced,
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
    /// Nothing: what is there is not sent.
    Drop(End),
}

/// What came of the frames that were there.
struct Round {
    /// How many were whole.
    frames: u64,
    next: Next,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Connection<S> {
    pub(in crate::dns) fn new(
        stream: S,
        client: IpAddr,
        permit: Permit,
        listener: Arc<ListenerContext>,
    ) -> Self {
        let (input, output) = (Vec::new(), Vec::new());
        Self { stream, permit, client, listener, input, output, is_asked: false }
    }

    /// What carries it.
    pub(in crate::dns) fn stream(&self) -> &S {
        &self.stream
    }

    /// Serves the client until it leaves, is too slow, breaks the protocol, has to make room, or the
    /// server stops. The stream is left as it is then.
    pub(in crate::dns) async fn run(&mut self) -> io::Result<End> {
        let (stop, leave) = (self.listener.stop.clone(), self.permit.leave());
        let (mut stopped, mut called) = (pin!(stop.cancelled()), pin!(leave.cancelled()));
        let mut since = Instant::now();
        let mut looked = since;
        loop {
            self.make_room();
            let was_idle = self.input.is_empty();
            let end = (since + self.permit.occupancy().idle()).min(looked + LOOK);
            let read = tokio::select! {
                biased;
                () = &mut stopped => return self.finish().await,
                () = &mut called => return Ok(End::Replaced),
                read = timeout_at(end, self.stream.read_buf(&mut self.input)) => read,
            };
            let Ok(read) = read else {
                looked = Instant::now();
                if looked >= since + self.permit.occupancy().idle() {
                    return Ok(End::Idle);
                }
                continue;
            };
            if read? == 0 {
                return Ok(End::Done);
            }
            let has_more = self.input.len() == self.input.capacity();
            let Round { frames, next } = self.answer_all().await?;
            match next {
                Next::Close => return self.close().await,
                Next::Drop(end) => return Ok(end),
                Next::Read | Next::Write => {}
            }
            looked = Instant::now();
            // Octets alone do not extend the time: a frame that is fed slowly ends the connection.
            if frames > 0 || was_idle {
                since = looked;
            }
            self.note(frames, looked);
            if has_more {
                // Who asks without end takes turns with others, those that ask over UDP among them.
                yield_now().await;
            }
        }
    }

    /// Notes for the table what has been answered by `now`, and whether more has begun to come.
    fn note(&self, frames: u64, now: Instant) {
        if frames > 0 {
            self.permit.note_asked(now);
        }
        if !self.input.is_empty() {
            self.permit.note_busy(now);
        }
    }

    /// Answers what has arrived, without waiting for more, and closes. A client that has only just
    /// connected has not had the time to ask: for its first query a moment is waited.
    async fn finish(&mut self) -> io::Result<End> {
        let first = Instant::now() + FIRST;
        loop {
            self.make_room();
            let end = if self.is_asked { Instant::now() + ARRIVED } else { first };
            let read = timeout_at(end, self.stream.read_buf(&mut self.input)).await;
            let has_more = match read {
                Ok(read) => read? > 0,
                Err(_) => false,
            };
            if !has_more {
                return self.close().await;
            }
            match self.answer_all().await?.next {
                Next::Close => return self.close().await,
                Next::Drop(end) => return Ok(end),
                Next::Read | Next::Write => {}
            }
        }
    }

    /// Tells the client that nothing more comes. A stream may have to write for that.
    async fn close(&mut self) -> io::Result<End> {
        timeout(self.listener.limits.write, self.stream.shutdown()).await??;
        Ok(End::Done)
    }

    /// Answers every whole frame and writes the replies.
    async fn answer_all(&mut self) -> io::Result<Round> {
        let mut total = 0;
        loop {
            let Round { frames, next } = self.answer_some();
            total += frames;
            if let Some(end) = self.write().await? {
                return Ok(Round { frames: total, next: Next::Drop(end) });
            }
            if next != Next::Write {
                self.is_asked |= total > 0;
                return Ok(Round { frames: total, next });
            }
        }
    }

    /// Writes the replies. Why the client is given up, if it is: one that reads nothing for a while, or
    /// not all in time, is not waited for.
    async fn write(&mut self) -> io::Result<Option<End>> {
        let Self { stream, output, permit, listener, .. } = self;
        if output.is_empty() {
            return Ok(None);
        }
        let mut moved = Instant::now();
        let (last, mut left) = (moved + listener.limits.write, output.as_slice());
        while !left.is_empty() {
            tokio::select! {
                biased;
                written = stream.write(left) => match written? {
                    0 => return Err(io::ErrorKind::WriteZero.into()),
                    count => left = &left[count..],
                },
                end = unread(permit, last.min(moved + permit.occupancy().stall())) => {
                    return Ok(Some(end));
                }
            }
            if !left.is_empty() {
                moved = Instant::now();
            }
        }
        let Ok(flushed) = timeout_at(last, stream.flush()).await else {
            return Ok(Some(End::Unread));
        };
        flushed?;
        output.clear();
        output.shrink_to(READ);
        Ok(None)
    }

    /// Answers whole frames into the output, while it has room.
    fn answer_some(&mut self) -> Round {
        let Self { client, permit, listener, input, output, .. } = self;
        let snapshot = listener.snapshot.load();
        let occupancy = permit.occupancy();
        let is_ending = occupancy.is_full() || listener.stop.is_cancelled();
        let mut batch = Batch {
            snapshot: &snapshot,
            transport: Transport::Tcp,
            now: listener.clock.now(),
            idle: if is_ending { Duration::ZERO } else { occupancy.idle() },
            listener: listener.cluster.as_ref(),
            tally: BatchTally::default(),
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
        listener.counters.measure(&batch.tally, batch.now, || listener.clock.now());
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

/// Why a client that does not read now is not waited for any more: at `end`, or when it has to make room.
async fn unread(permit: &Permit, end: Instant) -> End {
    permit.note_busy(Instant::now());
    match timeout_at(end, permit.leave().cancelled()).await {
        Ok(()) => End::Replaced,
        Err(_) => End::Unread,
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
mod tests;
