//! What the controller says of a change: log lines in plain words, readiness, figures.
//!
//! In: changes, after they were published. Out: one log line for each change of a selection and
//! each new complaint; readiness and figures for the admin address.
//! Does not know where the log goes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::count::Count;
use crate::core::event::Contact;
use crate::core::history::{EventKind, News, Severity};
use crate::core::name::Label;
use crate::core::overrides::Action;
use crate::core::state::{Changes, Cluster, ClusterState, OutageTurn, State, SyncState};
use crate::core::time::Moment;
use crate::core::verdict::{self, Grade, Verdict, VerdictInput, grade};
use crate::documents::verdict::{cluster_states, flaws};
use crate::log;

use super::events::log_line;
use super::{Controller, ControllerStats, FIGURES, FiguresTold, Readiness};

/// Lines of one sort that one snapshot writes: a lost region must not bury the log's reader.
const MOST_LINES: usize = 1000;

/// One line for each change.
fn tell_lines(state: &State, changes: &Changes) {
    for step in changes.moves.iter().take(MOST_LINES) {
        tracing::info!("{step}");
    }
    for outage in changes.outages.iter().take(MOST_LINES) {
        match outage.turn {
            OutageTurn::Begins(_) => tracing::warn!("{outage}"),
            OutageTurn::Ends(_) => tracing::info!("{outage}"),
        }
    }
    for news in changes.states.iter().filter_map(|change| log_line(state, change)) {
        match news.severity() {
            Severity::Info => tracing::info!("{}", news.text()),
            Severity::Warning => tracing::warn!("{}", news.text()),
        }
    }
    for turn in changes.overrides.iter().take(MOST_LINES) {
        tracing::info!("{turn}");
    }
    for complaint in changes.complaints.iter().take(MOST_LINES) {
        tracing::warn!("{complaint}");
    }
    let rest = |all: usize| all.checked_sub(MOST_LINES).filter(|&rest| rest > 0);
    if let Some(rest) = rest(changes.moves.len()) {
        tracing::info!("and {rest} more shards joined, left or moved");
    }
    if let Some(rest) = rest(changes.outages.len()) {
        tracing::warn!("and {rest} more services are down or answer again");
    }
    if let Some(rest) = rest(changes.complaints.len()) {
        tracing::warn!("and {rest} more complaints; /status lists them");
    }
}

impl Controller {
    /// Tells of what changed.
    pub(super) fn tell(&mut self, changes: &Changes) {
        log::together(|| tell_lines(&self.state, changes));
        self.record(changes);
        self.record_overrides(changes);
        // Whom answers wait for is part of the header, and asking all clusters is more than one event costs.
        if changes.has_header && !self.is_leaving {
            self.tell_readiness();
        }
        self.tell_keeper();
    }

    /// Tells figures, unless it is too soon after the last ones: of thousands of events a second each would
    /// count all clusters. What is owed then is told when its time has come: by a controller that runs.
    pub(super) fn tell_figures(&mut self) {
        let now = self.clock.now();
        self.figures_told = match self.figures_told {
            FiguresTold::At(told) | FiguresTold::Before(told) if told.0 + FIGURES > now.0 => {
                FiguresTold::Before(told)
            }
            FiguresTold::Always => {
                self.tell_count();
                FiguresTold::Always
            }
            FiguresTold::At(_) | FiguresTold::Before(_) => {
                self.tell_count();
                FiguresTold::At(now)
            }
        };
    }

    fn tell_count(&mut self) {
        let figures = self.count();
        self.tell_verdict(figures.verdict);
        self.figures.send_replace(figures);
    }

    /// When figures that are owed are told; `None` where none are.
    pub(super) fn figures_due(&self) -> Option<Moment> {
        match self.figures_told {
            FiguresTold::Before(told) => Some(Moment(told.0 + FIGURES)),
            FiguresTold::Always | FiguresTold::At(_) => None,
        }
    }

    /// Tells that a cluster is known for the first time.
    pub(super) fn tell_synced(&self, name: &Label) {
        let Some(cluster) = self.state.clusters().find(|it| it.name == *name) else {
            return;
        };
        let places: Vec<_> = cluster.places.iter().map(ToString::to_string).collect();
        let places = if places.is_empty() { "no place".into() } else { places.join(", ") };
        let (nodes, services) =
            (Count(cluster.nodes.len(), "node"), Count(cluster.shards, "service"));
        let rest = match cluster.sync {
            SyncState::Partial => "; something of it could not be read, see its complaints",
            SyncState::Awaited | SyncState::Restored | SyncState::Synced => "",
        };
        tracing::info!("{name} synced: {nodes} in {places}, {services}{rest}");
    }

