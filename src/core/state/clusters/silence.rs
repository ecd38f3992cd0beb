//! Silence: whether clusters are heard of, and for how long they were not.
//!
//! In: whether lists and watches show clusters, whether sources were read, and moments. Out: which clusters
//! are silent or withdrawn, and when the same silence will mean something else. A silent cluster
//! says nothing: its last facts stay until its entry says otherwise.
//! Does not know what an answer says of it.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::core::complaint::Flaw;
use crate::core::event::Contact;
use crate::core::policy::SILENT_AFTER;
use crate::core::service::Tier;
use crate::core::time::Moment;
use crate::core::topology::{ClusterIndex, ClusterSet};

use super::super::cluster_state::StateChange;
use super::super::silence_change::{Silence, SilenceChange};
use super::Clusters;
use super::cluster::{Broken, Cluster, Emptied, SyncState};

/// What looking at silences came to.
#[derive(Debug, Default)]
pub(in crate::core::state) struct Look {
    /// The clusters that fell silent or are heard again, in the order of their numbers.
    pub(in crate::core::state) changes: Vec<SilenceChange>,
    /// The clusters that are in another state, in the order of their numbers.
    pub(in crate::core::state) states: Vec<StateChange>,
    /// Where some cluster answers no more, or again: those that did not before.
    pub(in crate::core::state) withdrawn_before: Option<ClusterSet>,
    /// When time alone changes what the silence of a cluster means.
    pub(in crate::core::state) ends: Vec<(ClusterIndex, Option<Moment>)>,
}

/// What a cluster's sync came to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::core::state) struct Synced {
    /// Whether it was known otherwise before.
    pub(in crate::core::state) is_news: bool,
    /// Whether what is from a former place of it, or an earlier run, counts no more.
    pub(in crate::core::state) is_all_read: bool,
    /// Whether what is kept of it changes.
    pub(in crate::core::state) is_kept_otherwise: bool,
}

impl Cluster {
    /// Since when nothing is heard of the cluster itself; `None` while it is heard. What an earlier
    /// run kept of it is no word of its own: until it is seen or read it is unheard since the restart.
    pub fn unheard_since(&self) -> Option<Moment> {
        let lost = self.contact.as_ref().and_then(|contact| contact.unheard);
        let held = self.held_withdrawals.values().map(|held| held.since).min();
        let foreign = self.foreign.as_ref().map(|foreign| foreign.since);
        let restored = self.restored.filter(|it| self.sync == SyncState::Restored && !it.is_seen);
        let restored = restored.map(|restored| restored.since);
        let emptied = self.emptied.map(|emptied| emptied.since);
        let broken = self.broken.as_ref().and_then(|broken| broken.unheard);
        [lost, held, foreign, restored, emptied, broken].into_iter().flatten().min()
    }

    /// How the silence of the cluster counts at `now`. A cluster that has never said anything is
    /// not silent but awaited.
    fn silence_at(&self, now: Moment) -> Silence {
        let Some(since) = self.unheard_since().filter(|_| self.sync != SyncState::Awaited) else {
            return Silence::Heard;
        };
        let age = now.0.saturating_sub(since.0);
        if self.policy.withdrawn_after().is_some_and(|limit| age >= limit) {
            Silence::Withdrawn
        } else if age >= SILENT_AFTER {
            Silence::Silent
        } else {
            Silence::Heard
        }
    }

    /// When the same silence will mean something else.
    fn next_silence(&self, now: Moment) -> Option<Moment> {
        let since = self.unheard_since().filter(|_| self.sync != SyncState::Awaited)?;
        let limits = [Some(SILENT_AFTER), self.policy.withdrawn_after()];
        let moments = limits.into_iter().flatten().map(|limit| Moment(since.0 + limit));
        moments.filter(|moment| *moment > now).min()
    }

    /// When another cluster in the place of this one is accepted though nobody says so.
    fn accepted_at(&self) -> Option<Moment> {
        let foreign = self.foreign.as_ref()?;
        Some(Moment(foreign.since.0 + self.policy.stale_limit?))
    }

    /// What is wrong with the cluster as a whole.
    pub(in crate::core::state) fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        if let Some(foreign) = &self.foreign {
            flaws.push(Flaw::ForeignCluster(foreign.uid.clone()));
        }
        if let Some(uid) = self.answering().filter(|_| !self.twins.is_empty()) {
            flaws.push(Flaw::SameCluster(uid.into(), self.twins.clone()));
        }
        if self.sync != SyncState::Awaited && self.places.is_empty() {
            flaws.push(Flaw::NoPlace);
        }
        if let Some(broken) = &self.broken {
            flaws.push(Flaw::Panicked(broken.panic.clone()));
        }
        if self.emptied.is_some() {
            flaws.push(Flaw::SourceEmpty);
        }
        let held = self.held_withdrawals.values();
        flaws.extend(held.map(|it| Flaw::WithdrawalHeld { absent: it.absent(), of: it.of }));
        flaws
    }
}

impl Clusters {
    /// A cluster of which something is about to change that its silence follows from: it is looked
    /// at again before anything is told of it.
    pub(super) fn unsettle(&mut self, index: ClusterIndex) -> &mut Cluster {
        self.restless.insert(index);
        self.get_mut(index)
    }

    /// Notes whether a cluster's lists and watches show it.
    pub(in crate::core::state) fn note_contact(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        contact: Contact,
    ) {
        self.unsettle(index).note_contact(now, contact);
    }

