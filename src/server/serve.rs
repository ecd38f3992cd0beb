//! `fedns serve`: all tasks joined, until a signal or a death ends them.
//!
//! In: a configuration. Out: nothing but what the tasks do. No task is detached: when one ends
//! that was not told to, the process says which and ends with it.
//! Does not know what the tasks do.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use futures::FutureExt;
use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::clusters::hostnames;
use crate::clusters::watch_control::WatchControls;
use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::controller::{Controller, Order};
use crate::core::count::Count;
use crate::core::state::Kept;
use crate::descriptors;
use crate::log::{self, Log};
use crate::state_dir::{self, Folder, Found, Hold, Keeper, Registrations};

use super::budget::Budget;
use super::listeners::{AllListeners, AnswerSources};
use super::plan::{configured_clusters, entries, joined};
use super::registries::{awaited, was_read};
use super::reload::Configured;
use super::tasks::Tasks;
use super::watches::RegisteredCluster;

/// Orders that may wait for the controller; a watch that finds the channel full waits with them.
const ORDERS: usize = 1024;
/// How long the tasks may take to end after they are told to.
const STOP: Duration = Duration::from_secs(4);
/// How much lower the priority of all threads is that do not answer. While a cluster of 100,000
/// shards is read anew, the slowest thousandth of answers takes 1.5 to 3 times as long as else without
/// this, and no longer than else with it.
const NICE: i32 = 10;

/// Serves until SIGTERM or SIGINT.
pub fn serve(path: &Path, config: Config) -> anyhow::Result<()> {
    let log = log::start(config.log)?;
    let most = descriptors::raise();
    // Answers have threads of their own: the reading of a list keeps a thread busy, and the system
    // takes a core from it for a query, as the runtime can not.
    let answers = runtime("answers", || {})?;
    let work = runtime("work", lower_priority())?;
    let done = work.block_on(run(path, config, log, (answers.handle().clone(), most)));
    // All tasks have ended or were given up; what blocks a thread must not hold up the exit.
    work.shutdown_background();
    answers.shutdown_background();
    done
}

/// A thread a core, and those for what blocks, each of which does `begin` first.
fn runtime(name: &str, begin: impl Fn() + Send + Sync + 'static) -> anyhow::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    builder.thread_name(name);
    builder.enable_all().on_thread_start(begin).build().context("no runtime")
}

/// What makes a thread give its core to any answer that waits for one. Answers that would take all
/// of it leave it a tenth.
fn lower_priority() -> impl Fn() {
    // Threads inherit what the thread has that starts them, so it is not said as a difference.
    let lower = getpriority_process(None).unwrap_or(0) + NICE;
    // Less is never refused by Linux; where a sandbox does, threads are equal.
    move || _ = setpriority_process(None, lower)
}

async fn run(
    path: &Path,
    config: Config,
    log: Log,
    (answers, most): (Handle, Option<usize>),
) -> anyhow::Result<()> {
    tracing::info!("fedns {}", env!("CARGO_PKG_VERSION"));
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let hang_up = signal(SignalKind::hangup())?;
    let stop = CancellationToken::new();
    let mut tasks = Tasks::default();
    let (resolvers, resolvers_now) = watch::channel(config.resolver_servers.clone());
    let (vitals, controls) = (WatchStats::default(), WatchControls::default());
    let budget = Budget::new(most, &config, vitals.clone());
    let known = (resolvers_now, &vitals, &controls, &budget);
    let (orders, kept) = start(&config, known, answers, &stop, &mut tasks)?;
    let configured =
        Configured::new(path, config, log, orders, resolvers, (vitals, controls, kept, budget));
    tasks.start("the configuration", configured.run(hang_up, stop.clone()));
    let fault = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        Some(ended) = tasks.running.join_next_with_id() => Some(tasks.death(ended)),
    };
    if fault.is_none() {
        tracing::info!("told to stop: answering what has arrived");
    }
    stop.cancel();
    if timeout(STOP, tasks.join()).await.is_err() {
        tracing::warn!("some parts did not end in time and are given up");
    }
    match fault {
        Some(fault) => bail!(fault),
        None => Ok(()),
    }
}

