//! A UDP worker in a thread of its own, which waits for datagrams and takes many of them by one call.
//!
//! In: datagrams. Out: replies, all of a batch by one call. One look at the snapshot, and one at the clock, a
//! batch; none of them while it waits.
//! Does not know what is in them.

use std::io;
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio_util::sync::CancellationToken;

use super::{DRAIN, PAUSE, Source, UNDER_WAY, UdpWorker, is_too_large};
use crate::core::answer::Transport;
use crate::dns::counters::BatchTally;
use crate::dns::responder::{Batch, Packet, Responder};
use crate::dns::transport::batch::{self, SIZE, Wait};
use crate::panics;

/// A worker whose thread can be told to end.
struct Running {
    worker: UdpWorker,
    is_over: AtomicBool,
}

/// Ends the thread, also where whoever waits for it is given up.
struct End(Arc<Running>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Release);
        // It wakes who waits for datagrams. That the socket is not connected is an error, and no hindrance
        // (Linux says so in `inet_shutdown`). What has arrived stays.
        _ = SockRef::from(&self.0.worker.socket).shutdown(Shutdown::Read);
    }
}

/// Answers until `stop`, and then what has arrived.
pub(super) async fn run(
    worker: UdpWorker,
    source: Source,
    stop: CancellationToken,
) -> io::Result<()> {
    worker.socket.set_nonblocking(false)?;
    // Fifteen octets are shown.
    let name = format!("udp-{}", worker.bound.address.port());
    let running = Arc::new(Running { worker, is_over: AtomicBool::new(false) });
    let end = End(Arc::clone(&running));
    let mut thread =
        std::pin::pin!(panics::thread(name, move || Work::new(&running, source).run())?);
    tokio::select! {
        biased;
        () = stop.cancelled() => {}
        ended = &mut thread => return ended,
    }
    drop(end);
    thread.await
}

/// What the thread works with.
struct Work<'w> {
    running: &'w Running,
    source: Source,
    batch: batch::Batch,
    responder: Responder,
}

impl<'w> Work<'w> {
    fn new(running: &'w Running, source: Source) -> Self {
        let is_wildcard = running.worker.bound.address.ip().is_unspecified();
        let batch = batch::Batch::new(is_wildcard);
        Self { running, source, batch, responder: Responder::new() }
    }

    fn run(mut self) -> io::Result<()> {
        let Running { worker, is_over } = self.running;
        while !is_over.load(Ordering::Acquire) {
            match self.batch.receive(&worker.socket, Wait::ForOne) {
                Ok(_) => self.answer(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    tracing::warn!(%error, "cannot receive on {}; trying again", worker.bound);
                    std::thread::sleep(PAUSE);
                }
            }
        }
        let end = Instant::now() + DRAIN;
        self.drain(end)?;
        worker.leave();
        std::thread::sleep(UNDER_WAY);
        self.drain(end)
    }

    /// Answers all that has arrived, until `end` at the latest.
    fn drain(&mut self, end: Instant) -> io::Result<()> {
        while Instant::now() < end {
            match self.batch.receive(&self.running.worker.socket, Wait::Never) {
                Ok(0) => return Ok(()),
                Ok(_) => self.answer(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Answers what was received, all from one snapshot.
    fn answer(&mut self) {
        let Self { running, source, batch, responder } = self;
        let UdpWorker { bound, counters, socket, .. } = &running.worker;
        let snapshot = source.snapshot.load();
        let mut answering = Batch {
            snapshot: &snapshot,
            transport: Transport::Udp,
            now: source.clock.now(),
            idle: Duration::ZERO,
            listener: bound.cluster.as_ref(),
            tally: BatchTally::default(),
        };
        let (mut at, count) = (0, batch.len());
        while at < count {
            let left = batch.datagrams().skip(at);
            let left = left.map(|it| Packet { octets: it.octets, client: it.client.ip() });
            let replies = responder.answer_all(&mut answering, left);
            // Of a client that the system does not name there is no datagram, nor behind it.
            if replies.is_empty() {
                break;
            }
            let mut unsent = Unsent::default();
            let sent = replies.iter().enumerate().filter(|(_, reply)| reply.is_answered());
            let sent = sent.map(|(number, reply)| (at + number, reply.octets));
            batch.reply(socket, sent, |number, error| unsent.add(number, &error));
            at += replies.len();
            answering.tally.unsent += unsent.lost;
            for &number in &unsent.too_large[..unsent.count] {
                let packet = batch.datagrams().nth(number);
                let packet = packet.map(|it| Packet { octets: it.octets, client: it.client.ip() });
                let short = packet.and_then(|packet| responder.shorten(&mut answering, packet));
                let lost = &mut answering.tally.unsent;
                batch.reply(socket, short.map(|it| (number, it)).into_iter(), |_, _| *lost += 1);
            }
        }
        answering.tally.calls = batch.take_calls();
        counters.add(&answering.tally);
        counters.measure(&answering.tally, answering.now, || source.clock.now());
    }
}

/// Replies of a batch that the system did not take.
#[derive(Default)]
struct Unsent {
    /// Those that are larger than what the interface takes whole.
    too_large: [usize; SIZE],
    count: usize,
    /// How many are lost, as any datagram may be: the client asks again.
    lost: u64,
}

impl Unsent {
    fn add(&mut self, number: usize, error: &io::Error) {
        if is_too_large(error) {
            self.too_large[self.count] = number;
            self.count += 1;
        } else {
            tracing::debug!(%error, "a reply was not sent");
            self.lost += 1;
        }
    }
}
