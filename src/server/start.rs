//! The start: everything bound and restored, then every task begun.
//!
//! In: a configuration. Out: tasks, and who is to be told what changes. Beside a process that has the
//! state folder, which this one is to replace, sockets are bound only when every cluster was read.
//! Does not know what the tasks do.

use std::time::Instant;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::clusters::cluster_watch::ListTurns;
use crate::clusters::hostnames;
use crate::clusters::watch_control::WatchControls;
use crate::config::Config;
use crate::controller::{self, Controller, OverridesRead};
use crate::core::count::Count;
use crate::core::state::Kept;
use crate::state_dir::{self, Folder, Found, Hold, Keeper, KeeperStart};

use super::admin_listeners::AdminListeners;
use super::budget::Budget;
use super::listeners::{AllListeners, AnswerSources};
use super::overrides::{OverridesFile, record, record_of};
use super::plan::{configured_clusters, entries, joined};
use super::registries::{awaited, was_read};
use super::reload::Recipients;
use super::resumes::Resumes;
use super::service_manager::{Alive, ServiceManager};
use super::tasks::Tasks;
use super::watches::RegisteredCluster;

/// Inputs that may wait for the controller; a watch that finds the channel full waits with them.
const INPUTS: usize = 1024;

/// What a start needs.
pub(super) struct Start<'s> {
    pub(super) config: &'s Config,
    pub(super) budget: &'s Budget,
    pub(super) stop: &'s CancellationToken,
    pub(super) tasks: &'s mut Tasks,
}

impl Start<'_> {
    /// Starts every task but what follows the configuration; listeners run at `answers`.
    ///
    /// # Errors
    /// What can not be bound.
    pub(super) fn run(self, answers: Handle) -> anyhow::Result<Recipients> {
        let Self { config, budget, stop, tasks } = self;
        let (clock, stats) = (Clock::start(), budget.stats());
        let mut folder = config.state_dir.as_deref().map(Folder::new);
        let is_beside = folder.as_mut().is_some_and(|folder| folder.take() == Hold::Theirs);
        let admin = AdminListeners::new(config.admin.clone(), budget.admin(), stats.clone());
        let listeners = if is_beside {
            AllListeners::later(config, admin, answers.clone())
        } else {
            AllListeners::bind(config, admin, answers.clone())?
        };
        let kept =
            folder.as_ref().map(|it| state_dir::registrations(it.path())).unwrap_or_default();
        let (registrations, mut refused) = (kept.registrations, kept.refused);
        let clusters: Vec<_> =
            configured_clusters(config).chain(awaited(config, &registrations)).collect();
        budget.share(&clusters, config.registries.len());
        let mut found = folder.as_ref().map(|it| restore(it, &clusters)).unwrap_or_default();
        refused.append(&mut found.refused);
        let resumes = Resumes::new(found.resume_points(), &entries(&clusters));
        let later = found.serials.later_versions.clone();
        let is_unread = |registry| !was_read(&registrations, registry);
        let plan = joined(config, &clusters, config.registries.iter().any(is_unread));
        let controls = WatchControls::default();
        let turns = ListTurns::new(found.clusters.iter().map(|kept| kept.head.cluster.clone()));
        let (overrides_file, overrides) = open_overrides(config);
        let mut controller = Controller::restored(plan, clock, found, overrides)
            .with_watches(stats.clone(), controls.clone());
        if let Some(path) = record_of(config) {
            let lines = controller.override_lines();
            tasks.start_blocking("the record of overrides", move || record(&path, lines));
        }
        let (inputs, inputs_in) = mpsc::channel(INPUTS);
        let (registrations, registrations_now) = watch::channel(registrations);
        let mut is_alone = watch::channel(true).1;
        if let Some(folder) = folder {
            let survey = controller.survey();
            let start = KeeperStart { survey, registrations: registrations_now, later, refused };
            let keeper = Keeper::new(folder, start, controller.keeping(), inputs.clone(), clock);
            is_alone = keeper.is_alone();
            let (handle, stop) = (Handle::current(), stop.clone());
            // Writing and syncing block.
            let keep = move || handle.block_on(keeper.run(stop));
            tasks.start_blocking("the keeper of the state folder", keep);
        }
        let (client, calls) = controller::calls();
        let alive = Alive { controller: client.clone(), answers };
        let manager = ServiceManager::start(controller.readiness(), alive, stop, tasks);
        let sources = AnswerSources {
            snapshot: controller.published(),
            readiness: controller.readiness(),
            figures: controller.figures(),
            controller: client,
            clock,
            stats: stats.clone(),
            room: budget.room(),
        };
        listeners.start(sources, is_alone, stop, tasks);
        let (resolvers, resolvers_now) = watch::channel(config.resolver_servers.clone());
        let asked = (resolvers_now, budget.lookups());
        let requests = controller.resolve_requests();
        let resolving = hostnames::run(requests, asked, inputs.clone(), clock, stop.clone());
        tasks.start("the resolving of hostnames", resolving.map(Ok));
        // Beside the watches, and on no thread of its own: to wake another thread for each event takes more
        // than all that is done for it.
        let control = controller.run(inputs_in, calls, stop.clone());
        tasks.start("the controller", control.map(Ok));
        Ok(Recipients {
            inputs,
            controls,
            turns,
            resolvers,
            registrations,
            resumes,
            overrides_file,
            manager,
        })
    }
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

/// The file of overrides, if the configuration names one, and what it says.
fn open_overrides(config: &Config) -> (Option<OverridesFile>, OverridesRead) {
    let Some(path) = config.overrides_file.as_deref() else {
        return (None, OverridesRead::default());
    };
    let (file, read) = OverridesFile::open(path, config.state_dir.as_deref());
    (Some(file), read)
}
