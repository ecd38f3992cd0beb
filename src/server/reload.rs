//! The configuration while the process runs: read again on SIGHUP and when its file changes.
//!
//! In: the file, and what registries tell. Out: inputs for the controller, watches started and
//! stopped; a bad file changes nothing and is told. Its file is looked at twice a second: that works
//! on every file system and through every kind of link. Does not know what a key means.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;
use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::clusters::cluster_watch::ListTurns;
use crate::clusters::file_stamp::Stamp;
use crate::clusters::watch_control::WatchControls;
use crate::config::{Config, Faults};
use crate::controller::{Input, OverridesRead, PlanChange};
use crate::core::count::Count;
use crate::core::name::Label;
use crate::descriptors;
use crate::log::Log;
use crate::state_dir::Registrations;
use crate::zone_files::ZoneFolder;

use super::budget::Budget;
use super::glance::{Glance, look};
use super::overrides::OverridesFile;
use super::plan::{joined, own_listeners};
use super::registries::{Registries, was_read};
use super::resumes::Resumes;
use super::service_manager::ServiceManager;
use super::watches::{RegisteredCluster, Watches};
use super::zones::WithZones;

/// How often the file is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// Who is told what changes.
pub(super) struct Recipients {
    /// The controller.
    pub(super) inputs: mpsc::Sender<Input>,
    /// The watches: when to list anew.
    pub(super) controls: WatchControls,
    /// The watches: when to list at all.
    pub(super) turns: ListTurns,
    /// Whoever resolves hostnames: the servers to ask.
    pub(super) resolvers: watch::Sender<Vec<SocketAddr>>,
    /// The keeper of the state folder: what registries have told, by now or to an earlier run.
    pub(super) registrations: watch::Sender<Registrations>,
    /// The watches: where those of an earlier run stopped.
    pub(super) resumes: Resumes,
    /// The file of overrides, which the controller has been told of.
    pub(super) overrides_file: Option<OverridesFile>,
    /// Whoever runs the process: when the configuration is read again.
    pub(super) manager: ServiceManager,
}

/// What follows the configuration.
pub(super) struct Configured {
    path: PathBuf,
    /// As the process was started: listeners stay as they are.
    started: Config,
    /// As it is now.
    config: Config,
    zones: Option<ZoneFolder>,
    seen: Option<Stamp>,
    log: Log,
    recipients: Recipients,
    registries: Registries,
    /// The clusters that are registered: those of the configuration, and of registries.
    clusters: Vec<RegisteredCluster>,
    /// Whether the controller was told to expect more.
    expected: bool,
    watches: Watches,
    budget: Budget,
}

impl Configured {
    /// Follows the file at `path`, from which the configuration was read.
    pub(super) fn new(
        path: &Path,
        WithZones { config, zones }: WithZones,
        log: Log,
        mut recipients: Recipients,
        budget: Budget,
    ) -> Self {
        let resumes = std::mem::take(&mut recipients.resumes);
        let stats = budget.stats().clone();
        let Recipients { inputs, controls, turns, .. } = &recipients;
        let (inputs, controls, turns) = (inputs.clone(), controls.clone(), turns.clone());
        let watches = Watches::new(inputs, stats.clone(), controls, turns).resuming(resumes);
        let kept = recipients.registrations.borrow().clone();
        let expected = config.registries.iter().any(|registry| !was_read(&kept, registry));
        let (registries, clusters) = (Registries::new(stats, kept), Vec::new());
        let (started, seen) = (config.clone(), look(path).map(|it| it.stamp));
        let path = path.into();
        Self {
            path,
            started,
            config,
            zones,
            seen,
            log,
            recipients,
            registries,
            clusters,
            expected,
            watches,
            budget,
        }
    }

