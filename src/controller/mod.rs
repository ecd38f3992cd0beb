//! The controller: the one owner of ground state.
//!
//! In: events of clusters, hostnames resolved, questions, the passing of time. Out: snapshots
//! through one pointer; log lines, readiness, figures and requests to resolve hostnames beside it. It drains what has come, then
//! publishes: there is no fixed delay, and storms coalesce by themselves.
//! Does not know where events come from or who reads snapshots.

mod stats;
mod persistence;
mod reload;
mod overrides;
mod input;
mod question;
mod command;
mod events;
mod calls;
mod turn;
mod start_log;
mod change_log;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, watch};

use crate::clock::Clock;
use crate::clusters::watch_control::WatchControls;
use crate::clusters::watch_stats::WatchStats;
use crate::config::{ClusterEntry, SourceIdentity};
use crate::core::complaint::Complaint;
use crate::core::event::ClusterEvent;
use crate::core::history::{EventKind, History, News};
use crate::core::hostname::ResolveRequest;
use crate::core::name::Label;
use crate::core::policy::Policy;
use crate::core::snapshot::{Publisher, Snapshot};
use crate::core::state::{Changes, State, SyncState, Teller};
use crate::core::time::Moment;
use crate::core::verdict::{Grade, Notice};
use crate::state_dir::Found;

use events::Events;
use persistence::Persistence;

pub use calls::{Call, Calls, ControllerClient, calls};
pub use command::Command;
pub use input::Input;
pub use overrides::OverridesRead;
pub use question::{Document, Question};
pub use reload::PlanChange;
pub use stats::{ControllerStats, Counts, Durations, Readiness, Reloads};

/// How soon a serial can step again.
const SERIAL_STEP: Duration = Duration::from_secs(1);

/// Before answers are complete: how long nothing has to come until a snapshot is made.
const LULL: Duration = Duration::from_secs(1);
/// And how long one is put off: longer where the one before took long, so that making them takes no more than
/// a twentieth of the time; between these bounds.
const HELD: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(5);
const HELD_SHARE: u32 = 20;
/// How often figures are told at most.
const FIGURES: Duration = Duration::from_millis(100);

/// Owns ground state and makes every snapshot.
#[derive(Debug)]
pub struct Controller {
    state: State,
    publisher: Publisher,
    clock: Clock,
    published: Arc<ArcSwap<Snapshot>>,
    /// Snapshots that some query may still read. They are freed here and not by a worker, which
    /// would pay for it while its client waits.
    retired: Vec<Arc<Snapshot>>,
    readiness: watch::Sender<Readiness>,
    figures: watch::Sender<ControllerStats>,
    counts: Counts,
    /// Where requests to resolve hostnames go, if anybody takes them.
    resolve_requests: Option<mpsc::UnboundedSender<ResolveRequest>>,
    /// Requests to resolve the hostnames of facts that an earlier run kept, until somebody takes them.
    first_resolve_requests: Vec<ResolveRequest>,
    /// What the configuration asks for and this version does not do.
    warnings: Vec<String>,
    /// Why the configuration could not be read again, as long as that is so.
    reload_fault: Option<Notice>,
    /// What each cluster's facts are read from.
    sources: BTreeMap<Label, SourceIdentity>,
    keeping: Persistence,
    /// What is not published yet, and when the first and the last of it came.
    held: Changes,
    held_since: Option<(Moment, Moment)>,
    /// Numbers of the clusters that are watched.
    stats: WatchStats,
    controls: WatchControls,
    /// Changes that are not published yet: whose, and when they were set off.
    triggered: Vec<(Label, Duration)>,
    /// How long it took to make the last snapshot.
    took: Duration,
    figures_told: FiguresTold,
    /// The verdict that the log told last.
    told_verdict: Option<Grade>,
    /// What changed.
    events: Events,
    /// Where it is recorded which overrides begin and end, if anywhere.
    override_lines: Option<mpsc::UnboundedSender<String>>,
    /// Whether operators may have drained something that nobody knows of.
    lacks_overrides: bool,
    /// Whether the process is to end.
    is_leaving: bool,
}

