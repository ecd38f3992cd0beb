//! The watches of clusters: started, stopped and missed one by one.
//!
//! In: clusters. Out: a task for each, owned here. One that panics is begun anew, and its cluster
//! is silent until then; others go on. A death has a name.
//! Does not know what is watched or said.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clusters::api::{Credentials, Timing};
use crate::clusters::cluster_watch::{self, ApiServer, ListTurns, WatchHandle};
use crate::clusters::manifests::read_permits::ReadPermits;
use crate::clusters::manifests::watch as manifests;
use crate::clusters::watch_control::WatchControls;
use crate::clusters::watch_panics::tell_breaks;
use crate::clusters::watch_stats::WatchStats;
use crate::config::{Cluster, ClusterEntry, Kubeconfig, Source};
use crate::controller::Input;
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;
use crate::panics::{self, Rests, confined};

use super::resumes::Resumes;

/// What is watched of a cluster; where this changes, another watch begins.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Watched {
    /// A folder of manifests.
    Folder(PathBuf),
    /// An API server.
    Server(ApiServer),
}

/// A cluster that is to be registered.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RegisteredCluster {
    pub(crate) entry: ClusterEntry,
    /// `None` while nobody knows how it is reached: its registry was not read since the start.
    pub(crate) watched: Option<Watched>,
}

impl RegisteredCluster {
    pub(crate) fn name(&self) -> &Label {
        &self.entry.name
    }
}

impl Watched {
    /// That of a cluster's entry.
    pub(super) fn of(cluster: &Cluster) -> Self {
        match &cluster.source {
            Source::Manifests(path) => Self::Folder(path.clone()),
            Source::Kubeconfig(kubeconfig) => {
                Self::server(credentials(kubeconfig), &cluster.policy)
            }
        }
    }

    /// An API server, of a cluster whose entry says this.
    pub(super) fn server(credentials: Credentials, policy: &ClusterPolicy) -> Self {
        // A pattern may mean any namespace: then they can not be read one by one.
        let names = policy.namespaces.iter();
        let names =
            names.map(|glob| Label::parse(&glob.pattern()).ok()).collect::<Option<Vec<_>>>();
        let has_places = policy.region.is_some() && !policy.zones.is_empty();
        let has_askers = has_places && policy.zones.len() == 1 && !policy.networks.is_empty();
        let namespaces = names.unwrap_or_default();
        Self::Server(ApiServer { credentials, namespaces, has_places, has_askers })
    }
}

/// How a kubeconfig of the configuration reaches its API server.
pub(crate) fn credentials(kubeconfig: &Kubeconfig) -> Credentials {
    match kubeconfig.clone() {
        Kubeconfig::InCluster => Credentials::InCluster,
        Kubeconfig::Files { paths, context, allow_exec } => {
            Credentials::Files { paths, context, allow_exec }
        }
    }
}

/// All watches that run.
pub(crate) struct Watches {
    inputs: mpsc::Sender<Input>,
    permits: ReadPermits,
    stats: WatchStats,
    controls: WatchControls,
    turns: ListTurns,
    resumes: Resumes,
    tasks: JoinSet<()>,
    running: HashMap<Id, Running>,
}

/// A watch that runs.
struct Running {
    cluster: Label,
    stop: CancellationToken,
}

impl Watches {
    /// None yet; what they see goes to `inputs`, numbers of it to `stats`; `controls` steer them, and they
    /// list by `turns`.
    pub(crate) fn new(
        inputs: mpsc::Sender<Input>,
        stats: WatchStats,
        controls: WatchControls,
        turns: ListTurns,
    ) -> Self {
        let (permits, resumes) = (ReadPermits::default(), Resumes::default());
        let (tasks, running) = (JoinSet::new(), HashMap::new());
        Self { inputs, permits, stats, controls, turns, resumes, tasks, running }
    }

    /// The same, which go on where those of an earlier run stopped.
    pub(super) fn resuming(self, resumes: Resumes) -> Self {
        Self { resumes, ..self }
    }

    /// Notes which clusters are registered from now on.
    pub(super) fn follow(&mut self, clusters: &[RegisteredCluster]) {
        let entries: Vec<_> = clusters.iter().map(|it| it.entry.clone()).collect();
        self.resumes.follow(&entries);
    }

    /// Starts the watch of a cluster.
    pub(crate) fn start(&mut self, cluster: &RegisteredCluster) {
        let Some(watched) = cluster.watched.clone() else { return };
        let stop = CancellationToken::new();
        let (inputs, name, cancel) = (self.inputs.clone(), cluster.name().clone(), stop.clone());
        let task = match watched {
            Watched::Folder(path) => {
                let tell = tell_breaks(inputs.clone(), name.clone(), None);
                let permits = self.permits.clone();
                let begin = move || {
                    let (path, inputs, name) = (path.clone(), inputs.clone(), name.clone());
                    manifests::watch(path, inputs, name, permits.clone(), cancel.clone())
                };
                confined(begin, tell, Rests::default(), stop.clone()).boxed()
            }
            Watched::Server(entry) => {
                let cluster_stats = self.stats.of(&name);
                let tell =
                    tell_breaks(inputs.clone(), name.clone(), Some(Arc::clone(&cluster_stats)));
                let (control, turns) = (self.controls.of(&name), self.turns.of(&name));
                let mut resumes = self.resumes.take(&cluster.entry);
                let handle = WatchHandle {
                    cluster: name,
                    events: inputs,
                    stats: cluster_stats,
                    control,
                    turns,
                    resumes: None,
                };
                let begin = move || {
                    // One that is begun anew behind a panic reads everything anew.
                    let handle = WatchHandle { resumes: resumes.take(), ..handle.clone() };
                    cluster_watch::watch(entry.clone(), Timing::default(), handle, cancel.clone())
                };
                confined(begin, tell, Rests::default(), stop.clone()).boxed()
            }
        };
        let id = self.tasks.spawn(task).id();
        self.running.insert(id, Running { cluster: cluster.name().clone(), stop });
    }

    /// Stops the watches of some clusters; afterwards they say nothing more.
    pub(super) async fn stop(&mut self, clusters: &[Label]) -> Result<(), String> {
        let meant = self.running.values().filter(|it| clusters.contains(&it.cluster));
        meant.for_each(|it| it.stop.cancel());
        while self.running.values().any(|it| it.stop.is_cancelled()) {
            if let Some(fault) = self.next_end().await {
                return Err(fault);
            }
        }
        for name in clusters {
            self.stats.forget(name);
            self.controls.forget(name);
        }
        Ok(())
    }

    /// Stops all.
    pub(crate) async fn stop_all(&mut self) {
        self.running.values().for_each(|it| it.stop.cancel());
        while self.tasks.join_next().await.is_some() {}
    }

    /// Waits until a watch ends that was not told to; gives its fault in words. Waits for ever
    /// while there is none.
    pub(super) async fn death(&mut self) -> String {
        loop {
            if self.running.is_empty() {
                std::future::pending::<()>().await;
            }
            if let Some(fault) = self.next_end().await {
                return fault;
            }
        }
    }

    async fn next_end(&mut self) -> Option<String> {
        let ended = self.tasks.join_next_with_id().await?;
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, ())| *id);
        let Running { cluster, stop } = self.running.remove(&id)?;
        let reason = match &ended {
            Ok(_) if stop.is_cancelled() => return None,
            Ok(_) => "it was not told to",
            Err(error) => panics::words(error),
        };
        Some(format!("the watch of cluster {cluster} ended: {reason}"))
    }
}