    /// What watches a cluster panicked: it is not heard until all was read anew.
    pub(in crate::core::state) fn note_break(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        panic: Box<str>,
    ) {
        let cluster = self.unsettle(index);
        let unheard = cluster.broken.take().and_then(|broken| broken.unheard).or(Some(now));
        cluster.broken = Some(Broken { unheard, panic });
    }

    /// What watches a cluster has not panicked for long.
    pub(in crate::core::state) fn note_well(&mut self, index: ClusterIndex) {
        self.unsettle(index).broken = None;
    }

    /// Every source of a cluster has been read. Whether that is believed: that there is nothing
    /// where an earlier run kept facts is not, as an empty folder is mostly one whose file system is
    /// not mounted.
    pub(in crate::core::state) fn believes_reading(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        is_complete: bool,
    ) -> bool {
        let cluster = self.unsettle(index);
        if let Some(broken) = &mut cluster.broken {
            broken.unheard = None;
        }
        let is_empty = cluster.restored.is_some() && cluster.has_former() && !cluster.has_read();
        let since = cluster.emptied.map_or(now, |emptied| emptied.since);
        cluster.emptied = is_empty.then_some(Emptied { since, is_complete });
        !is_empty
    }

    /// What a cluster's sources hold is believed, and is all that it has if `is_complete` says so.
    pub(in crate::core::state) fn note_synced(
        &mut self,
        index: ClusterIndex,
        is_complete: bool,
    ) -> Synced {
        let cluster = self.unsettle(index);
        let sync = if is_complete { SyncState::Synced } else { SyncState::Partial };
        let is_news = cluster.sync != sync;
        let is_kept_otherwise = is_news || cluster.restored.is_some();
        cluster.sync = sync;
        // Of files that could not be read anew yet there is only what was read before.
        let is_all_read = is_complete || (cluster.restored.is_none() && cluster.broken.is_none());
        if is_all_read {
            cluster.restored = None;
        }
        Synced { is_news, is_all_read, is_kept_otherwise }
    }

    /// Whether a source that was not believed, because it held nothing, holds something now; then
    /// whether it was read in whole.
    pub(in crate::core::state) fn is_emptied_no_more(&self, index: ClusterIndex) -> Option<bool> {
        let cluster = self.get(index);
        Some(cluster.emptied.filter(|_| cluster.has_read())?.is_complete)
    }

    /// The clusters whose silence may count otherwise than when that was looked at last, beside
    /// those that time alone changes.
    pub(in crate::core::state) fn restless(&self) -> impl Iterator<Item = ClusterIndex> {
        self.restless.iter().copied()
    }

    /// Whether another cluster has been in the place of this one for so long that it is accepted.
    pub(in crate::core::state) fn is_accepted(&self, index: ClusterIndex, now: Moment) -> bool {
        let cluster = self.slots.get(usize::from(index.0)).and_then(Option::as_ref);
        cluster.and_then(Cluster::accepted_at).is_some_and(|at| at <= now)
    }

    /// Looks how the silence of these clusters counts at `now`, and of those of which something has
    /// changed.
    pub(in crate::core::state) fn look(
        &mut self,
        now: Moment,
        mut indices: BTreeSet<ClusterIndex>,
    ) -> Look {
        indices.append(&mut self.restless);
        let (mut look, mut is_withdrawal) = (Look::default(), false);
        for index in indices {
            let slot = self.slots.get_mut(usize::from(index.0));
            let Some(cluster) = slot.and_then(Option::as_mut) else { continue };
            let silence = cluster.silence_at(now);
            let before = std::mem::replace(&mut cluster.silence, silence);
            look.states.extend(cluster.note_state(now));
            let accepted = cluster.accepted_at().filter(|at| *at > now);
            let next = [cluster.next_silence(now), accepted].into_iter().flatten().min();
            look.ends.push((index, next));
            if silence == before {
                continue;
            }
            let since = cluster.unheard_since().filter(|_| silence != Silence::Heard);
            let age = since.map_or(Duration::ZERO, |since| now.0.saturating_sub(since.0));
            is_withdrawal |= [silence, before].contains(&Silence::Withdrawn);
            let (cluster, shards) = (cluster.name.clone(), cluster.shards);
            look.changes.push(SilenceChange { cluster, silence, age, shards });
        }
        if is_withdrawal {
            look.withdrawn_before = Some(self.withdrawn.clone());
        }
        if !look.changes.is_empty() {
            self.note_silences();
        }
        look
    }

    /// The clusters that are silent, withdrawn ones too.
    pub(in crate::core::state) fn silent(&self) -> &ClusterSet {
        &self.silent
    }

    /// The clusters that answer no more: silent for so long, or drained hard.
    pub(in crate::core::state) fn withdrawn(&self) -> &ClusterSet {
        &self.withdrawn
    }

    /// Snapshots ask for both, and come more often than clusters fall silent.
    pub(super) fn note_silences(&mut self) {
        self.silent = self.that(|it| it.silence != Silence::Heard);
        self.withdrawn = self.that(|it| it.silence == Silence::Withdrawn || it.tier == Tier::Out);
    }

    fn that(&self, are_so: impl Fn(&Cluster) -> bool) -> ClusterSet {
        let mut found = ClusterSet::default();
        for (index, cluster) in self.slots.iter().enumerate() {
            if cluster.as_ref().is_some_and(&are_so) {
                found.insert(ClusterIndex(index as u16));
            }
        }
        found
    }
}