/// Binds everything and restores what was kept, then starts every task. Beside a process that has
/// the state folder, which this one is to replace, sockets are bound only when every cluster was read.
fn start(
    config: &Config,
    (resolvers, vitals, controls, budget): (
        watch::Receiver<Vec<SocketAddr>>,
        &WatchStats,
        &WatchControls,
        &Budget,
    ),
    answers: Handle,
    stop: &CancellationToken,
    tasks: &mut Tasks,
) -> anyhow::Result<(mpsc::Sender<Order>, Registrations)> {
    let clock = Clock::start();
    let mut folder = config.state_dir.as_deref().map(Folder::new);
    let is_beside = folder.as_mut().is_some_and(|folder| folder.take() == Hold::Theirs);
    let listeners = if is_beside {
        AllListeners::later(config, answers, (vitals, budget.admin()))
    } else {
        AllListeners::bind(config, answers, (vitals, budget.admin()))?
    };
    let (kept, mut refused) =
        folder.as_ref().map(|it| state_dir::registrations(it.path())).unwrap_or_default();
    let clusters: Vec<_> = configured_clusters(config).chain(awaited(config, &kept)).collect();
    budget.share(&clusters, config.registries.len());
    let mut found = folder.as_ref().map(|folder| restore(folder, &clusters)).unwrap_or_default();
    refused.append(&mut found.complaints);
    let expects_clusters = config.registries.iter().any(|registry| !was_read(&kept, registry));
    let plan = joined(config, &clusters, expects_clusters, kept.clone());
    let mut controller =
        Controller::restored(plan, clock, found).with_watches(vitals.clone(), controls.clone());
    let (orders, orders_in) = mpsc::channel(ORDERS);
    let (asks, asks_in) = mpsc::channel(1);
    let (held, held_in) = watch::channel(!is_beside);
    if let Some(folder) = folder {
        let (start, asks) = (controller.survey(), controller.keeping());
        let start = (&start, refused);
        let keeper = Keeper::new(folder, asks, orders.clone(), (clock, held), start);
        let (handle, stop) = (Handle::current(), stop.clone());
        // Writing and syncing block.
        let keep = move || handle.block_on(keeper.run(stop));
        tasks.start_blocking("the keeper of the state folder", keep);
    }
    let sources = AnswerSources {
        snapshot: controller.published(),
        readiness: controller.readiness(),
        figures: controller.figures(),
        asks,
        clock,
        vitals: vitals.clone(),
        room: budget.room(),
    };
    listeners.start(sources, held_in, stop, tasks);
    let (requests, told) = (controller.resolve_requests(), orders.clone());
    let resolvers = (resolvers, budget.lookups());
    let resolving = hostnames::run(requests, resolvers, told, clock, stop.clone());
    tasks.start("the resolving of hostnames", resolving.map(Ok));
    // Compiling keeps a thread busy for as long as it takes, so it gets one of its own.
    let (handle, stop) = (Handle::current(), stop.clone());
    let control = move || handle.block_on(controller.run(orders_in, asks_in, stop));
    tasks.start_blocking("the controller", control);
    Ok((orders, kept))
}

/// Reads what an earlier run kept.
fn restore(folder: &Folder, clusters: &[RegisteredCluster]) -> Found {
    let began = Instant::now();
    let found = state_dir::read(folder.path(), &entries(clusters));
    if !found.clusters.is_empty() {
        let shards: usize = found.clusters.iter().map(Kept::shards).sum();
        let (path, shards) = (folder.path().display(), Count(shards, "shard"));
        let clusters = Count(found.clusters.len(), "cluster");
        let taken = began.elapsed();
        tracing::info!("{path}: {shards} of {clusters} restored in {taken:.1?}");
    }
    found
}
