//! A TCP listener: admits connections and owns them (RFC 7766).
//!
//! In: connections. Out: a task for each, within the limits; none outlives the listener.
//! Does not know frames or messages.

use std::io;
use std::net::{SocketAddr, TcpListener as Socket};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use arc_swap::ArcSwap;
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinError, JoinSet};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;

use super::connection::{Connection, End, ListenerContext};
use crate::clock::Clock;
use crate::core::answer::Transport;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::dns::Bound;
use crate::dns::accept_faults::AcceptFaults;
use crate::dns::admission::Admission;
use crate::dns::counters::{Connections, Counters};
use crate::dns::limits::TcpLimits;
use crate::dns::responder::Responders;

/// Pause when the system has no more descriptors or memory for a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a listener that closes waits for connections that are being made: most round trips of
/// the world are shorter.
const LINGER: Duration = Duration::from_millis(300);

/// Drops the packets that begin connections (SYN, RFC 9293, section 3.1), and no others. Clients
/// send them again after a second, when they reach whoever listens then.
#[cfg(target_os = "linux")]
fn refuse_new(listener: &TcpListener) -> io::Result<()> {
    use socket2::SockFilter;
    const LOAD_OCTET: u16 = 0x30;
    const JUMP_IF_SET: u16 = 0x45;
    const RETURN: u16 = 0x06;
    const FLAGS: u32 = 13;
    const SYN: u32 = 0x02;
    SockRef::from(listener).attach_filter(&[
        SockFilter::new(LOAD_OCTET, 0, 0, FLAGS),
        SockFilter::new(JUMP_IF_SET, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

/// Other systems have no filter for it: who begins while the listener closes may find nobody, once.
#[cfg(not(target_os = "linux"))]
fn refuse_new(_listener: &TcpListener) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// One listener, before it runs.
pub(in crate::dns) struct TcpAcceptor {
    pub(in crate::dns) bound: Bound,
    listener: TcpListener,
    admission: Arc<Admission>,
    limits: TcpLimits,
    pub(in crate::dns) counters: Arc<Counters>,
}

impl TcpAcceptor {
    pub(in crate::dns) fn new(
        socket: Socket,
        cluster: Option<Label>,
        limits: TcpLimits,
        admission: Arc<Admission>,
    ) -> io::Result<Self> {
        let listener = TcpListener::from_std(socket)?;
        let address = listener.local_addr()?;
        let bound = Bound { transport: Transport::Tcp, address, cluster };
        let counters = Arc::new(Counters::new(bound.transport, bound.address));
        Ok(Self { bound, listener, admission, limits, counters })
    }

    pub(in crate::dns) async fn run(
        self,
        snapshot: Arc<ArcSwap<Snapshot>>,
        clock: Clock,
        stop: CancellationToken,
    ) -> io::Result<()> {
        let Self { bound, listener, admission, limits, counters } = self;
        let mut stopped = pin!(stop.cancelled());
        let responders = Responders::default();
        let stop = stop.clone();
        let cluster = bound.cluster.clone();
        let context =
            ListenerContext { cluster, snapshot, clock, limits, counters, responders, stop };
        let context = Arc::new(context);
        let mut faults = AcceptFaults::default();
        let mut open = OpenConnections { admission, context, tasks: JoinSet::new() };
        loop {
            tokio::select! {
                biased;
                () = &mut stopped => break,
                Some(ended) = open.tasks.join_next() => open.ended(ended),
                accepted = listener.accept() => match accepted {
                    Ok((stream, client)) => open.admit(stream, client).await,
                    Err(error) if concerns_one_connection(&error) => {}
                    Err(error) => {
                        if let Some(told) = faults.tell(&error) {
                            tracing::warn!("cannot accept on {bound}: {told}");
                        }
                        open.admission.give_way();
                        sleep(PAUSE).await;
                    }
                },
            }
        }
        // Connections that wait to be accepted may have brought their queries already, and others
        // are being made. Who begins now is to find a process that replaces this one, if there is
        // one, and not a listener that closes.
        if let Err(error) = refuse_new(&listener) {
            tracing::debug!(%error, "{bound} is closed as it is");
        }
        let end = Instant::now() + LINGER;
        while let Ok(accepted) = timeout_at(end, listener.accept()).await {
            if let Ok((stream, client)) = accepted {
                open.admit(stream, client).await;
            }
        }
        let socket = listener.into_std()?;
        while let Ok((stream, client)) = socket.accept() {
            stream.set_nonblocking(true)?;
            open.admit(TcpStream::from_std(stream)?, client).await;
        }
        drop(socket);
        while let Some(ended) = open.tasks.join_next().await {
            open.ended(ended);
        }
        Ok(())
    }
}

/// The connections of a listener.
struct OpenConnections {
    admission: Arc<Admission>,
    context: Arc<ListenerContext>,
    tasks: JoinSet<()>,
}

impl OpenConnections {
    async fn admit(&mut self, stream: TcpStream, client: SocketAddr) {
        let numbers = &self.context.counters.connections;
        let Some(permit) = self.admission.admit(client.ip()).await else {
            // Dropping the stream closes it: the client can try another server at once.
            numbers.refused.fetch_add(1, Relaxed);
            return;
        };
        // Replies are coalesced here, so that waiting for more would only delay them. A socket
        // that refuses the option is already broken, and reading it will say so.
        let _ = stream.set_nodelay(true);
        let context = Arc::clone(&self.context);
        let mut connection = Connection::new(stream, client.ip(), permit, Arc::clone(&context));
        numbers.accepted.fetch_add(1, Relaxed);
        numbers.open.fetch_add(1, Relaxed);
        self.tasks.spawn(async move {
            match connection.run().await {
                Ok(end) => {
                    count_end(&context.counters.connections, end);
                    if matches!(end, End::Unread | End::Replaced) {
                        forget_unsent(connection.stream());
                    }
                }
                Err(error) => tracing::debug!(%client, %error, "connection lost"),
            }
        });
    }

    /// A query that panics is a fault of fedns, over TCP as over UDP: it ends the process, which
    /// says so, rather than to leave one transport in the dark. Nothing of it is a client's doing
    /// alone, and the same query would end a worker of UDP.
    fn ended(&self, ended: Result<(), JoinError>) {
        self.context.counters.connections.open.fetch_sub(1, Relaxed);
        if let Err(error) = ended
            && error.is_panic()
        {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

fn count_end(numbers: &Connections, end: End) {
    let counter = match end {
        End::Done => return,
        End::Idle => &numbers.idle,
        End::Unread => &numbers.unread,
        End::Replaced => &numbers.replaced,
    };
    counter.fetch_add(1, Relaxed);
}

/// Closes a connection at once (RST): what its client has not read would else stay in the system, for
/// minutes and without a limit that is ours.
fn forget_unsent(stream: &TcpStream) {
    if let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO)) {
        tracing::debug!(%error, "a connection is closed as it is");
    }
}

/// Whether the next connection can be accepted at once; else the system lacks something.
fn concerns_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}
