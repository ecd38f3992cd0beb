//! The admin address: liveness, readiness, metrics, status and the status page over HTTP, on an
//! address and on a unix socket.
//!
//! In: [`Sources`], which is all that it needs of the rest. Out: HTTP/1.1 responses.
//! Does not know clusters or configuration: it shows what it is given. What changes something is
//! for those alone who come over the socket or bear a token.

mod metrics;
mod operator;
mod tokens;
mod hosts;
mod connection_budget;
mod socket;
mod access_control;
mod documents;
mod events;
mod accept;
mod changes;
mod page;
mod routes;
mod connection;

use std::fs::File;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use futures::FutureExt;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use access_control::Gate;
use connection::serve;
use connection_budget::Slots;
use hosts::Names;
use operator::Peer;
use socket::Socket;

use crate::clock::Clock;
use crate::clusters::watch_stats::WatchStats;
use crate::controller::{ControllerClient, ControllerStats, Readiness};
use crate::core::snapshot::Snapshot;
use crate::dns::counters::Counters;
use crate::dns::{AcceptFaults, BindError, tcp_listener};
use crate::panics;

pub use connection_budget::Limits;
pub use socket::SocketError;
pub use tokens::Tokens;

/// Pause when the system has no more descriptors or memory for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What the kernel keeps of a response that is not read: what a client takes is noticed by that.
const SEND_BUFFER: usize = 128 * 1024;

/// What the admin address needs of the rest.
#[derive(Clone, Debug)]
pub struct Sources {
    /// What queries read.
    pub snapshot: Arc<ArcSwap<Snapshot>>,
    /// The counters of the transports.
    pub counters: Arc<[Arc<Counters>]>,
    /// Whether answers wait for clusters.
    pub readiness: watch::Receiver<Readiness>,
    /// What the controller counts.
    pub figures: watch::Receiver<ControllerStats>,
    /// Where the controller takes questions and commands.
    pub controller: ControllerClient,
    /// Numbers of the clusters that are watched.
    pub stats: WatchStats,
    /// The clock that the controller's moments are taken from.
    pub clock: Clock,
}

/// Who is let in at an address.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// Names and addresses, in lower case, that the address has besides its own and `localhost`.
    pub hosts: Vec<String>,
    /// Whose bearers may change something.
    pub tokens: Option<Arc<Tokens>>,
}

/// The admin address or socket, bound and not yet served.
#[derive(Debug)]
pub struct Admin {
    listener: Listener,
    gate: Gate,
    limits: Limits,
}

#[derive(Debug)]
enum Listener {
    Address(TcpListener, SocketAddr),
    Socket(Socket),
}

impl Admin {
    /// Binds the address; port 0 is any free port. To be called in a runtime.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let fault = |reason| BindError { what: "admin", address, reason };
        let listener = tcp_listener("admin", address)?;
        let listener = TcpListener::from_std(listener).map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        let names = Names { address: address.ip(), hosts: Vec::new() };
        let gate = Gate { names: Some(names), tokens: None };
        Ok(Self { listener: Listener::Address(listener, address), gate, limits: Limits::default() })
    }

    /// Binds a unix socket that its owner alone can reach. Whoever comes there may change something.
    /// To be called in a runtime.
    pub fn bind_socket(path: &Path) -> Result<Self, SocketError> {
        let (listener, gate) =
            (Listener::Socket(Socket::bind(path)?), Gate { names: None, tokens: None });
        Ok(Self { listener, gate, limits: Limits::default() })
    }

    /// Who is let in at an address from now on. At a socket the system says who is.
    pub fn with_access(mut self, access: Access) -> Self {
        if let Some(names) = &mut self.gate.names {
            names.hosts = access.hosts;
            self.gate.tokens = access.tokens;
        }
        self
    }

    /// How many connections there may be from now on.
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Where it is; port 0 has become a real one.
    pub fn place(&self) -> String {
        match &self.listener {
            Listener::Address(_, address) => address.to_string(),
            Listener::Socket(socket) => socket.path.display().to_string(),
        }
    }

    /// The address listened on; `None` of a socket.
    pub fn address(&self) -> Option<SocketAddr> {
        match &self.listener {
            Listener::Address(_, address) => Some(*address),
            Listener::Socket(_) => None,
        }
    }

    /// Serves until `stop`; then finishes the responses that have begun, within a second.
    pub async fn run(self, sources: Sources, stop: CancellationToken) {
        let place = self.place();
        let Self { listener, gate, limits } = self;
        let mut connections = Connections {
            router: routes::router(sources, gate, stop.clone()),
            slots: Slots::new(limits),
            stop: stop.clone(),
            tasks: JoinSet::new(),
        };
        let mut faults = AcceptFaults::default();
        let mut spare = None;
        loop {
            // Where there is no descriptor left, this one is given to whoever asks here.
            spare = spare.or_else(|| File::open("/dev/null").ok());
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = connections.tasks.join_next() => if let Err(error) = ended {
                    tracing::error!("an admin connection ended: {}", panics::words(&error));
                },
                accepted = listener.accept() => match accepted {
                    Ok(connection) => connections.answer(connection).await,
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(error) => {
                        if let Some(told) = faults.tell(&error) {
                            tracing::warn!("cannot accept on admin {place}: {told}");
                        }
                        if spare.take().is_some() {
                            if let Some(Ok(connection)) = listener.accept().now_or_never() {
                                connections.answer(connection).await;
                            }
                        } else {
                            connections.slots.shed();
                        }
                        sleep(PAUSE).await;
                    }
                },
            }
        }
        drop(listener);
        while connections.tasks.join_next().await.is_some() {}
    }
}

/// A connection that has come.
enum Accepted {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream, u32),
}

impl Listener {
    async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Address(listener, _) => {
                let (stream, peer) = listener.accept().await?;
                // Where that can not be said the system's own measure does.
                _ = SockRef::from(&stream).set_send_buffer_size(SEND_BUFFER);
                Ok(Accepted::Tcp(stream, peer))
            }
            Self::Socket(socket) => {
                let (stream, _) = socket.listener.accept().await?;
                let user = stream.peer_cred()?.uid();
                Ok(Accepted::Unix(stream, user))
            }
        }
    }
}

/// The connections of a listener.
struct Connections {
    router: Router,
    slots: Slots,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

impl Connections {
    async fn answer(&mut self, connection: Accepted) {
        let Some(slot) = self.stop.run_until_cancelled(self.slots.take()).await else { return };
        let (router, stop) = (self.router.clone(), self.stop.clone());
        match connection {
            Accepted::Tcp(stream, peer) => {
                let peer = Peer::Address(peer.ip());
                self.tasks.spawn(serve(stream, router, peer, slot, stop));
            }
            Accepted::Unix(stream, user) => {
                self.tasks.spawn(serve(stream, router, Peer::User(user), slot, stop));
            }
        }
    }
}
