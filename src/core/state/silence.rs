//! Silence: clusters of which nothing is heard, and clusters that turn out to be other ones.
//!
//! In: whether API servers can be asked, who they are, and the passing of time. Out: which clusters
//! are silent or withdrawn, in [`Changes`]. A silent cluster says nothing: its last facts stay until
//! its entry says otherwise: to lose sight of a service is not to lose it.
//! Does not know what an answer says of it.

use std::time::Duration;

use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Break, Contact, Moment};
use crate::core::name::Label;
use crate::core::policy::SILENT_AFTER;
use crate::core::topology::{ClusterIndex, ClusterSet};

use super::State;
use super::changes::Changes;
use super::cluster::{Broken, Cluster, SyncState};
use super::complaints::Witness;
use super::hush::{Hush, Silence};

impl Cluster {
    /// Since when nothing is heard of the cluster itself; `None` while it is heard. What an earlier
    /// run kept of it is no word of its own: until it is read it is unheard since the restart.
    pub fn unheard_since(&self) -> Option<Moment> {
        let lost = match &self.contact {
            Some((since, Contact::Lost(_))) => Some(*since),
            _ => None,
        };
        let doubted = self.doubts.values().map(|doubt| doubt.since).min();
        let foreign = self.foreign.as_ref().map(|(since, _)| *since);
        let restored = self.restored.filter(|_| self.sync == SyncState::Restored);
        let restored = restored.map(|restored| restored.since);
        let emptied = self.emptied.map(|emptied| emptied.since);
        let broken = self.broken.as_ref().and_then(|broken| broken.unheard);
        [lost, doubted, foreign, restored, emptied, broken].into_iter().flatten().min()
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
}

impl State {
    /// Notes whether a cluster's API server can be asked.
    pub(super) fn note_contact(&mut self, index: ClusterIndex, now: Moment, contact: Contact) {
        self.cluster_mut(index).note_contact(now, contact);
    }

    /// Notes that what watches a cluster panicked: what it said stays, and it is not heard until
    /// all was read anew.
    pub(super) fn note_break(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        of: Break,
        changes: &mut Changes,
    ) {
        if of.renumbers {
            self.mark_former(index, changes);
        }
        // What was said of files and requests is said again by whoever reads them anew.
        self.complaints.forget_reading(index);
        let cluster = self.cluster_mut(index);
        let unheard = cluster.broken.take().and_then(|broken| broken.unheard).or(Some(now));
        cluster.broken = Some(Broken { unheard, panic: of.panic });
        self.complain_about_cluster(index);
    }

    /// Notes that what watches a cluster has not panicked for long.
    pub(super) fn note_well(&mut self, index: ClusterIndex) {
        self.cluster_mut(index).broken = None;
        self.complain_about_cluster(index);
    }

    /// Notes who a cluster is. Another one than before says nothing that counts, until it is
    /// accepted; the one it was before is taken back at once.
    pub(super) fn identify(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        uid: Box<str>,
        changes: &mut Changes,
    ) {
        let cluster = self.cluster_mut(index);
        let former = cluster.answering().map(Box::<str>::from);
        let is_first = cluster.uid.is_none();
        let known = cluster.uid.get_or_insert_with(|| uid.clone());
        if *known == uid {
            if cluster.foreign.take().is_some() {
                // What it said meanwhile was not heard.
                changes.relists.push(cluster.name.clone());
            }
        } else {
            let since = cluster.foreign.take().map_or(now, |(since, _)| since);
            cluster.foreign = Some((since, uid));
        }
        if is_first {
            self.touch(index);
        }
        self.complain_about_cluster(index);
        self.match_anew(index, former.as_deref());
    }

    /// Accepts that a cluster is another one now: what the former one said counts until the new
    /// one has said what it has. `false` where there is no such question.
    pub fn accept(&mut self, name: &Label) -> (bool, Changes) {
        let (was_foreign, mut changes) = self.accept_one(name);
        // It is heard from now on, whether or not anybody says anything.
        self.advance_silences(self.now, &mut changes);
        (was_foreign, changes)
    }

