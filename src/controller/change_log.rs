//! What the controller says of a change: log lines in plain words, readiness, figures.
//!
//! In: changes, after they were published. Out: one log line for each change of a selection and
//! each new complaint; readiness and figures for the admin address.
//! Does not know where the log goes.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::count::Count;
use crate::core::event::Contact;
use crate::core::name::Label;
use crate::core::state::{Changes, Silence, SyncState};
use crate::core::time::Moment;

use super::{Controller, ControllerStats, FIGURES, Readiness};

/// Lines of one sort that one snapshot writes: a lost region must not bury the log's reader.
const MOST_LINES: usize = 1000;

impl Controller {
    /// Tells of what changed.
    pub(super) fn tell(&self, changes: &Changes) {
        for step in changes.moves.iter().take(MOST_LINES) {
            tracing::info!("{step}");
        }
        for change in &changes.silences {
            match change.silence {
                Silence::Heard => tracing::info!("{change}"),
                Silence::Silent | Silence::Withdrawn => tracing::warn!("{change}"),
            }
        }
        for complaint in changes.complaints.iter().take(MOST_LINES) {
            tracing::warn!("{complaint}");
        }
        let rest = |all: usize| all.checked_sub(MOST_LINES).filter(|&rest| rest > 0);
        if let Some(rest) = rest(changes.moves.len()) {
            tracing::info!("and {rest} more shards joined, left or moved");
        }
        if let Some(rest) = rest(changes.complaints.len()) {
            tracing::warn!("and {rest} more complaints; /status lists them");
        }
        self.tell_readiness();
        self.tell_keeper();
    }

    /// Tells figures, unless it is too soon after the last ones: of thousands of events a second each would
    /// count all clusters. What is owed then is told when its time has come: by a controller that runs.
    pub(super) fn tell_figures(&mut self) {
        let now = self.clock.now();
        self.owes_figures = self.is_running && self.figures_due().is_some_and(|due| due > now);
        if !self.owes_figures {
            self.figures_at = Some(now);
            self.figures.send_replace(self.count());
        }
    }

    /// When the next figures may be told; `None`: at once.
    pub(super) fn figures_due(&self) -> Option<Moment> {
        Some(Moment(self.figures_at?.0 + FIGURES))
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

    fn tell_readiness(&self) {
        let unread = self.state.unread().collect::<Vec<_>>().join(", ");
        let readiness = match (self.state.is_settled(), unread.is_empty()) {
            (false, _) => Readiness::NotReady(format!("not read yet: {unread}")),
            (true, false) => Readiness::Incomplete(format!("not read yet: {unread}")),
            (true, true) => Readiness::Ready,
        };
        self.readiness.send_if_modified(|now| {
            match (&*now, &readiness) {
                (Readiness::NotReady(_), Readiness::Ready) => {
                    tracing::info!("ready: answers are complete");
                }
                (Readiness::NotReady(_), Readiness::Incomplete(_)) => tracing::warn!(
                    "ready: answers go without {unread}, not read within `syncGrace`; those that could \
                     be others live {} s and carry EDE 14, and names that nobody else has are SERVFAIL",
                    self.state.policy().negative_ttl
                ),
                (Readiness::Ready, Readiness::Incomplete(_)) => {
                    tracing::info!("answers go without {unread} until that is read");
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
    }

    fn count(&self) -> ControllerStats {
        let mut clusters: BTreeMap<_, u64> = SyncState::ALL.map(|sync| (sync.as_str(), 0)).into();
        let silences = [Silence::Heard, Silence::Silent, Silence::Withdrawn];
        let mut silences: BTreeMap<_, u64> = silences.map(|it| (it.as_str(), 0)).into();
        silences.insert("foreign", 0);
        let mut unread_clusters = 0;
        for cluster in self.state.clusters() {
            *clusters.entry(cluster.sync.as_str()).or_default() += 1;
            unread_clusters +=
                u64::from(matches!(cluster.sync, SyncState::Awaited | SyncState::Restored));
            let word = cluster.foreign.as_ref().map_or(cluster.silence.as_str(), |_| "foreign");
            *silences.entry(word).or_default() += 1;
        }
        let published = Some(self.published.load().as_of);
        let hostnames = self.state.hostname_counts();
        let services = self.state.health_counts(self.state.widest_class());
        let complaints = self.state.complaint_counts();
        ControllerStats {
            published,
            clusters,
            unread_clusters,
            silences,
            complaints,
            kept: self.keeping.report.clone(),
            services: services.map(|(it, number)| (it.as_str(), u64::from(number))).collect(),
            hostnames: hostnames.map(|(state, number)| (state.as_str(), number)).collect(),
            counts: self.counts.clone(),
        }
    }
}
