//! The listeners: those of DNS, and the admin address and socket.
//!
//! In: where to listen. Out: tasks that serve. Mostly they are bound before anything else, so that
//! a fault ends the start. Beside a process that this one is to replace they are bound when
//! every cluster has been read, and shared with it until it ends; the admin address stays that one's
//! until then, so that whoever asks there knows which of the two answers.
//! Does not know what is answered.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use arc_swap::ArcSwap;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::admin::Sources;
use crate::clock::Clock;
use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::controller::{ControllerClient, ControllerStats, Readiness};
use crate::core::snapshot::Snapshot;
use crate::dns::counters::Counters;
use crate::dns::{ConnectionLimit, ListenerDied, Listeners, Settings, TcpLimits, UdpIo};
use crate::panics;

use super::admin_listeners::AdminListeners;
use super::plan::own_listeners;
use super::tasks::Tasks;

/// What listeners answer from.
pub(super) struct AnswerSources {
    pub(super) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(super) readiness: watch::Receiver<Readiness>,
    pub(super) figures: watch::Receiver<ControllerStats>,
    pub(super) controller: ControllerClient,
    pub(super) clock: Clock,
    pub(super) stats: WatchStats,
    /// How many TCP connections clients may have.
    pub(super) room: watch::Receiver<usize>,
}

impl AnswerSources {
    fn admin(self, counters: Arc<[Arc<Counters>]>) -> Sources {
        let Self { snapshot, readiness, figures, controller, clock, stats, room: _ } = self;
        Sources { snapshot, counters, readiness, figures, controller, clock, stats }
    }
}

/// All listeners, and where they run: apart from all other work.
pub(super) struct AllListeners {
    binding: Binding,
    admin: AdminListeners,
    answers: Handle,
}

/// DNS listeners that are bound, or to be bound later.
enum Binding {
    Bound(Listeners),
    Later {
        dns: Settings,
        /// How long a cluster that can not be read holds them up.
        grace: Duration,
    },
}

impl AllListeners {
    /// Binds all of them.
    pub(super) fn bind(
        config: &Config,
        mut admin: AdminListeners,
        answers: Handle,
    ) -> anyhow::Result<Self> {
        let dns = bind(&answers, || Listeners::bind(&settings(config)))?;
        admin.bind()?;
        Ok(Self { binding: Binding::Bound(dns), admin, answers })
    }

    /// Binds none yet: another process, which this one is to replace, still serves.
    pub(super) fn later(config: &Config, admin: AdminListeners, answers: Handle) -> Self {
        let binding = Binding::Later { dns: settings(config), grace: config.sync_grace };
        Self { binding, admin, answers }
    }

    /// Starts serving; `is_alone` says when the other process is gone.
    pub(super) fn start(
        self,
        sources: AnswerSources,
        is_alone: watch::Receiver<bool>,
        stop: &CancellationToken,
        tasks: &mut Tasks,
    ) {
        let Self { binding, admin, answers } = self;
        match binding {
            Binding::Bound(dns) => {
                let Serving { dns, room, admin } = serve(dns, admin, sources, &answers, stop);
                tasks.start("the admin address", admin);
                tasks.start("the room for connections", room);
                tasks.start("the DNS listeners", dns);
            }
            Binding::Later { dns, grace } => {
                let (figures, readiness) = (sources.figures.clone(), sources.readiness.clone());
                let stop = stop.clone();
                let turn = async move { turn(figures, readiness, is_alone, grace).await };
                tasks.start("the listeners", async move {
                    if stop.run_until_cancelled(turn).await.is_none() {
                        return Ok(());
                    }
                    let dns = bind(&answers, || Listeners::bind_beside(&dns))?;
                    let Serving { dns, room, admin } = serve(dns, admin, sources, &answers, &stop);
                    tokio::try_join!(dns, room, admin).map(|_| ())
                });
            }
        }
    }
}

/// A task that serves until it is told to stop.
type Service = BoxFuture<'static, anyhow::Result<()>>;

/// Listeners that serve.
struct Serving {
    dns: Service,
    room: Service,
    admin: Service,
}

/// Serves at listeners that are bound; those of DNS run at `answers`.
fn serve(
    dns: Listeners,
    admin: AdminListeners,
    sources: AnswerSources,
    answers: &Handle,
    stop: &CancellationToken,
) -> Serving {
    for bound in dns.bound() {
        tracing::info!("listening on {bound}");
    }
    let (snapshot, clock) = (sources.snapshot.clone(), sources.clock);
    let room = follow(sources.room.clone(), dns.connection_limit(), stop.clone()).boxed();
    let admin = admin.run(sources.admin(dns.counters()), stop.clone()).boxed();
    Serving { dns: run(answers, dns.run(snapshot, clock, stop.clone())).boxed(), room, admin }
}

/// Binds sockets that are to be awaited there.
fn bind<T>(answers: &Handle, bind: impl FnOnce() -> T) -> T {
    let _there = answers.enter();
    bind()
}

/// Runs listeners there; they end with what is given.
fn run(
    answers: &Handle,
    listeners: impl Future<Output = Result<(), ListenerDied>> + Send + 'static,
) -> impl Future<Output = anyhow::Result<()>> + Send + 'static {
    let task = AbortOnDropHandle::new(answers.spawn(listeners));
    async { Ok(task.await.map_err(|error| anyhow!(panics::words(&error)))??) }
}

fn settings(config: &Config) -> Settings {
    Settings {
        udp: config.listen.udp.clone(),
        tcp: config.listen.tcp.clone(),
        clusters: own_listeners(config),
        udp_workers: NonZeroUsize::new(config.udp_workers).unwrap_or(NonZeroUsize::MIN),
        udp_io: UdpIo::default(),
        tcp_limits: TcpLimits::default(),
    }
}

/// Lets as many connections in as there is room for now; at once, and whenever that changes.
fn follow(
    mut wanted: watch::Receiver<usize>,
    room: ConnectionLimit,
    stop: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send + 'static {
    room.set(*wanted.borrow_and_update());
    async move {
        // Who says it is gone when the process is ending.
        while let Some(Ok(())) = stop.run_until_cancelled(wanted.changed()).await {
            room.set(*wanted.borrow_and_update());
        }
        stop.cancelled().await;
        Ok(())
    }
}

/// Waits until every cluster has been read: what the other process knows is newer than what it
/// kept. A cluster that can not be read holds it up for `grace`, or as long as answers wait for its lists that
/// move; and nothing does once the other one is gone.
async fn turn(
    mut figures: watch::Receiver<ControllerStats>,
    mut readiness: watch::Receiver<Readiness>,
    mut is_alone: watch::Receiver<bool>,
    grace: Duration,
) {
    let is_read =
        |figures: &ControllerStats| figures.published.is_some() && figures.unread_clusters == 0;
    // A sender that is gone has nothing more to say: the process is ending.
    tokio::select! {
        _ = figures.wait_for(is_read) => {}
        _ = is_alone.wait_for(|is_alone| *is_alone) => {}
        () = async {
            sleep(grace).await;
            _ = readiness.wait_for(|it| !matches!(it, Readiness::NotReady(_))).await;
        } => {}
    }
}
