//! Registries: clusters that come and go by Secrets, joined with those of the configuration.
//!
//! In: registries of the configuration, and what their watches tell. Out: all clusters that are to
//! be registered now; what is wrong, for the status. A name belongs to whoever had it first, and
//! above all to the configuration. A Secret that says something of no use changes nothing, and so
//! does a watch that panics: it is begun anew.
//! Does not know what becomes of clusters.

mod watched;
mod claims;
mod kept;
mod once;

use std::collections::BTreeMap;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::clusters::api::Timing;
use crate::clusters::registries::{RegistryReport, watch_secrets};
use crate::clusters::watch_stats::{RegistryStats, WatchStats};
use crate::config::{Config, Registry, RegistryIdentity};
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Label;
use crate::panics::{self, News, Rests, confined};
use crate::state_dir::{Registration, Registrations};

use super::plan::configured_clusters;
use super::watches::RegisteredCluster;
use claims::{Owner, Registered, candidates};
use watched::{Watch, place};

pub(crate) use kept::{awaited, was_read};
pub(crate) use once::{ReadOnce, read_once};

/// Reports that may wait.
const REPORTS: usize = 16;

/// All registries that are watched, and the clusters that they have registered.
pub(super) struct Registries {
    /// In the order of the configuration.
    watched: Vec<Watch>,
    tasks: JoinSet<u64>,
    out: mpsc::Sender<(u64, RegistryReport)>,
    reports: mpsc::Receiver<(u64, RegistryReport)>,
    /// Where it is told that a watch panicked, or is well again.
    tell: mpsc::Sender<(u64, News)>,
    news: mpsc::Receiver<(u64, News)>,
    /// How many watches were begun.
    begun: u64,
    registered: BTreeMap<Label, Registered>,
    /// What an earlier run kept, of registries that have not been read since.
    kept: Registrations,
    stats: WatchStats,
}

impl Registries {
    /// None yet; what is known of them is shown in `stats`. `kept` is what an earlier run knew.
    pub(super) fn new(stats: WatchStats, kept: Registrations) -> Self {
        let (out, reports) = mpsc::channel(REPORTS);
        let (tell, news) = mpsc::channel(REPORTS);
        Self {
            watched: Vec::new(),
            tasks: JoinSet::new(),
            out,
            reports,
            tell,
            news,
            begun: 0,
            registered: BTreeMap::new(),
            kept,
            stats,
        }
    }

    /// Watches these registries and no others.
    pub(super) fn follow(&mut self, wanted: &[Registry]) {
        let mut former = std::mem::take(&mut self.watched);
        for registry in wanted {
            let known = former.iter().position(|it| it.registry == *registry);
            let watch = known.map(|at| former.swap_remove(at));
            let watch = watch.unwrap_or_else(|| self.start(registry.clone()));
            self.watched.push(watch);
        }
        former.iter().for_each(|watch| watch.stop.cancel());
    }

    fn start(&mut self, registry: Registry) -> Watch {
        self.begun += 1;
        let (number, stop) = (self.begun, CancellationToken::new());
        let place = place(&registry);
        let (out, tell, cancel) = (self.out.clone(), self.tell.clone(), stop.clone());
        let begin = {
            let cancel = cancel.clone();
            move || {
                watch_secrets(place.clone(), Timing::default(), number, out.clone(), cancel.clone())
            }
        };
        let tell = move |news| {
            let tell = tell.clone();
            // Nobody receives when the process is ending.
            async move { _ = tell.send((number, news)).await }
        };
        self.tasks.spawn(async move {
            confined(begin, tell, Rests::default(), cancel).await;
            number
        });
        Watch::new(registry, number, stop)
    }

    /// Waits until a registry tells something new.
    ///
    /// # Errors
    /// Which one ended without being told to.
    pub(super) async fn news(&mut self) -> Result<(), String> {
        loop {
            tokio::select! {
                Some((number, report)) = self.reports.recv() => {
                    let told = self.watched.iter_mut().find(|watch| watch.number == number);
                    if let Some(watch) = told {
                        watch.take(report);
                        return Ok(());
                    }
                }
                Some((number, news)) = self.news.recv() => {
                    let told = self.watched.iter_mut().find(|watch| watch.number == number);
                    if let Some(watch) = told {
                        watch.note(news);
                        return Ok(());
                    }
                }
                Some(ended) = self.tasks.join_next() => {
                    let number = ended.map_err(|error| {
                        format!("a registry ended: {}", panics::words(&error))
                    })?;
                    if let Some(watch) = self.watched.iter().find(|it| it.number == number) {
                        let registry = &watch.registry;
                        return Err(format!("registry {registry} ended: it was not told to"));
                    }
                }
            }
        }
    }

