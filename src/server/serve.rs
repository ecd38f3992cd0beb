//! `fedns serve`: the process, until a signal or a death ends it.
//!
//! In: a configuration. Out: nothing but what its tasks do. No task is detached: when one ends
//! that was not told to, the process says which and ends with it.
//! Does not know what the tasks do.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::{getpriority_process, setpriority_process};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::controller::Input;
use crate::descriptors;
use crate::log::{self, Log};

use super::budget::Budget;
use super::reload::Configured;
use super::service_manager;
use super::start::Start;
use super::tasks::Tasks;
use super::zones::WithZones;

/// How long the tasks may take to end after they are told to: all but the keeper of the state folder, which
/// writes what is not kept yet, need two seconds at most.
const STOP: Duration = Duration::from_secs(20);
/// How long the controller may take to hear that the process is to end.
const TOLD: Duration = Duration::from_secs(1);
/// How much lower the priority of all threads is that do not answer. While a cluster of 100,000
/// shards is read anew, the slowest thousandth of answers takes 1.5 to 3 times as long as else without
/// this, and no longer than else with it.
const NICE: i32 = 10;

/// Serves until SIGTERM or SIGINT.
pub fn serve(path: &Path, config: Config) -> anyhow::Result<()> {
    let log = log::start(config.log)?;
    let descriptors = descriptors::raise();
    // Answers have threads of their own: the reading of a list keeps a thread busy, and the system
    // takes a core from it for a query, as the runtime can not.
    let answers = runtime("answers", || {})?;
    let work = runtime("work", lower_priority())?;
    let system = System { answers: answers.handle().clone(), descriptors };
    let done = work.block_on(run(path, config, log, system));
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

/// What the system gives this process.
struct System {
    /// Where answers run.
    answers: Handle,
    /// How many descriptors there may be at most, where that can be told.
    descriptors: Option<usize>,
}

async fn run(path: &Path, config: Config, log: Log, system: System) -> anyhow::Result<()> {
    tracing::info!("fedns {}", env!("CARGO_PKG_VERSION"));
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let read = WithZones::load(config);
    let config = &read.config;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let hang_up = signal(SignalKind::hangup())?;
    let stop = CancellationToken::new();
    let mut tasks = Tasks::default();
    let budget = Budget::new(system.descriptors, config, WatchStats::default());
    let start = Start { config, budget: &budget, stop: &stop, tasks: &mut tasks };
    let recipients = start.run(system.answers)?;
    let inputs = recipients.inputs.clone();
    let lameduck = config.lameduck;
    let configured = Configured::new(path, read, log, recipients, budget);
    tasks.start("the configuration", configured.run(hang_up, stop.clone()));
    let mut fault = tokio::select! {
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
        Some(ended) = tasks.running.join_next_with_id() => Some(tasks.death(ended)),
    };
    service_manager::stopping();
    if fault.is_none() {
        // A controller that is busy must not hold up the end.
        _ = timeout(TOLD, inputs.send(Input::Leaving)).await;
        if !lameduck.is_zero() {
            tracing::info!("told to stop: not ready any more; answers go on for {lameduck:?}");
            fault = tokio::select! {
                () = sleep(lameduck) => None,
                // Whoever says it twice means at once.
                _ = terminate.recv() => None,
                _ = interrupt.recv() => None,
                Some(ended) = tasks.running.join_next_with_id() => Some(tasks.death(ended)),
            };
        }
    }
    drop(inputs);
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
