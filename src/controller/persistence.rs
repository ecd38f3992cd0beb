//! What is kept across restarts: restored before anything is published, handed out while it runs.
//!
//! In: what the state folder held, requests of its keeper. Out: ground state as it was; slices of
//! it, between turns of inputs, so that writing holds up no event. Does not know files.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread::{self, ScopedJoinHandle};

use tokio::sync::{mpsc, watch};

use crate::config::SourceIdentity;
use crate::core::compiled::{self, Tables};
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::state::{Changes, Mark, Serials, State, Teller};
use crate::state_dir::{
    ClusterSurvey, FileContent, Found, KeeperReport, KeeperRequest, StateAccess, Survey,
};

use super::Controller;

/// Services from which on several threads compile.
const MANY: usize = 2000;

/// Where the keeper asks, and what it told last.
#[derive(Debug, Default)]
pub(super) struct Persistence {
    keeper: Option<KeeperLine>,
    /// What the facts of each cluster are from: its source, once that has been read.
    read_from: BTreeMap<Label, SourceIdentity>,
    pub(super) report: KeeperReport,
}

/// The other end of what the keeper has.
#[derive(Debug)]
struct KeeperLine {
    requests: mpsc::Receiver<KeeperRequest>,
    revisions: watch::Sender<u64>,
}

impl Persistence {
    /// What is restored was read from the sources that are configured, or it would not be here.
    pub(super) fn new(state: &State, sources: &BTreeMap<Label, SourceIdentity>) -> Self {
        let restored = state.clusters().filter(|cluster| cluster.restored.is_some());
        let source = |name: &Label| Some((name.clone(), sources.get(name)?.clone()));
        let read_from = restored.filter_map(|cluster| source(&cluster.name)).collect();
        Self { read_from, ..Self::default() }
    }

    /// Waits for a request. Waits for ever while nobody asks.
    pub(super) async fn next(&mut self) -> KeeperRequest {
        if let Some(keeper) = &mut self.keeper
            && let Some(request) = keeper.requests.recv().await
        {
            return request;
        }
        std::future::pending().await
    }

    /// A request that waits already.
    pub(super) fn waiting(&mut self) -> Option<KeeperRequest> {
        self.keeper.as_mut()?.requests.try_recv().ok()
    }
}

/// Restores what was found.
pub(super) fn restore(state: &mut State, found: Found) -> Changes {
    let mut changes = state.restore(&found.clusters);
    changes.merge(state.restore_services(found.services));
    found.serials.heard.iter().for_each(|(name, as_of)| state.note_heard(name, *as_of));
    changes
}

/// Compiles all of `state`, by as many threads as there are cores where it is much: the answers of
/// domains, and those of clusters to their own askers.
pub(super) fn compile(state: &State, seed: u64) -> Tables {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let count = if state.service_count() < MANY { 1 } else { cores };
    thread::scope(|scope| {
        let compile = |number| scope.spawn(move || compiled::compile_part(state, number, count));
        let threads: Vec<_> = (0..count).map(compile).collect();
        compiled::join(seed, state, threads.into_iter().map(joined).collect())
    })
}

/// What a thread made.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

impl Controller {
    /// What a keeper of the state folder has of this controller. To be called before it runs.
    pub fn keeping(&mut self) -> StateAccess {
        let (requests, requests_in) = mpsc::channel(1);
        let (revisions, revisions_in) = watch::channel(0);
        self.keeping.keeper = Some(KeeperLine { requests: requests_in, revisions });
        StateAccess { requests, revisions: revisions_in }
    }

    /// What there is to keep.
    pub fn survey(&self) -> Survey {
        let now = self.clock.reading();
        let head = |name: &Label| {
            let source = self.keeping.read_from.get(name)?.encode();
            self.state.head(name, &source, now)
        };
        let marks = self.state.marks();
        let survey = |mark: Mark| {
            let (head, versions) = (head(&mark.name), self.state.resource_versions(&mark.name));
            ClusterSurvey { head, versions, mark }
        };
        let clusters: Vec<_> = marks.map(survey).collect();
        let snapshot = self.published.load();
        let apexes = snapshot.zones.iter().map(|zone| zone.apex.wire().to_vec());
        let heard = clusters.iter().map(|it| &it.mark);
        let heard = heard.filter(|mark| mark.is_read || mark.as_of.is_some());
        Survey {
            serials: Serials {
                apexes: apexes.zip(snapshot.serials.iter().copied()).collect(),
                heard: heard
                    .map(|it| (it.name.clone(), it.as_of.unwrap_or(now.unix_seconds)))
                    .collect(),
                later_versions: Vec::new(),
            },
            clusters,
            services: self.state.services_revision(),
            events: self.history().next(),
        }
    }

    /// Answers the keeper. Whoever asked may have gone: then nobody misses the answer.
    pub(super) fn answer_keeper(&mut self, request: KeeperRequest) {
        match request {
            KeeperRequest::Survey(reply) => _ = reply.send(self.survey()),
            KeeperRequest::Part(name, reply) => _ = reply.send(self.state.part(&name)),
            KeeperRequest::Slice(FileContent::Cluster(name, revision), cursor, reply) => {
                if cursor.is_none() {
                    self.state.begin_copy(&name, revision);
                }
                _ = reply.send(self.state.slice_cluster(&name, cursor));
            }
            KeeperRequest::Slice(FileContent::Services, cursor, reply) => {
                _ = reply.send(Some(self.state.slice_services(cursor)));
            }
            KeeperRequest::Events(from, reply) => _ = reply.send(self.history().slice(from)),
        }
    }

    /// Answers the keeper until it has written what it has to.
    pub(super) async fn wind_up(mut self) {
        let Some(KeeperLine { mut requests, revisions }) = self.keeping.keeper.take() else {
            return;
        };
        drop(revisions);
        self.events.finish(self.clock.reading());
        while let Some(request) = requests.recv().await {
            self.answer_keeper(request);
        }
    }

    /// Takes in what the keeper tells of itself.
    pub(super) fn kept(&mut self, report: KeeperReport) -> Changes {
        let mut changes = self.state.complain(Teller::Keeper, report.complaints.clone());
        if report.takeovers != self.keeping.report.takeovers {
            self.publisher.owe_serials();
            changes.has_header = true;
        }
        self.keeping.report = report;
        changes
    }

    /// Notes where a cluster's facts are from now.
    pub(super) fn note_read(&mut self, cluster: &Label, event: &ClusterEvent) {
        if let (ClusterEvent::Synced { .. }, Some(source)) = (event, self.sources.get(cluster)) {
            let before = self.keeping.read_from.insert(cluster.clone(), source.clone());
            // The head of its file names the source.
            if before.as_ref() != Some(source) {
                self.state.touch(cluster);
            }
        }
    }

    /// Says that something may have to be kept.
    pub(super) fn tell_keeper(&self) {
        let Some(keeper) = &self.keeping.keeper else { return };
        let generation = self.published.load().generation;
        let kept = self.state.kept_revision() + self.state.services_revision();
        let now = kept + self.history().next() + generation;
        keeper.revisions.send_if_modified(|known| std::mem::replace(known, now) != now);
    }
}