    fn accept_one(&mut self, name: &Label) -> (bool, Changes) {
        let mut changes = Changes::default();
        let Some(index) = self.find_cluster(name) else { return (false, changes) };
        let Some((_, uid)) = self.cluster_mut(index).foreign.take() else {
            return (false, changes);
        };
        self.mark_former(index, &mut changes);
        let cluster = self.cluster_mut(index);
        cluster.uid = Some(uid);
        cluster.doubts.clear();
        changes.relists.push(name.clone());
        self.touch(index);
        self.complain_about_cluster(index);
        self.tell_complaints(&mut changes);
        (true, changes)
    }

    /// Lets silences grow: what clusters said counts as stale, or no more.
    pub(super) fn advance_silences(&mut self, now: Moment, changes: &mut Changes) {
        let is_over = |cluster: &Cluster| {
            let since = cluster.foreign.as_ref().map(|(since, _)| *since);
            let limit = cluster.policy.stale_limit;
            since.zip(limit).is_some_and(|(since, limit)| now.0.saturating_sub(since.0) >= limit)
        };
        let accepted: Vec<_> =
            self.clusters().filter(|it| is_over(it)).map(|it| it.name.clone()).collect();
        for name in accepted {
            changes.merge(self.accept_one(&name).1);
        }
        let mut is_withdrawal = false;
        for cluster in self.clusters.iter_mut().flatten() {
            let silence = cluster.silence_at(now);
            let before = std::mem::replace(&mut cluster.silence, silence);
            if silence == before {
                continue;
            }
            let age = match silence {
                Silence::Heard => Duration::ZERO,
                _ => {
                    cluster.unheard_since().map_or(Duration::ZERO, |it| now.0.saturating_sub(it.0))
                }
            };
            is_withdrawal |= Silence::Withdrawn == silence || Silence::Withdrawn == before;
            changes.has_header = true;
            let (name, shards) = (cluster.name.clone(), cluster.shards);
            changes.hushes.push(Hush { cluster: name, silence, age, shards });
        }
        if is_withdrawal {
            changes.has_places = true;
            self.rebuild_places();
            self.withdrawn = self.clusters_that(|silence| silence == Silence::Withdrawn);
            self.recount_health();
        }
    }

    /// When some silence will mean something else.
    pub(super) fn next_silence(&self, now: Moment) -> Option<Moment> {
        let accepted = |cluster: &Cluster| {
            let (since, _) = cluster.foreign.as_ref()?;
            Some(Moment(since.0 + cluster.policy.stale_limit?)).filter(|moment| *moment > now)
        };
        let next = |cluster: &Cluster| {
            [cluster.next_silence(now), accepted(cluster)].into_iter().flatten().min()
        };
        self.clusters().flat_map(next).min()
    }

    /// The clusters that are silent, withdrawn ones too.
    pub fn silent(&self) -> ClusterSet {
        self.clusters_that(|silence| silence != Silence::Heard)
    }

    /// The clusters that do so.
    pub(super) fn clusters_that(&self, do_so: impl Fn(Silence) -> bool) -> ClusterSet {
        let mut found = ClusterSet::default();
        for (index, cluster) in self.clusters.iter().enumerate() {
            if cluster.as_ref().is_some_and(|it| do_so(it.silence)) {
                found.insert(ClusterIndex(index as u16));
            }
        }
        found
    }

    /// Says what is wrong with a cluster as a whole.
    pub(super) fn complain_about_cluster(&mut self, index: ClusterIndex) {
        let cluster = self.cluster(index);
        let mut flaws = Vec::new();
        if let Some((_, uid)) = &cluster.foreign {
            flaws.push(Flaw::ForeignCluster(uid.clone()));
        }
        if let Some(uid) = cluster.answering().filter(|_| !cluster.twins.is_empty()) {
            flaws.push(Flaw::SameCluster(uid.into(), cluster.twins.clone()));
        }
        if cluster.sync != SyncState::Awaited && cluster.places.is_empty() {
            flaws.push(Flaw::NoPlace);
        }
        if let Some(broken) = &cluster.broken {
            flaws.push(Flaw::Panicked(broken.panic.clone()));
        }
        if cluster.emptied.is_some() {
            flaws.push(Flaw::SourceEmpty);
        }
        flaws.extend(cluster.doubts.values().map(|it| Flaw::WithdrawalHeld(it.absent(), it.of)));
        self.complaints.set(index, Witness::State, || Subject::Cluster, flaws);
    }
}
