//! One TCP connection: frames in, frames out, in order.
//!
//! In: octets as they come, in any pieces. Out: the replies to all frames that are whole, written
//! together. Does not know what is in a frame, nor how connections are admitted.
//!
//! What a connection holds is bounded: one frame in, and some replies out. A client that does not
//! read its replies is not read from either.

use std::io::{self, Read};
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use socket2::SockRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::counters::{Counters, Tally};
use super::desk::{Batch, Desk, Desks};
use super::limits::TcpLimits;
use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;

/// Room for reading: some dozens of queries. A longer frame gets more while it lasts.
const READ: usize = 4096;

/// Replies that are collected before they are written. One more may follow, of 64 KiB at most.
const COALESCED: usize = 32 * 1024;

/// What all connections of a listener share.
pub(super) struct Service {
    /// The cluster whose own listener it is.
    pub(super) cluster: Option<Label>,
    pub(super) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(super) clock: Clock,
    pub(super) limits: TcpLimits,
    pub(super) counters: Arc<Counters>,
    pub(super) desks: Desks,
    pub(super) stop: CancellationToken,
}

/// How long a connection that has not been asked anything may take when the server stops.
const FIRST: Duration = Duration::from_millis(300);

/// One connection.
pub(super) struct Connection {
    stream: TcpStream,
    client: IpAddr,
    service: Arc<Service>,
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

impl Connection {
    pub(super) fn new(stream: TcpStream, client: IpAddr, service: Arc<Service>) -> Self {
        Self { stream, client, service, input: Vec::new(), output: Vec::new(), is_asked: false }
    }

    /// Serves the client until it leaves, is too slow, breaks the protocol, or the server stops.
    pub(super) async fn run(mut self) -> io::Result<()> {
        let service = Arc::clone(&self.service);
        let mut stopped = pin!(service.stop.cancelled());
        let mut deadline = Instant::now() + service.limits.idle;
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
            let (answered, next) = self.answer_all().await?;
            if next == Next::Close {
                return self.stream.shutdown().await;
            }
            self.is_asked |= answered > 0;
            if answered > 0 || was_idle {
                deadline = Instant::now() + service.limits.idle;
            }
        }
    }

    /// Answers what has arrived, without waiting for more, and closes. A client that has only just
    /// connected has not had the time to ask: for its first query a moment is waited.
    async fn finish(mut self) -> io::Result<()> {
        let end = Instant::now() + FIRST;
        loop {
            let arrived = self.read_arrived()?;
            let (answered, next) = self.answer_all().await?;
            self.is_asked |= answered > 0;
            if next == Next::Close {
                return self.stream.shutdown().await;
            }
            if arrived > 0 {
                continue;
            }
            let may_ask = !self.is_asked
                && matches!(timeout_at(end, self.stream.peek(&mut [0])).await, Ok(Ok(1..)));
            if !may_ask {
                return self.stream.shutdown().await;
            }
        }
    }

    /// Answers every whole frame and writes the replies; says how many frames there were.
    async fn answer_all(&mut self) -> io::Result<(usize, Next)> {
        let mut total = 0;
        loop {
            let (answered, next) = self.answer_some();
            total += answered;
            if !self.output.is_empty() {
                let limit = self.service.limits.write;
                timeout(limit, self.stream.write_all(&self.output)).await??;
                self.output.clear();
                self.output.shrink_to(READ);
            }
            if next != Next::Write {
                return Ok((total, next));
            }
        }
    }

    /// Answers whole frames into the output, while it has room.
    fn answer_some(&mut self) -> (usize, Next) {
        let Self { client, service, input, output, .. } = self;
        let snapshot = service.snapshot.load();
        let mut batch = Batch {
            snapshot: &snapshot,
            transport: Transport::Tcp,
            now: service.clock.now(),
            listener: service.cluster.as_ref(),
            tally: Tally::default(),
        };
        let (used, next) =
            service.desks.with(|desk| answer_frames(desk, (&mut batch, *client), input, output));
        input.drain(..used);
        service.counters.add_shared(&batch.tally);
        (batch.tally.requests as usize, next)
    }

    /// Makes room for what is to be read next: the rest of a frame that has begun, or queries.
    fn make_room(&mut self) {
        let frame = frame_len(&self.input).map_or(0, |len| 2 + len);
        if frame < READ {
            self.input.shrink_to(READ);
        }
        self.input.reserve_exact(frame.max(READ) - self.input.len());
    }

    /// Reads what is there, asking the socket itself: the runtime may not know of it yet.
    fn read_arrived(&mut self) -> io::Result<usize> {
        self.make_room();
        let start = self.input.len();
        self.input.resize(self.input.capacity(), 0);
        let socket = SockRef::from(&self.stream);
        let read = match (&*socket).read(&mut self.input[start..]) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            read => read,
        };
        self.input.truncate(start + *read.as_ref().unwrap_or(&0));
        read
    }
}

/// Answers the whole frames of `input` into `output`; says how many octets they were.
fn answer_frames(
    desk: &mut Desk,
    (batch, client): (&mut Batch<'_>, IpAddr),
    input: &[u8],
    output: &mut Vec<u8>,
) -> (usize, Next) {
    let mut rest = input;
    let next = loop {
        let Some((frame, after)) = split_frame(rest) else { break Next::Read };
        if output.len() >= COALESCED {
            break Next::Write;
        }
        rest = after;
        let Some(reply) = desk.answer(batch, (frame, client)) else { break Next::Close };
        // A reply is bounded by the desk's buffer, which is what the length octets can say.
        output.extend_from_slice(&(reply.len() as u16).to_be_bytes());
        output.extend_from_slice(reply);
    };
    (input.len() - rest.len(), next)
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
    use super::*;

    #[test]
    fn a_frame_is_whole_or_not_there() {
        assert_eq!(split_frame(&[]), None);
        assert_eq!(split_frame(&[0]), None);
        assert_eq!(split_frame(&[0, 2, 7]), None);
        assert_eq!(split_frame(&[0, 2, 7, 8, 0]), Some((&[7, 8][..], &[0][..])));
        assert_eq!(split_frame(&[0, 0]), Some((&[][..], &[][..])));
    }
}