/// When figures were told last.
#[derive(Clone, Copy, Debug)]
enum FiguresTold {
    /// Each time: nothing runs yet that could do it later.
    Always,
    /// Then, and they are as they were.
    At(Moment),
    /// Then, and there are others now.
    Before(Moment),
}

/// What a controller starts from.
#[derive(Debug)]
pub struct Plan {
    /// What the operator wants of all federations.
    pub policy: Policy,
    /// The clusters.
    pub clusters: Vec<ClusterEntry>,
    /// Whether there are registries that have not been read yet: more clusters may come.
    pub expects_clusters: bool,
    /// How long answers wait for clusters that have never synced, while no list of them moves.
    pub sync_grace: Duration,
    /// What the configuration asks for and this version does not do; shown in the status.
    pub warnings: Vec<String>,
    /// What is wrong with the configuration, whatever its clusters say.
    pub complaints: Vec<Complaint>,
}

impl Controller {
    /// A controller that has registered the plan's clusters and published a first snapshot, in
    /// which what they have is not known yet.
    pub fn new(plan: Plan, clock: Clock) -> Self {
        Self::restored(plan, clock, Found::default(), OverridesRead::default())
    }

    /// The same, with all that an earlier run kept, and what operators say, in place before anything is published.
    pub fn restored(plan: Plan, clock: Clock, mut found: Found, overrides: OverridesRead) -> Self {
        let now = clock.reading();
        let events = Events::new(History::new(std::mem::take(&mut found.events), now));
        let mut state = State::new(Arc::new(plan.policy), now, plan.sync_grace);
        let mut changes = Changes::default();
        let mut sources = BTreeMap::new();
        for ClusterEntry { name, policy, source } in plan.clusters {
            sources.insert(name.clone(), source);
            changes.merge(state.register(name, policy));
        }
        // Time passes from here on, so the clusters have to be there, and that others may come has to be known: no
        // cluster at all is complete.
        changes.merge(state.expect_clusters(plan.expects_clusters));
        let lacks_overrides = overrides.is_unknown();
        changes.merge(state.set_overrides(now, overrides.said.unwrap_or_default()));
        changes.merge(state.complain(Teller::Overrides, overrides.complaint.into_iter().collect()));
        let given = found.serials.apexes.clone();
        changes.merge(persistence::restore(&mut state, found));
        changes.merge(state.advance(now));
        // The table's hash starts from a random number, so that nobody who may create services
        // can choose names that collide.
        let tables = persistence::compile(&state, RandomState::new().hash_one(0));
        let mut publisher = Publisher::with_tables(&state, tables, given);
        let first = publisher.publish(&state, &changes, now);
        let mut counts = Counts::default();
        counts.reloads.succeeded_at = Some(clock.unix_seconds());
        changes.merge(state.complain(Teller::Configuration, plan.complaints));
        let mut controller = Self {
            keeping: Persistence::new(&state, &sources),
            sources,
            state,
            publisher,
            clock,
            published: Arc::new(ArcSwap::from_pointee(first)),
            retired: Vec::new(),
            readiness: watch::Sender::new(Readiness::NotReady(String::new())),
            figures: watch::Sender::new(ControllerStats::default()),
            counts,
            resolve_requests: None,
            first_resolve_requests: std::mem::take(&mut changes.resolve_requests),
            warnings: plan.warnings,
            reload_fault: None,
            held: Changes::default(),
            held_since: None,
            stats: WatchStats::default(),
            controls: WatchControls::default(),
            triggered: Vec::new(),
            took: Duration::ZERO,
            figures_told: FiguresTold::Always,
            told_verdict: None,
            events,
            override_lines: None,
            lacks_overrides,
            is_leaving: false,
        };
        controller.note(News::info(EventKind::Process, events::started(&controller.state)));
        controller.tell(&changes);
        controller.tell_figures();
        controller
    }

    /// The same, which shows the numbers of the watches too, and tells them when to list anew.
    pub fn with_watches(self, stats: WatchStats, controls: WatchControls) -> Self {
        Self { stats, controls, ..self }
    }

