//! One UDP worker: a socket of its own, drained in batches.
//!
//! In: datagrams. Out: a datagram for each that deserves a reply, from the address that was asked.
//! Does not know what is in them.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::io::Interest;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::datagram::{DatagramSocket, Received};
use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::dns::Bound;
use crate::dns::counters::{Counters, Tally};
use crate::dns::responder::{Batch, MESSAGE, Packet, Responder};

/// Packets taken together and answered from one snapshot, before others get their turn.
const BATCH: usize = 64;

/// Room for the packets of a batch, octets: all of them where they are as long as packets mostly are,
/// and fewer where they are longer. Each may be as long as any message.
const ROOM: usize = 2 * MESSAGE;

/// How long what has already arrived may keep a worker from ending.
const DRAIN: Duration = Duration::from_secs(1);

/// How long a packet may take from the choice of its socket to that socket's queue.
const UNDER_WAY: Duration = Duration::from_millis(5);

/// Pause after an error of the socket, which may last.
const PAUSE: Duration = Duration::from_millis(100);

/// One worker, before it runs.
pub(in crate::dns) struct UdpWorker {
    pub(in crate::dns) bound: Bound,
    pub(in crate::dns) counters: Arc<Counters>,
    socket: UdpSocket,
    // The same socket again, to be awaited. What the runtime believes about readiness may lag
    // behind: it would withhold replies, and hide what has arrived when the worker is to stop.
    awaited: tokio::net::UdpSocket,
}

/// Connects a socket to its own address, from which nobody asks: of those that share its port the
/// kernel then chooses another one for every client. What has arrived stays, and replies go where
/// they are sent.
fn leave(socket: &UdpSocket, address: SocketAddr) -> io::Result<()> {
    let own = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    socket.connect((own, address.port()))
}

/// How a batch ended.
enum Drained {
    /// Nothing more is there.
    Empty,
    /// More may have arrived.
    More,
}

impl UdpWorker {
    pub(in crate::dns) fn new(socket: UdpSocket, cluster: Option<Label>) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let bound = Bound { transport: Transport::Udp, address, cluster };
        let counters = Arc::new(Counters::new(bound.transport, bound.address));
        let awaited = tokio::net::UdpSocket::from_std(socket.try_clone()?)?;
        Ok(Self { bound, counters, socket, awaited })
    }

    pub(in crate::dns) async fn run(
        self,
        snapshot: Arc<ArcSwap<Snapshot>>,
        clock: Clock,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let Self { bound, awaited, socket, .. } = &self;
        let mut work = RunningWorker {
            worker: &self,
            socket: DatagramSocket::new(socket, bound.address),
            snapshot: &snapshot,
            clock,
            responder: Responder::new(),
            received: Vec::with_capacity(BATCH),
            packets: vec![0; ROOM].into_boxed_slice(),
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
        // A process that replaces this one may be bound beside it. What the kernel hands this
        // socket between the last look and its closing would be lost, so it is to hand it no more.
        if let Err(error) = leave(socket, bound.address) {
            tracing::debug!(%error, "the socket of {bound} is closed as it is");
        }
        sleep(UNDER_WAY).await;
        work.drain(end).await
    }
}

/// A worker that runs.
struct RunningWorker<'w> {
    worker: &'w UdpWorker,
    socket: DatagramSocket<'w>,
    snapshot: &'w ArcSwap<Snapshot>,
    clock: Clock,
    responder: Responder,
    received: Vec<Taken>,
    packets: Box<[u8]>,
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
        let snapshot = self.snapshot.load();
        let Bound { transport, cluster, .. } = &self.worker.bound;
        let mut batch = Batch {
            snapshot: &snapshot,
            transport: *transport,
            now: self.clock.now(),
            idle: Duration::ZERO,
            listener: cluster.as_ref(),
            tally: Tally::default(),
        };
        self.answer(&mut batch);
        self.worker.counters.add(&batch.tally);
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
        let Self { socket, received, packets, responder, .. } = self;
        let mut left = received.as_slice();
        while !left.is_empty() {
            let taken = left.iter().map(|it| Packet {
                octets: &packets[it.start..][..it.received.len],
                client: it.received.client.ip(),
            });
            let replies = responder.answer_all(batch, taken);
            let (answered, rest) = left.split_at(replies.len());
            for (Taken { received, .. }, reply) in answered.iter().zip(replies.iter()) {
                if !reply.is_answered() {
                    continue;
                }
                // A reply that the socket will not take now is lost, as any datagram may be: to wait
                // for one client would be to stop for all. The client asks again.
                if let Err(error) = socket.reply(received, reply.octets) {
                    tracing::debug!(client = %received.client, %error, "a reply was not sent");
                    batch.tally.unsent += 1;
                }
            }
            left = rest;
        }
    }
}
