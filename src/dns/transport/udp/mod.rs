//! One UDP worker: a socket of its own, drained in batches.
//!
//! In: datagrams. Out: a datagram for each that deserves a reply, from the address that was asked. Where the
//! system can, many come and go by one call, in a thread that waits for them (`batched`); elsewhere one by
//! one, in a task (`one_by_one`).
//! Does not know what is in them.

#[cfg(target_os = "linux")]
mod batched;
#[cfg(target_os = "linux")]
pub mod null;
mod one_by_one;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::dns::counters::Counters;
use crate::dns::{Bound, UdpIo};

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
    io: UdpIo,
}

/// What a worker answers from.
#[derive(Clone)]
pub(in crate::dns) struct Source {
    pub(in crate::dns) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(in crate::dns) clock: Clock,
}

impl UdpWorker {
    pub(in crate::dns) fn new(
        socket: UdpSocket,
        cluster: Option<Label>,
        io: UdpIo,
    ) -> io::Result<Self> {
        let address = socket.local_addr()?;
        let bound = Bound { transport: Transport::Udp, address, cluster };
        let counters = Arc::new(Counters::new(bound.transport, bound.address));
        Ok(Self { bound, counters, socket, io })
    }

    /// Answers until `stop`, and then what has arrived.
    pub(in crate::dns) async fn run(
        self,
        source: Source,
        stop: CancellationToken,
    ) -> io::Result<()> {
        match self.io {
            #[cfg(target_os = "linux")]
            UdpIo::Batched => batched::run(self, source, stop).await,
            #[cfg(not(target_os = "linux"))]
            UdpIo::Batched => one_by_one::run(self, source, stop).await,
            UdpIo::OneByOne => one_by_one::run(self, source, stop).await,
        }
    }

    /// Has the system hand the socket no more datagrams. A process that replaces this one may be bound beside
    /// it: what the socket is handed between the last look and its closing would be lost.
    fn leave(&self) {
        if let Err(error) = leave(&self.socket, self.bound.address) {
            tracing::debug!(%error, "the socket of {} is closed as it is", self.bound);
        }
    }
}

/// Whether a reply was not sent because the interface, or the way to it, does not take it whole.
fn is_too_large(error: &io::Error) -> bool {
    error.raw_os_error() == Some(nix::libc::EMSGSIZE)
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