    /// Tells that a cluster's API server can be asked again, or no more, before that is applied.
    pub(super) fn tell_contact(&self, name: &Label, contact: &Contact) {
        let known = self.state.clusters().find(|it| it.name == *name);
        let before = known.and_then(|cluster| cluster.contact.as_ref());
        let now = self.clock.now();
        let since = |since: Moment| {
            humantime::format_duration(Duration::from_secs(now.0.saturating_sub(since.0).as_secs()))
                .to_string()
        };
        match (before.map(|it| (&it.contact, it.since)), contact) {
            (Some((Contact::Reached | Contact::Waiting(_), _)) | None, Contact::Lost(why)) => {
                tracing::warn!("{name}: no contact with its API server: {why}");
            }
            (Some((Contact::Lost(_), moment)), Contact::Reached | Contact::Waiting(_)) => {
                tracing::info!("{name}: contact again, after {}", since(moment));
            }
            (None, Contact::Reached | Contact::Waiting(_)) => {
                tracing::info!("{name}: its API server answers")
            }
            (
                Some((Contact::Reached | Contact::Waiting(_), _)),
                Contact::Reached | Contact::Waiting(_),
            )
            | (Some((Contact::Lost(_), _)), Contact::Lost(_)) => {}
        }
    }

    fn tell_readiness(&mut self) {
        let unread = self.state.unread().collect::<Vec<_>>().join(", ");
        let readiness = match (self.state.is_settled(), unread.is_empty()) {
            _ if self.lacks_overrides => {
                Readiness::NotReady("overrides can not be read, and no copy was kept".to_owned())
            }
            (false, _) => Readiness::NotReady(format!("not read yet: {unread}")),
            (true, false) => Readiness::Incomplete(format!("not read yet: {unread}")),
            (true, true) => Readiness::Ready,
        };
        let mut is_without = false;
        self.readiness.send_if_modified(|now| {
            is_without = !matches!(now, Readiness::Incomplete(_))
                && matches!(readiness, Readiness::Incomplete(_));
            match (&*now, &readiness) {
                (Readiness::NotReady(_), Readiness::Ready | Readiness::Incomplete(_)) => {
                    self.tell_start();
                }
                (Readiness::Ready, Readiness::Incomplete(_)) => {
                    tracing::warn!("answers go without {unread} until that is read");
                    self.tell_unread();
                }
                (Readiness::Incomplete(_), Readiness::Ready) => {
                    tracing::info!("answers are complete: every cluster has been read");
                }
                _ => {}
            }
            let is_new = *now != readiness;
            *now = readiness;
            is_new
        });
        if is_without {
            self.note_unread();
        }
    }

    /// Has history say of each cluster that was never read that answers go without it.
    fn note_unread(&mut self) {
        let awaited = self.state.clusters().filter(|it| it.sync == SyncState::Awaited);
        let news: Vec<_> = awaited
            .map(|cluster| {
                let text = verdict::sentence(cluster, ClusterState::Awaited);
                News::warning(EventKind::Cluster, text).of_cluster(&cluster.name)
            })
            .collect();
        news.into_iter().for_each(|news| self.note(news));
    }

    /// Tells that the verdict is another one. While answers wait for clusters there is nothing to tell yet.
    fn tell_verdict(&mut self, verdict: Option<Grade>) {
        if !self.state.is_settled() || verdict == self.told_verdict {
            return;
        }
        self.told_verdict = verdict;
        let verdict = self.with_verdict_input(Verdict::new);
        let (grade, headline) = (verdict.grade, &verdict.headline);
        let more = match verdict.reasons.len() {
            0 | 1 => String::new(),
            all => format!("; {} more: `fedns status`", Count(all - 1, "reason")),
        };
        match grade {
            Grade::Fine | Grade::Unknown => tracing::info!("verdict: {grade}: {headline}"),
            Grade::Attention => tracing::warn!("verdict: {grade}: {headline}{more}"),
            Grade::Hurt => tracing::error!("verdict: {grade}: {headline}{more}"),
        }
    }

    fn with_verdict_input<T>(&self, make: impl FnOnce(&VerdictInput<'_>) -> T) -> T {
        let (now, reload_fault) = (self.clock.now(), self.reload_fault.as_ref());
        let flaws = flaws(&self.stats, now);
        let of_state = VerdictInput::of(&self.state, now);
        make(&VerdictInput { flaws: &flaws, reload_fault, ..of_state })
    }

    fn count_overrides(&self) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::from(Action::KINDS.map(|kind| (kind, 0)));
        for it in self.state.overrides() {
            *counts.entry(it.action.kind()).or_default() += 1;
        }
        counts
    }

    fn count(&self) -> ControllerStats {
        let is_unread = |it: &&Cluster| matches!(it.sync, SyncState::Awaited | SyncState::Restored);
        let unread_clusters = self.state.clusters().filter(is_unread).count() as u64;
        let published = Some(self.published.load().as_of);
        let hostnames = self.state.hostname_counts();
        let services = self.state.health_counts(self.state.widest_class());
        let complaints = self.state.complaint_counts();
        ControllerStats {
            published,
            verdict: Some(self.with_verdict_input(grade)),
            clusters: cluster_states(&self.state),
            unread_clusters,
            complaints,
            kept: self.keeping.report.clone(),
            services: services.map(|(it, number)| (it.as_str(), u64::from(number))).collect(),
            overrides: self.count_overrides(),
            hostnames: hostnames.map(|(state, number)| (state.as_str(), number)).collect(),
            counts: self.counts.clone(),
        }
    }
}
