//! The transports: octets of clients to [`answer`](crate::core::answer::answer) and back.
//!
//! In: addresses to listen on, and the snapshot of the moment. Out: replies, and counters.
//! Does not know clusters, nor what is asked; every transport calls the same function.
//!
//! All sockets are bound before any is served, so that a fault ends the start and not a part of it.

pub mod latency;
pub mod counters;
mod limits;
mod occupancy;
mod admission;
mod accept_faults;
mod responder;
mod transport;
mod bind;

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::task::{self, JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

pub use self::accept_faults::AcceptFaults;
use self::admission::Admission;
pub use self::bind::BindError;
use self::bind::Sharing;
pub(crate) use self::bind::tcp_listener;
pub use self::bind::udp_socket_alone;
use self::counters::Counters;
pub use self::limits::TcpLimits;
use self::transport::tcp::TcpAcceptor;
#[cfg(target_os = "linux")]
pub use self::transport::udp::null;
use self::transport::udp::{Source, UdpWorker};
use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::panics;

/// How long the end may take: answering what has arrived and writing it.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// How UDP workers take datagrams, and send replies.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum UdpIo {
    /// Many by one call, in a thread that waits for them; on Linux alone, elsewhere it is the other.
    #[default]
    Batched,
    /// One by one, in a task.
    OneByOne,
}

/// Where to listen, and how.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Settings {
    /// Addresses for UDP. Port 0 is any free port. A wildcard address (`0.0.0.0`, `[::]`) stands
    /// for every address of its family, also those that the host is given later; replies leave
    /// from the one that was asked.
    pub udp: Vec<SocketAddr>,
    /// Addresses for TCP.
    pub tcp: Vec<SocketAddr>,
    /// Addresses, of both transports, where one cluster alone asks: it is known by that.
    pub clusters: Vec<(Label, SocketAddr)>,
    /// Workers for each UDP address.
    pub udp_workers: NonZeroUsize,
    /// How they take datagrams.
    pub udp_io: UdpIo,
    /// What TCP clients may take.
    pub tcp_limits: TcpLimits,
}

/// An address that is listened on; port 0 has become a real one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The transport.
    pub transport: Transport,
    /// The address.
    pub address: SocketAddr,
    /// The cluster that alone asks here, if it is one's own.
    pub cluster: Option<Label>,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        if let Some(cluster) = &self.cluster {
            write!(f, "cluster {cluster}'s ")?;
        }
        write!(f, "{transport} {}", self.address)
    }
}

/// A listener that ended before it was told to.
#[derive(Debug, thiserror::Error)]
#[error("the listener on {bound} ended: {reason}")]
pub struct ListenerDied {
    /// Which one.
    pub bound: Bound,
    /// What it died of.
    pub reason: String,
}

/// How many TCP connections the listeners let in, all together; it may be changed at any time.
#[derive(Clone)]
pub struct ConnectionLimit(Arc<Admission>);

impl ConnectionLimit {
    /// Lets so many in from now on. Those that are open stay until others come.
    pub fn set(&self, connections: usize) {
        self.0.set_limit(connections);
    }
}

/// Every socket of the server, bound and not yet served.
pub struct Listeners {
    admission: Arc<Admission>,
    bound: Vec<Bound>,
    workers: Vec<UdpWorker>,
    acceptors: Vec<TcpAcceptor>,
}

impl Listeners {
    /// Binds every address, or none; one that another process has is an error. To be called in a
    /// runtime.
    pub fn bind(settings: &Settings) -> Result<Self, BindError> {
        Self::open(settings, Sharing::Alone)
    }

    /// Binds every address beside a process that this one replaces: both are asked until that one ends.
    pub fn bind_beside(settings: &Settings) -> Result<Self, BindError> {
        Self::open(settings, Sharing::Beside)
    }

