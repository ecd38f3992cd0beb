//! What is kept across restarts: restored before anything is published, handed out while it runs.
//!
//! In: what the state folder held, questions of its keeper. Out: ground state as it was; slices of
//! it, between orders, so that writing holds up no event. Does not know files.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::thread::{self, ScopedJoinHandle};

use tokio::sync::{mpsc, watch};

use crate::core::compiled::{self, Tables};
use crate::core::complaint::Complaint;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::state::{Changes, Serials, State};
use crate::state_dir::ask::{Ask, Part, Survey};
use crate::state_dir::{Found, Report};

use super::Controller;

/// Services from which on several threads compile.
const MANY: usize = 2000;

/// Where the keeper asks, and what it told last.
#[derive(Debug, Default)]
pub(super) struct Keeping {
    asks: Option<(mpsc::Receiver<Ask>, watch::Sender<u64>)>,
    /// Where the facts of each cluster are from: its source, once that has been read.
    read_from: BTreeMap<Label, Box<str>>,
    pub(super) report: Report,
}

impl Keeping {
    /// What is restored was read from the sources that are configured, or it would not be here.
    pub(super) fn new(state: &State, sources: &BTreeMap<Label, Box<str>>) -> Self {
        let restored = state.clusters().filter(|cluster| cluster.restored.is_some());
        let source = |name: &Label| Some((name.clone(), sources.get(name)?.clone()));
        let read_from = restored.filter_map(|cluster| source(&cluster.name)).collect();
        Self { read_from, ..Self::default() }
    }

    /// Waits for a question. Waits for ever while nobody asks.
    pub(super) async fn next(&mut self) -> Ask {
        if let Some((asks, _)) = &mut self.asks
            && let Some(ask) = asks.recv().await
        {
            return ask;
        }
        std::future::pending().await
    }

    /// A question that waits already.
    pub(super) fn waiting(&mut self) -> Option<Ask> {
        self.asks.as_mut()?.0.try_recv().ok()
    }

    pub(super) fn complaints(&self) -> &[Complaint] {
        &self.report.complaints
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
    /// Where a keeper of the state folder asks, and a number that changes with what it keeps. To
    /// be called before the controller runs.
    pub fn keeping(&mut self) -> (mpsc::Sender<Ask>, watch::Receiver<u64>) {
        let (asks, asks_in) = mpsc::channel(1);
        let (news, news_in) = watch::channel(0);
        self.keeping.asks = Some((asks_in, news));
        (asks, news_in)
    }

    /// What there is to keep.
    pub fn survey(&self) -> Survey {
        let now = self.clock.unix_seconds();
        let head = |name: &Label| self.state.head(name, self.keeping.read_from.get(name)?, now);
        let marks = self.state.marks();
        let clusters: Vec<_> = marks.map(|mark| (head(&mark.name), mark)).collect();
        let snapshot = self.published.load();
        let apexes = snapshot.zones.iter().map(|zone| zone.apex.wire().to_vec());
        let heard = clusters.iter().filter(|(_, mark)| mark.is_read || mark.as_of.is_some());
        Survey {
            serials: Serials {
                apexes: apexes.zip(snapshot.serials.iter().copied()).collect(),
                heard: heard.map(|(_, it)| (it.name.clone(), it.as_of.unwrap_or(now))).collect(),
            },
            clusters: clusters.into_iter().map(|(head, mark)| (mark, head)).collect(),
            services: self.state.services_revision(),
            registrations: self.registrations.clone(),
        }
    }

    /// Answers the keeper. Whoever asked may have gone: then nobody misses the answer.
    pub(super) fn answer_keeper(&self, ask: Ask) {
        match ask {
            Ask::Survey(reply) => _ = reply.send(self.survey()),
            Ask::Slice(Part::Cluster(name), cursor, reply) => {
                _ = reply.send(self.state.slice_cluster(&name, cursor));
            }
            Ask::Slice(Part::Services, cursor, reply) => {
                _ = reply.send(Some(self.state.slice_services(cursor)));
            }
        }
    }

    /// Answers the keeper until it has written what it has to.
    pub(super) async fn wind_up(mut self) {
        let Some((mut asks, news)) = self.keeping.asks.take() else { return };
        drop(news);
        while let Some(ask) = asks.recv().await {
            self.answer_keeper(ask);
        }
    }

    /// Takes in what the keeper tells of itself.
    pub(super) fn kept(&mut self, report: Report) -> Changes {
        let mut changes = Changes::default();
        let is_new = |complaint: &&Complaint| !self.keeping.complaints().contains(complaint);
        changes.complaints = report.complaints.iter().filter(is_new).cloned().collect();
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
            self.keeping.read_from.insert(cluster.clone(), source.clone());
        }
    }

    /// Says that something may have to be kept.
    pub(super) fn tell_keeper(&self) {
        let Some((_, news)) = &self.keeping.asks else { return };
        let generation = self.published.load().generation;
        let now = self.state.kept_revision() + self.state.services_revision() + generation;
        news.send_if_modified(|known| std::mem::replace(known, now) != now);
    }
}
