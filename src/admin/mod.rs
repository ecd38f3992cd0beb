//! The admin address: liveness, readiness, metrics, status and the status page over HTTP.
//!
//! In: [`Sources`], which is all that it needs of the rest. Out: HTTP/1.1 responses.
//! Does not know clusters or configuration: it shows what it is given. One request changes
//! something, and only this host may send it.

mod metrics;
mod documents;
mod accept;
mod page;
mod routes;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use accept::Peer;

use crate::clock::Clock;
use crate::clusters::vitals::Vitals;
use crate::confine;
use crate::controller::{Ask, Figures, Readiness};
use crate::core::snapshot::Snapshot;
use crate::dns::counters::Counters;
use crate::dns::{BindError, tcp_listener};

pub use accept::OPERATOR;

/// Connections at a time; more are closed at once.
const CONNECTIONS: usize = 64;

/// How long a request's head may take to come, also the first after a pause.
const HEAD: Duration = Duration::from_secs(10);

/// How long a connection may last, so that clients that do not read can not take all of them.
const LIFETIME: Duration = Duration::from_secs(60);

/// How long a response that has begun may take when its connection is to end.
const FINISH: Duration = Duration::from_secs(1);

/// Pause when the system has no more descriptors or memory for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// What the admin address needs of the rest.
#[derive(Clone, Debug)]
pub struct Sources {
    /// What queries read.
    pub snapshot: Arc<ArcSwap<Snapshot>>,
    /// The counters of the transports.
    pub counters: Arc<[Arc<Counters>]>,
    /// Whether answers are complete.
    pub readiness: watch::Receiver<Readiness>,
    /// What the controller counts.
    pub figures: watch::Receiver<Figures>,
    /// Where the controller takes questions.
    pub asks: mpsc::Sender<Ask>,
    /// Numbers of the clusters that are watched.
    pub vitals: Vitals,
    /// The clock that the controller's moments are taken from.
    pub clock: Clock,
}

/// The admin address, bound and not yet served.
#[derive(Debug)]
pub struct Admin {
    listener: TcpListener,
    address: SocketAddr,
}

impl Admin {
    /// Binds the address; port 0 is any free port. To be called in a runtime.
    pub fn bind(address: SocketAddr) -> Result<Self, BindError> {
        let fault = |reason| BindError { what: "admin", address, reason };
        let listener = tcp_listener("admin", address)?;
        let listener = TcpListener::from_std(listener).map_err(fault)?;
        let address = listener.local_addr().map_err(fault)?;
        Ok(Self { listener, address })
    }

    /// The address listened on; port 0 has become a real one.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop`; then finishes the responses that have begun, within a second.
    pub async fn run(self, sources: Sources, stop: CancellationToken) {
        let router = routes::router(sources);
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(ended) = connections.join_next() => if let Err(error) = ended {
                    tracing::error!("an admin connection ended: {}", confine::words(&error));
                },
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, peer)) if connections.len() < CONNECTIONS => {
                        let router = router.clone().layer(Extension(Peer(peer.ip())));
                        connections.spawn(serve(stream, router, stop.clone()));
                    }
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept on admin {}", self.address);
                        sleep(PAUSE).await;
                    }
                },
            }
        }
        drop(self.listener);
        while connections.join_next().await.is_some() {}
    }
}

/// Serves one connection until its client leaves, its time is over, or the server stops.
async fn serve(stream: TcpStream, router: Router, stop: CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What a client does wrong is its own affair: there is nobody to tell.
        _ = connection.as_mut() => return,
        () = stop.cancelled() => {}
        () = sleep(LIFETIME) => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(FINISH, connection).await;
}
