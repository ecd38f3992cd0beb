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
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::admin::Sources;
use crate::clock::Clock;
use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::confine;
use crate::controller::{Ask, Figures, Readiness};
use crate::core::snapshot::Snapshot;
use crate::core::state::SyncState;
use crate::dns::counters::Counters;
use crate::dns::{ConnectionLimit, ListenerDied, Listeners, Settings, TcpLimits};

use super::admin_listeners::{AdminLimits, AdminListeners};
use super::plan::own_listeners;
use super::tasks::Tasks;

/// What listeners answer from.
pub(super) struct AnswerSources {
    pub(super) snapshot: Arc<ArcSwap<Snapshot>>,
    pub(super) readiness: watch::Receiver<Readiness>,
    pub(super) figures: watch::Receiver<Figures>,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) clock: Clock,
    pub(super) vitals: WatchStats,
    /// How many TCP connections clients may have.
    pub(super) room: watch::Receiver<usize>,
}

impl AnswerSources {
    fn admin(self, counters: Arc<[Arc<Counters>]>) -> Sources {
        let Self { snapshot, readiness, figures, asks, clock, vitals, room: _ } = self;
        Sources { snapshot, counters, readiness, figures, asks, clock, vitals }
    }
}

/// All listeners, and where they run: apart from all other work.
pub(super) struct AllListeners {
    binding: Binding,
    answers: Handle,
}

/// Listeners that are bound, or to be bound later.
enum Binding {
    Bound(Listeners, AdminListeners),
    Later(Settings, AdminListeners, Duration),
}

impl AllListeners {
    /// Binds all of them.
    pub(super) fn bind(
        config: &Config,
        answers: Handle,
        (vitals, limits): (&WatchStats, AdminLimits),
    ) -> anyhow::Result<Self> {
        let listeners = bind(&answers, || Listeners::bind(&settings(config)))?;
        let mut admin = AdminListeners::new(config.admin.clone(), limits, vitals.clone());
        admin.bind()?;
        Ok(Self { binding: Binding::Bound(listeners, admin), answers })
    }

    /// Binds none yet: another process, which this one is to replace, still serves.
    pub(super) fn later(
        config: &Config,
        answers: Handle,
        (vitals, limits): (&WatchStats, AdminLimits),
    ) -> Self {
        let admin = AdminListeners::new(config.admin.clone(), limits, vitals.clone());
        let binding = Binding::Later(settings(config), admin, config.sync_grace);
        Self { binding, answers }
    }

    /// Starts serving; `is_alone` says when the other process is gone.
    pub(super) fn start(
        self,
        sources: AnswerSources,
        is_alone: watch::Receiver<bool>,
        stop: &CancellationToken,
        tasks: &mut Tasks,
    ) {
        let Self { binding, answers } = self;
        match binding {
            Binding::Bound(listeners, admin) => {
                let (snapshot, clock) = (sources.snapshot.clone(), sources.clock);
                let room = follow(sources.room.clone(), listeners.connection_limit(), stop.clone());
                let sources = sources.admin(listeners.counters());
                tasks.start("the admin address", admin.run(sources, stop.clone()));
                tell_bound(&listeners);
                tasks.start("the room for connections", room);
                let serving = run(&answers, listeners.run(snapshot, clock, stop.clone()));
                tasks.start("the DNS listeners", serving);
            }
            Binding::Later(settings, admin, grace) => {
                let (figures, stop) = (sources.figures.clone(), stop.clone());
                let turn = async move { turn(figures, is_alone, grace).await };
                tasks.start("the listeners", async move {
                    match stop.run_until_cancelled(turn).await {
                        Some(()) => serve_beside((settings, admin), sources, answers, stop).await,
                        None => Ok(()),
                    }
                });
            }
        }
    }
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
    async { Ok(task.await.map_err(|error| anyhow!(confine::words(&error)))??) }
}

fn settings(config: &Config) -> Settings {
    Settings {
        udp: config.listen.udp.clone(),
        tcp: config.listen.tcp.clone(),
        clusters: own_listeners(config),
        udp_workers: NonZeroUsize::new(config.udp_workers).unwrap_or(NonZeroUsize::MIN),
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

fn tell_bound(listeners: &Listeners) {
    for bound in listeners.bound() {
        tracing::info!("listening on {bound}");
    }
}

/// Waits until every cluster has been read: what the other process knows is newer than what it
/// kept. A cluster that can not be read holds it up for `grace`, and nothing does once the other
/// one is gone.
async fn turn(
    mut figures: watch::Receiver<Figures>,
    mut is_alone: watch::Receiver<bool>,
    grace: Duration,
) {
    let unread = [SyncState::Awaited, SyncState::Restored].map(SyncState::as_str);
    let is_read = |figures: &Figures| {
        figures.published.is_some()
            && unread.iter().all(|state| figures.clusters.get(state).is_none_or(|it| *it == 0))
    };
    // A sender that is gone has nothing more to say: the process is ending.
    tokio::select! {
        _ = figures.wait_for(is_read) => {}
        _ = is_alone.wait_for(|is_alone| *is_alone) => {}
        () = sleep(grace) => {}
    }
}

/// Serves beside the other process.
async fn serve_beside(
    (settings, admin): (Settings, AdminListeners),
    sources: AnswerSources,
    answers: Handle,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listeners = bind(&answers, || Listeners::bind_beside(&settings))?;
    tell_bound(&listeners);
    let (snapshot, clock) = (sources.snapshot.clone(), sources.clock);
    let room = follow(sources.room.clone(), listeners.connection_limit(), stop.clone());
    let sources = sources.admin(listeners.counters());
    let serving = run(&answers, listeners.run(snapshot, clock, stop.clone()));
    tokio::try_join!(serving, room, admin.run(sources, stop.clone())).map(|_| ())
}