    /// Where snapshots are published.
    pub fn published(&self) -> Arc<ArcSwap<Snapshot>> {
        self.published.clone()
    }

    /// Whether answers wait for clusters.
    pub fn readiness(&self) -> watch::Receiver<Readiness> {
        self.readiness.subscribe()
    }

    /// What metrics show of ground state.
    pub fn figures(&self) -> watch::Receiver<ControllerStats> {
        self.figures.subscribe()
    }

    /// The requests to resolve hostnames, for whoever asks resolvers. To be called before
    /// anything is followed. The channel has no bound, so that neither side ever waits for the
    /// other while that one waits for it; what it holds is at most a name a change of a shard.
    pub fn resolve_requests(&mut self) -> mpsc::UnboundedReceiver<ResolveRequest> {
        let (resolve_requests, taken) = mpsc::unbounded_channel();
        self.resolve_requests = Some(resolve_requests);
        let first = std::mem::take(&mut self.first_resolve_requests);
        self.request_resolving(first);
        taken
    }

    fn request_resolving(&self, resolve_requests: Vec<ResolveRequest>) {
        let Some(taken) = &self.resolve_requests else { return };
        // Nobody takes them when the process is ending.
        resolve_requests.into_iter().for_each(|request| _ = taken.send(request));
    }

    /// Ground state, for whoever explains it.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Publishes at once what is held, unless answers are not complete yet: then more is about to
    /// come, and compiling all services anew for each cluster would delay the last one.
    fn publish_held(&mut self) {
        let is_due = self.held_until().is_none_or(|end| self.clock.now() >= end);
        if self.state.is_settled() || is_due {
            let mut changes = std::mem::take(&mut self.held);
            // Time passes for other reasons too, before a serial can step: then it would be published in vain.
            let is_serial_due = self.serial_due().is_some_and(|due| due <= self.clock.now());
            changes.has_header |= is_serial_due && self.held_since.is_none();
            self.held_since = None;
            self.publish(&changes);
        }
    }

    fn held_until(&self) -> Option<Moment> {
        let (first, last) = self.held_since?;
        let held = (self.took * HELD_SHARE).clamp(*HELD.start(), *HELD.end());
        Some(Moment(last.0 + LULL).min(Moment(first.0 + held)))
    }

    /// Applies one event without publishing it.
    pub fn apply(&mut self, cluster: &Label, event: ClusterEvent) -> Changes {
        let sync =
            |state: &State| state.find_cluster(cluster).map(|index| state.cluster(index).sync);
        self.counts.count_event(&event);
        if let ClusterEvent::Triggered(moment) = event {
            // It changes nothing.
            self.triggered.push((cluster.clone(), moment));
            return Changes::default();
        }
        if let ClusterEvent::Contact(contact) = &event {
            self.tell_contact(cluster, contact);
        }
        self.note_read(cluster, &event);
        let before = sync(&self.state);
        let changes = self.state.apply(self.clock.reading(), cluster, event);
        let was_unread = matches!(before, Some(SyncState::Awaited | SyncState::Restored));
        if was_unread && sync(&self.state) != before {
            self.tell_synced(cluster);
        }
        changes
    }

    /// Publishes what changed, if that is anything, and tells of it.
    pub fn publish(&mut self, changes: &Changes) {
        if !changes.is_empty() {
            let now = self.clock.reading();
            let snapshot = self.publisher.publish(&self.state, changes, now);
            let took = self.clock.now().0.saturating_sub(now.moment.0);
            self.counts.publishing.count(took);
            self.took = took;
            self.counts.changed_services += changes.services.len() as u64;
            self.retired.push(self.published.swap(Arc::new(snapshot)));
            self.retired.retain(|snapshot| Arc::strong_count(snapshot) > 1);
        }
        for (cluster, moment) in self.triggered.drain(..) {
            if let Some(cluster_stats) = self.stats.find(&cluster) {
                cluster_stats.programming.count(moment);
            }
        }
        for cluster in &changes.relists {
            self.controls.relist(cluster);
        }
        self.tell(changes);
        self.tell_figures();
    }
}
