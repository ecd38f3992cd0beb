//! A UDP worker in a task, which takes datagrams one by one: for systems that can not do better.
//!
//! In: datagrams. Out: replies. All that has arrived is answered from one snapshot, before others get their
//! turn. Does not know what is in them.

use std::io;
use std::pin::pin;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::{DRAIN, PAUSE, Source, UNDER_WAY, UdpWorker, is_too_large};
use crate::dns::Bound;
use crate::dns::counters::BatchTally;
use crate::dns::responder::{Batch, MESSAGE, Packet, Responder};
use crate::dns::transport::datagram::{DatagramSocket, Received};

/// Packets taken together and answered from one snapshot, before others get their turn.
const BATCH: usize = 64;

/// Room for the packets of a batch, octets: all of them where they are as long as packets mostly are,
/// and fewer where they are longer. Each may be as long as any message.
const ROOM: usize = 2 * MESSAGE;

/// How a batch ended.
enum Drained {
    /// Nothing more is there.
    Empty,
    /// More may have arrived.
    More,
}

/// Answers until `stop`, and then what has arrived.
pub(super) async fn run(
    worker: UdpWorker,
    source: Source,
    stop: CancellationToken,
) -> io::Result<()> {
    let UdpWorker { bound, socket, .. } = &worker;
    // The same socket again, to be awaited. What the runtime believes about readiness may lag
    // behind: it would withhold replies, and hide what has arrived when the worker is to stop.
    let awaited = tokio::net::UdpSocket::from_std(socket.try_clone()?)?;
    let mut work = RunningWorker {
        worker: &worker,
        socket: DatagramSocket::new(socket, bound.address),
        source,
        responder: Responder::new(),
        received: Vec::with_capacity(BATCH),
        packets: vec![0; ROOM].into_boxed_slice(),
        too_large: Vec::with_capacity(BATCH),
    };
    let mut stopped = pin!(stop.cancelled());
    loop {
        tokio::select! {
            biased;
            () = &mut stopped => break,
            ready = awaited.readable() => ready?,
        }
        let receive = |socket: &mut DatagramSocket<'_>, packet: &mut [u8]| {
            awaited.try_io(Interest::READABLE, || socket.receive(packet))
        };
        match work.batch(receive) {
            Ok(Drained::Empty) => {}
            Ok(Drained::More) => tokio::task::yield_now().await,
            Err(error) => {
                tracing::warn!(%error, "cannot receive on {bound}; trying again");
                sleep(PAUSE).await;
            }
        }
    }
    let end = Instant::now() + DRAIN;
    work.drain(end).await?;
    worker.leave();
    sleep(UNDER_WAY).await;
    work.drain(end).await
}

/// A worker that runs.
struct RunningWorker<'w> {
    worker: &'w UdpWorker,
    socket: DatagramSocket<'w>,
    source: Source,
    responder: Responder,
    received: Vec<Taken>,
    packets: Box<[u8]>,
    /// Those whose replies are larger than what the network takes whole.
    too_large: Vec<usize>,
}

/// A datagram that was taken from the socket.
struct Taken {
    received: Received,
    /// Where its octets start in `packets`.
    start: usize,
}

impl<'w> RunningWorker<'w> {
    /// Answers all that has arrived, until `end` at the latest.
    async fn drain(&mut self, end: Instant) -> io::Result<()> {
        while let Drained::More = self.batch(DatagramSocket::receive)? {
            if Instant::now() >= end {
                break;
            }
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Answers some packets that `receive` takes from the socket.
    fn batch(
        &mut self,
        receive: impl Fn(&mut DatagramSocket<'w>, &mut [u8]) -> io::Result<Received>,
    ) -> io::Result<Drained> {
        let drained = self.receive(receive);
        let Source { snapshot, clock } = self.source.clone();
        let snapshot = snapshot.load();
        let Bound { transport, cluster, .. } = &self.worker.bound;
        let mut batch = Batch {
            snapshot: &snapshot,
            transport: *transport,
            now: clock.now(),
            idle: Duration::ZERO,
            listener: cluster.as_ref(),
            tally: BatchTally::default(),
        };
        self.answer(&mut batch);
        self.worker.counters.add(&batch.tally);
        self.worker.counters.measure(&batch.tally, batch.now, || clock.now());
        drained
    }

    /// Takes what has arrived, or as much of it as there is room for.
    fn receive(
        &mut self,
        receive: impl Fn(&mut DatagramSocket<'w>, &mut [u8]) -> io::Result<Received>,
    ) -> io::Result<Drained> {
        self.received.clear();
        let mut at = 0;
        while self.received.len() < BATCH && at + MESSAGE <= self.packets.len() {
            let room = &mut self.packets[at..at + MESSAGE];
            match receive(&mut self.socket, room) {
                Ok(received) => {
                    let start = at;
                    at += received.len;
                    self.received.push(Taken { received, start });
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok(Drained::Empty);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Drained::More)
    }

    /// Answers what was taken, all from one snapshot.
    fn answer(&mut self, batch: &mut Batch<'_>) {
        let Self { socket, received, packets, responder, too_large, .. } = self;
        let packet = |taken: &Taken| Packet {
            octets: &packets[taken.start..][..taken.received.len],
            client: taken.received.client.ip(),
        };
        let mut left = received.as_slice();
        while !left.is_empty() {
            let replies = responder.answer_all(batch, left.iter().map(packet));
            let (answered, rest) = left.split_at(replies.len());
            let both = answered.iter().zip(replies.iter()).enumerate();
            for (number, (Taken { received, .. }, reply)) in both {
                if !reply.is_answered() {
                    continue;
                }
                match socket.reply(received, reply.octets) {
                    Ok(()) => {}
                    Err(error) if is_too_large(&error) => too_large.push(number),
                    // A reply that the socket will not take now is lost, as any datagram may be: to wait
                    // for one client would be to stop for all. The client asks again.
                    Err(error) => {
                        tracing::debug!(client = %received.client, %error, "a reply was not sent");
                        batch.tally.unsent += 1;
                    }
                }
            }
            for number in too_large.drain(..) {
                let taken = &answered[number];
                let short = responder.shorten(batch, packet(taken));
                let is_sent = short.is_none_or(|it| socket.reply(&taken.received, it).is_ok());
                batch.tally.unsent += u64::from(!is_sent);
            }
            left = rest;
        }
    }
}
