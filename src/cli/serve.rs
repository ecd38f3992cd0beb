//! `fedns serve`: all parts joined, until a signal or a death ends them.
//!
//! In: a configuration. Out: nothing but what the parts do. No task is detached: when one ends
//! that was not told to, the process says which and ends with it.
//! Does not know what the parts do.

use std::future::Future;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use futures::FutureExt;
use tokio::runtime::{Builder, Handle};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::admin::{Admin, Sources};
use crate::clock::Clock;
use crate::clusters::vitals::Vitals;
use crate::config::Config;
use crate::controller::{Controller, Order};
use crate::dns::{Listeners, Settings, TcpLimits};
use crate::log::{self, Log};

use super::plan::plan;
use super::reload::Configured;

/// Orders that may wait for the controller; a watch that finds the channel full waits with them.
const ORDERS: usize = 1024;
/// How long the parts may take to end after they are told to.
const STOP: Duration = Duration::from_secs(4);

/// Serves until SIGTERM or SIGINT.
pub(super) fn serve(path: &Path, config: Config) -> anyhow::Result<()> {
    let log = log::start(config.log)?;
    let runtime = Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let done = runtime.block_on(run(path, config, log));
    // All parts have ended or were given up; what blocks a thread must not hold up the exit.
    runtime.shutdown_background();
    done
}

async fn run(path: &Path, config: Config, log: Log) -> anyhow::Result<()> {
    tracing::info!("fedns {}", env!("CARGO_PKG_VERSION"));
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let hang_up = signal(SignalKind::hangup())?;
    let stop = CancellationToken::new();
    let mut parts = Parts::default();
    let vitals = Vitals::default();
    let orders = start(&config, &vitals, &stop, &mut parts)?;
    let configured = Configured::new(path, config, log, orders, vitals);
    parts.start("the configuration", configured.run(hang_up, stop.clone()));
    let fault = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        Some(ended) = parts.tasks.join_next_with_id() => Some(parts.death(ended)),
    };
    if fault.is_none() {
        tracing::info!("told to stop: answering what has arrived");
    }
    stop.cancel();
    if timeout(STOP, parts.join()).await.is_err() {
        tracing::warn!("some parts did not end in time and are given up");
    }
    match fault {
        Some(fault) => bail!(fault),
        None => Ok(()),
    }
}

/// Binds everything, then starts every part.
fn start(
    config: &Config,
    vitals: &Vitals,
    stop: &CancellationToken,
    parts: &mut Parts,
) -> anyhow::Result<mpsc::Sender<Order>> {
    let clock = Clock::start();
    let listeners = Listeners::bind(&Settings {
        udp: config.listen.udp.clone(),
        tcp: config.listen.tcp.clone(),
        udp_workers: NonZeroUsize::new(config.udp_workers).unwrap_or(NonZeroUsize::MIN),
        tcp_limits: TcpLimits::default(),
    })?;
    let admin = config.admin.map(Admin::bind).transpose()?;
    let controller = Controller::new(plan(config), clock).with_vitals(vitals.clone());
    let (orders, orders_in) = mpsc::channel(ORDERS);
    let (asks, asks_in) = mpsc::channel(1);
    let published = controller.published();
    if let Some(admin) = admin {
        tracing::info!("listening on http {}", admin.address());
        let sources = Sources {
            snapshot: published.clone(),
            counters: listeners.counters(),
            readiness: controller.readiness(),
            figures: controller.figures(),
            asks,
            clock,
            vitals: vitals.clone(),
        };
        let run = admin.run(sources, stop.clone());
        parts.start("the admin address", run.map(Ok));
    }
    for bound in listeners.bound() {
        tracing::info!("listening on {bound}");
    }
    let serving = listeners.run(published, clock, stop.clone());
    parts.start("the DNS listeners", async { Ok(serving.await?) });
    // Compiling keeps a thread busy for as long as it takes, so it gets one of its own.
    let (handle, stop) = (Handle::current(), stop.clone());
    let control = move || handle.block_on(controller.run(orders_in, asks_in, stop));
    parts.start("the controller", async {
        tokio::task::spawn_blocking(control).await.context("it panicked")
    });
    Ok(orders)
}

/// Every task of the process, by name.
#[derive(Default)]
struct Parts {
    tasks: JoinSet<anyhow::Result<()>>,
    names: Vec<(tokio::task::Id, String)>,
}

type Ended = Result<(tokio::task::Id, anyhow::Result<()>), tokio::task::JoinError>;

impl Parts {
    fn start(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let id = self.tasks.spawn(task).id();
        self.names.push((id, name.into()));
    }

    /// Says in words which part ended, and of what.
    fn death(&self, ended: Ended) -> String {
        let (id, reason) = match ended {
            Ok((id, Ok(()))) => (id, "without being told to".to_owned()),
            Ok((id, Err(error))) => (id, format!("{error:#}")),
            Err(error) => (error.id(), error.to_string()),
        };
        let name = self.names.iter().find(|(it, _)| *it == id).map_or("a part", |(_, name)| name);
        format!("{name} ended: {reason}")
    }

    async fn join(&mut self) {
        while let Some(ended) = self.tasks.join_next_with_id().await {
            if !matches!(ended, Ok((_, Ok(())))) {
                tracing::warn!("while stopping: {}", self.death(ended));
            }
        }
    }
}