    fn open(settings: &Settings, sharing: Sharing) -> Result<Self, BindError> {
        let (mut bound, mut workers, mut acceptors) = (Vec::new(), Vec::new(), Vec::new());
        let own = |(cluster, address): &(Label, SocketAddr)| (*address, Some(cluster.clone()));
        let of_clusters = settings.clusters.iter().map(own);
        let udp = settings.udp.iter().map(|&address| (address, None));
        for (address, cluster) in udp.chain(of_clusters.clone()) {
            let fault = |reason| BindError { what: "udp", address, reason };
            for socket in bind::udp_sockets(address, settings.udp_workers.get(), sharing)? {
                let worker = UdpWorker::new(socket, cluster.clone(), settings.udp_io);
                workers.push(worker.map_err(fault)?);
            }
            bound.extend(workers.last().map(|worker| worker.bound.clone()));
        }
        let limits = settings.tcp_limits;
        let admission = Arc::new(Admission::new(limits));
        let tcp = settings.tcp.iter().map(|&address| (address, None));
        for (address, cluster) in tcp.chain(of_clusters) {
            let fault = |reason| BindError { what: "tcp", address, reason };
            let socket = bind::dns_listener(address, sharing)?;
            let admission = Arc::clone(&admission);
            let acceptor = TcpAcceptor::new(socket, cluster, limits, admission).map_err(fault)?;
            bound.push(acceptor.bound.clone());
            acceptors.push(acceptor);
        }
        Ok(Self { admission, bound, workers, acceptors })
    }

    /// The addresses listened on, UDP first, in the order of the settings, clusters' own behind the
    /// others.
    pub fn bound(&self) -> &[Bound] {
        &self.bound
    }

    /// The limit of TCP connections, which may be changed.
    pub fn connection_limit(&self) -> ConnectionLimit {
        ConnectionLimit(Arc::clone(&self.admission))
    }

    /// The counters of every worker and listener.
    pub fn counters(&self) -> Arc<[Arc<Counters>]> {
        let workers = self.workers.iter().map(|worker| &worker.counters);
        workers.chain(self.acceptors.iter().map(|acceptor| &acceptor.counters)).cloned().collect()
    }

    /// Serves until `stop`; then answers what has already arrived, and ends within two seconds.
    /// `clock` is the one that the snapshot's moments were taken from.
    pub async fn run(
        self,
        snapshot: Arc<ArcSwap<Snapshot>>,
        clock: Clock,
        stop: CancellationToken,
    ) -> Result<(), ListenerDied> {
        let mut tasks = JoinSet::new();
        let mut names = HashMap::new();
        for worker in self.workers {
            let bound = worker.bound.clone();
            let source = Source { snapshot: Arc::clone(&snapshot), clock };
            let task = tasks.spawn(worker.run(source, stop.clone()));
            names.insert(task.id(), bound);
        }
        for acceptor in self.acceptors {
            let bound = acceptor.bound.clone();
            let task = tasks.spawn(acceptor.run(Arc::clone(&snapshot), clock, stop.clone()));
            names.insert(task.id(), bound);
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => {}
            Some(ended) = tasks.join_next_with_id() => return Err(death(&names, ended)),
        }
        let all_end = async {
            while let Some(ended) = tasks.join_next_with_id().await {
                if !matches!(ended, Ok((_, Ok(())))) {
                    tracing::warn!("while stopping: {}", death(&names, ended));
                }
            }
        };
        if timeout(SHUTDOWN, all_end).await.is_err() {
            tracing::info!("clients were still being served; their connections are cut");
        }
        // What is left ends with the set that owns it.
        Ok(())
    }
}

/// Which listener a task was, and what it died of.
fn death(
    names: &HashMap<task::Id, Bound>,
    ended: Result<(task::Id, io::Result<()>), JoinError>,
) -> ListenerDied {
    let (id, reason) = match ended {
        Ok((id, Ok(()))) => (id, "it was not told to".to_owned()),
        Ok((id, Err(error))) => (id, error.to_string()),
        Err(error) => (error.id(), panics::words(&error).to_owned()),
    };
    ListenerDied { bound: names[&id].clone(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_worker_that_panics_is_named_without_what_it_says() {
        let address = "192.0.2.1:53".parse().expect("an address");
        let bound = Bound { transport: Transport::Udp, address, cluster: None };
        let query = String::from("a stranger's name");
        let mut tasks: JoinSet<io::Result<()>> = JoinSet::new();
        let task = tasks.spawn(async move { panic!("{query}") });
        let names = HashMap::from([(task.id(), bound)]);
        let ended = tasks.join_next_with_id().await.expect("it ends");
        let said = death(&names, ended).to_string();
        assert!(said.starts_with("the listener on udp 192.0.2.1:53 ended: it panicked"), "{said}");
        assert!(!said.contains("stranger"), "{said}");
    }
}