    /// Whether a registry was never read: more clusters may come.
    pub(super) fn expects_clusters(&self) -> bool {
        let unread = self.watched.iter().filter(|watch| watch.report.found.is_none());
        unread.into_iter().any(|watch| !was_read(&self.kept, &watch.registry))
    }

    /// What is to be kept for the next run.
    pub(super) fn registrations(&self) -> Registrations {
        let mut all = self.kept.clone();
        let read = self.watched.iter().filter(|watch| watch.report.found.is_some());
        all.read.extend(read.map(|watch| watch.identity.clone()));
        all.clusters.extend(self.registered.iter().map(|(name, it)| Registration {
            cluster: name.clone(),
            registry: it.owner.registry.clone(),
            secret: it.owner.secret.clone(),
            entry: it.annotations.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        }));
        all
    }

    /// Ends all watches.
    pub(super) async fn stop_all(&mut self) {
        self.watched.iter().for_each(|watch| watch.stop.cancel());
        while self.tasks.join_next().await.is_some() {}
    }

    /// All clusters that are to be registered now: those of the configuration, then the others by
    /// name.
    pub(super) fn join(&mut self, config: &Config) -> Vec<RegisteredCluster> {
        let mut former = std::mem::take(&mut self.registered);
        let watched = &self.watched;
        let is_unread = |registry: &RegistryIdentity| {
            let mut unread = watched.iter().filter(|watch| watch.report.found.is_none());
            unread.any(|watch| watch.identity == *registry)
        };
        self.kept.read.retain(|registry| is_unread(registry));
        self.kept.clusters.retain(|it| is_unread(&it.registry));
        let mut all: Vec<RegisteredCluster> = configured_clusters(config).collect();
        let mut complaints: Vec<_> = self.watched.iter().map(Watch::faults).collect();
        let awaited = awaited(config, &self.kept);
        let candidates = candidates(&self.watched, &former);
        for candidate in candidates {
            let name = &candidate.claim.name;
            let taken = self.registered.get(name).map(|it| self.name_of(&it.owner));
            let has = |all: &[RegisteredCluster]| all.iter().any(|it| it.name() == name);
            let of_file = has(&all).then(|| "the configuration".into());
            let of_unread = has(&awaited).then(|| "a registry that can not be read now".into());
            let flaw = match of_file.or(taken).or(of_unread) {
                Some(by) => Some(Flaw::NameTaken(name.clone(), by.into())),
                None => {
                    let (registered, flaw) = candidate.register(config, former.remove(name));
                    self.registered.extend(registered.map(|it| (name.clone(), it)));
                    flaw
                }
            };
            let subject = candidate.subject();
            complaints[candidate.at].extend(flaw.map(|flaw| (subject, flaw)));
        }
        all.extend(self.registered.iter().map(|(name, it)| it.cluster(name)));
        all.extend(awaited);
        self.tell(complaints);
        all
    }

    /// A Secret as people read it: the registry by its paths as the configuration has them.
    fn name_of(&self, Owner { registry, secret }: &Owner) -> String {
        let watch = self.watched.iter().find(|watch| watch.identity == *registry);
        let registry = watch.map_or_else(|| registry.to_string(), |it| it.registry.to_string());
        format!("secret {secret} of registry {registry}")
    }

    /// Tells what is wrong with each registry: in the log what is new, in the status all of it.
    fn tell(&mut self, complaints: Vec<Vec<(Subject, Flaw)>>) {
        let (mut stats, mut seen) = (Vec::new(), BTreeMap::new());
        for (watch, complaints) in self.watched.iter_mut().zip(complaints) {
            let registry = watch.registry.to_string();
            for complaint in complaints.iter().filter(|it| !watch.complaints.contains(it)) {
                let (subject, flaw) = complaint;
                tracing::warn!("registry {registry}: {subject}: {flaw}");
            }
            let is_own = |it: &&Registered| it.owner.registry == watch.identity;
            let namespace = &watch.registry.namespace;
            let turn = seen.entry(namespace.clone()).and_modify(|turn| *turn += 1).or_insert(1);
            let id = if *turn == 1 { namespace.to_string() } else { format!("{namespace}_{turn}") };
            stats.push(RegistryStats {
                clusters: self.registered.values().filter(is_own).count(),
                id: id.into(),
                registry: registry.into(),
                read_since: watch.read_since,
                complaints: complaints.clone(),
            });
            watch.complaints = complaints;
        }
        self.stats.show_registries(stats);
    }
}