    /// Watches clusters and the file until `stop`.
    ///
    /// # Errors
    /// A watch that ended without being told to.
    pub(super) async fn run(
        mut self,
        mut hang_up: Signal,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        self.registries.follow(&self.config.registries);
        self.clusters = self.registries.join(&self.config);
        self.budget.share(&self.clusters, self.config.registries.len());
        self.clusters.iter().for_each(|cluster| self.watches.start(cluster));
        let mut glances = interval(LOOK);
        glances.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let fault = loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => break None,
                fault = self.watches.death() => break Some(fault),
                news = self.registries.news() => {
                    let done = match news {
                        Ok(()) => self.register().await,
                        Err(fault) => Err(fault),
                    };
                    if let Err(fault) = done {
                        break Some(fault);
                    }
                }
                Some(()) = hang_up.recv() => {
                    tracing::info!("SIGHUP: reading {} again", self.path.display());
                    if let Err(fault) = self.reload().await {
                        break Some(fault);
                    }
                }
                _ = glances.tick() => if let Err(fault) = self.glance().await {
                    break Some(fault);
                },
            }
        };
        self.registries.stop_all().await;
        self.watches.stop_all().await;
        match fault {
            Some(fault) => bail!(fault),
            None => Ok(()),
        }
    }

    /// Looks whether files have changed, and follows those that have.
    async fn glance(&mut self) -> Result<(), String> {
        if let Some(read) = self.recipients.overrides_file.as_mut().and_then(OverridesFile::news) {
            _ = self.recipients.inputs.send(Input::Overrides(read)).await;
        }
        if self.has_changed() {
            tracing::info!("{} has changed: reading it again", self.path.display());
            return self.reload().await;
        }
        if self.zones.as_ref().is_some_and(ZoneFolder::has_changed) {
            self.read_zones(self.config.clone()).await?;
            let clusters = self.clusters.clone();
            self.change(clusters, Input::ClustersChanged).await?;
        }
        Ok(())
    }

    /// Follows a configuration as far as its static zones go.
    async fn read_zones(&mut self, config: Config) -> Result<(), String> {
        let zones = self.zones.take();
        let read = WithZones { config, zones }.read().await?;
        (self.config, self.zones) = (read.config, read.zones);
        Ok(())
    }

    /// Follows which file overrides stand in. Where the configuration names none any more, what it said is released.
    async fn follow_overrides(&mut self) {
        let wanted = self.config.overrides_file.as_deref();
        let known = self.recipients.overrides_file.as_ref();
        let is_same = match (wanted, known) {
            (Some(wanted), Some(known)) => known.is_at(wanted),
            (wanted, known) => wanted.is_none() && known.is_none(),
        };
        if is_same {
            return;
        }
        let state_dir = self.started.state_dir.as_deref();
        let opened = wanted.map(|path| OverridesFile::open(path, state_dir));
        let (file, read) = opened.unzip();
        self.recipients.overrides_file = file;
        let nothing = || OverridesRead { said: Some(Vec::new()), complaint: None };
        let read = Input::Overrides(read.unwrap_or_else(nothing));
        _ = self.recipients.inputs.send(read).await;
    }

    /// Whether the file is another one than was read, and written in whole. A file that is gone
    /// says nothing.
    fn has_changed(&self) -> bool {
        look(&self.path).is_some_and(|glance: Glance| {
            let is_new = Some(glance.stamp) != self.seen && glance.is_settled();
            // While the system has no descriptor for it, nothing is said of what it holds.
            is_new && !descriptors::are_gone(&self.path)
        })
    }

    /// Reads the file again and follows it.
    async fn reload(&mut self) -> Result<(), String> {
        let _told = self.recipients.manager.reloading();
        self.seen = look(&self.path).map(|it| it.stamp);
        match Config::load(&self.path) {
            Ok(config) => self.follow(config).await,
            Err(faults) => {
                self.refuse(&faults).await;
                Ok(())
            }
        }
    }

    async fn refuse(&self, faults: &Faults) {
        let (path, count, text) = (self.path.display(), faults.count(), faults.render(false));
        tracing::error!("{path} has {} and changes nothing:", Count(count, "fault"));
        text.lines().for_each(|line| tracing::error!("{line}"));
        // Nobody receives when the process is ending, and then nobody asks.
        _ = self.recipients.inputs.send(Input::ReloadFailed(text)).await;
    }

    async fn follow(&mut self, config: Config) -> Result<(), String> {
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        for key in self.fixed(&config) {
            tracing::warn!("`{key}` has changed: that takes a restart");
        }
        self.log.change_level(config.log.level);
        // Without servers of its own the file stands for those of the system, which may have
        // changed too.
        let servers = &config.resolver_servers;
        if self.config.resolver_servers != *servers || servers.is_empty() {
            self.recipients.resolvers.send_replace(servers.clone());
        }
        // What listens stays as it was at the start, and so does what is wrong with that.
        let config = Config { admin: self.started.admin.clone(), ..config };
        self.read_zones(config).await?;
        self.follow_overrides().await;
        self.registries.follow(&self.config.registries);
        let clusters = self.registries.join(&self.config);
        self.change(clusters, Input::Reloaded).await?;
        tracing::info!("{} has no faults and is in effect", self.path.display());
        Ok(())
    }

    /// Follows what a registry told.
    async fn register(&mut self) -> Result<(), String> {
        let clusters = self.registries.join(&self.config);
        let expects = self.registries.expects_clusters();
        if clusters == self.clusters && expects == self.expected {
            return Ok(());
        }
        self.change(clusters, Input::ClustersChanged).await
    }

    /// Registers these clusters and no others: watches are stopped and started, and the controller
    /// is told in between.
    async fn change(
        &mut self,
        clusters: Vec<RegisteredCluster>,
        input: impl FnOnce(Box<PlanChange>) -> Input,
    ) -> Result<(), String> {
        let former = std::mem::replace(&mut self.clusters, clusters);
        self.watches.follow(&self.clusters);
        let watched = |clusters: &[RegisteredCluster], name: &Label| {
            clusters.iter().find(|it| it.name() == name).map(|it| it.watched.clone())
        };
        let changed = |name: &&Label| watched(&former, name) != watched(&self.clusters, name);
        let names = former.iter().map(RegisteredCluster::name);
        let stopped: Vec<Label> = names.filter(changed).cloned().collect();
        let is_kept = |name: &&Label| watched(&self.clusters, name).is_some();
        // Of one that could not be reached until now it is known where its facts are from.
        let was_read = |name: &&Label| watched(&former, name) != Some(None);
        let moved = stopped.iter().filter(is_kept).filter(was_read).cloned().collect();
        // Before they are begun: connections of strangers make room for theirs.
        self.budget.share(&self.clusters, self.config.registries.len());
        self.watches.stop(&stopped).await?;
        // The old watches have said their last, and the new ones nothing yet: in this order the
        // controller never takes the one for the other.
        self.expected = self.registries.expects_clusters();
        self.recipients.registrations.send_replace(self.registries.registrations());
        let plan = joined(&self.config, &self.clusters, self.expected);
        _ = self.recipients.inputs.send(input(Box::new(PlanChange { plan, moved }))).await;
        for cluster in &self.clusters {
            if watched(&former, cluster.name()).as_ref() != Some(&cluster.watched) {
                self.watches.start(cluster);
            }
        }
        Ok(())
    }

    /// Keys that differ from those that the process was started with and can not be followed.
    fn fixed(&self, config: &Config) -> impl Iterator<Item = &'static str> {
        let started = &self.started;
        let differ = [
            ("listen", started.listen != config.listen),
            ("listen` of `clusters", own_listeners(started) != own_listeners(config)),
            ("admin", started.admin != config.admin),
            ("stateDir", started.state_dir != config.state_dir),
            ("lameduck", started.lameduck != config.lameduck),
            ("udpWorkers", started.udp_workers != config.udp_workers),
            ("log.format", started.log.format != config.log.format),
        ];
        differ.into_iter().filter(|(_, differs)| *differs).map(|(key, _)| key)
    }
}
