//! What the operator's word does to clusters and shards.
//!
//! In: lists of overrides, entries that say so, the passing of time. Out: shards evaluated again, clusters that count
//! elsewhere, and who is told. Drains of clusters and places touch no shard: which clusters count where is asked
//! when a name is. Does not know who said it, nor where that is kept.

use std::collections::BTreeSet;

use crate::core::name::Label;
use crate::core::overrides::{Action, Drains, Override, Target, Word};
use crate::core::policy::{ClusterPolicy, Eligibility, EntryDrain};
use crate::core::service::{Exclusion, Shard, Spare};
use crate::core::state::State;
use crate::core::state::changes::{Changes, OverrideTurn};
use crate::core::state::deadlines::Deadline;
use crate::core::state::overrides::Annotated;
use crate::core::time::Now;
use crate::core::topology::{ClusterIndex, ClusterSet};

/// A shard, and what was made of it.
struct Before {
    of: Annotated,
    shard: Shard,
    eligibilities: [Eligibility; 2],
}

impl State {
    /// What was said by commands and in files is this from now on. What entries, Secrets and Services say stays.
    pub fn set_overrides(&mut self, now: Now, said: Vec<Override>) -> Changes {
        let mut changes = self.advance(now);
        self.overrides.say(said);
        self.follow_overrides(&mut changes);
        changes
    }

    /// What commands and files say, in force or not.
    pub fn said_overrides(&self) -> &[Override] {
        self.overrides.said()
    }

    /// What is in force, but for what Services themselves say.
    pub fn overrides(&self) -> &[Override] {
        self.overrides.in_force()
    }

    /// Until when Services are drained by their own annotation, in unix seconds, with their keys and clusters.
    pub fn annotated_drains(&self) -> impl Iterator<Item = (&[u8], ClusterIndex, Option<u64>)> {
        self.overrides.annotated().map(|(of, until)| (&*of.key, of.cluster, until))
    }

    /// The latest moment that was told, by both clocks in one reading.
    pub fn told(&self) -> Now {
        self.deadlines.told()
    }

    /// Time has passed: what ended, or begins anew as the wall clock was set. `is_look`: it was to be looked at now.
    pub(in crate::core::state) fn look_at_overrides(
        &mut self,
        is_look: bool,
        changes: &mut Changes,
    ) {
        if self.overrides.is_due(self.deadlines.told()) {
            self.follow_overrides(changes);
        } else if is_look || self.overrides.is_changed() {
            self.settle_overrides(changes);
        }
    }

    /// Follows all that is said, as of the last moment that was told.
    pub(super) fn follow_overrides(&mut self, changes: &mut Changes) {
        let now = self.deadlines.told();
        let listed = self.listed_overrides();
        let touched = self.overrides.touched(&listed, now);
        changes.has_header |= !touched.annotated.is_empty();
        let shards = |key: &[u8]| -> Vec<Annotated> {
            let having = self.index.having(key);
            having.map(|cluster| Annotated { key: key.into(), cluster }).collect()
        };
        let of_services = touched.services.iter().flat_map(|key| shards(key));
        // One may be told otherwise for both reasons.
        let all: BTreeSet<_> = of_services.chain(touched.annotated).collect();
        let before = all.into_iter().filter_map(|of| {
            let shard = self.index.shard(&of.key, of.cluster)?;
            let eligibilities = self.evaluate_all(of.cluster, &of.key, &shard);
            Some(Before { of, shard, eligibilities })
        });
        let before: Vec<_> = before.collect();
        let turned = self.overrides.replace(listed, now);
        for Before { of: Annotated { key, cluster }, shard, eligibilities } in before {
            if self.evaluate_all(cluster, &key, &shard) != eligibilities {
                self.store_shard(&key, cluster, &eligibilities, &shard, changes);
            }
        }
        self.follow_drains(changes);
        let turn = |begins: bool| move |it: Override| OverrideTurn { of: it, begins };
        changes.overrides.extend(turned.ended.into_iter().map(turn(false)));
        changes.overrides.extend(turned.begun.into_iter().map(turn(true)));
        self.settle_overrides(changes);
    }

    /// Says when time is to be looked at next, and whether a snapshot has to know.
    fn settle_overrides(&mut self, changes: &mut Changes) {
        changes.has_header |= self.overrides.take_changed();
        let next = self.overrides.next_look(self.deadlines.told());
        self.deadlines.set(Deadline::Overrides, next);
    }

    /// Clusters count where the drains in force leave them.
    fn follow_drains(&mut self, changes: &mut Changes) {
        let mut drains = Drains::default();
        self.overrides.in_force().iter().for_each(|it| drains.add(&it.action));
        let before = self.clusters.withdrawn().clone();
        if self.clusters.drain(drains) {
            changes.has_places = true;
            self.rebuild_places();
            self.follow_withdrawn(&before, changes);
        }
    }

    /// Other clusters than before answer no more.
    pub(super) fn follow_withdrawn(&mut self, before: &ClusterSet, changes: &mut Changes) {
        if before == self.clusters.withdrawn() {
            return;
        }
        for turned in self.index.withdraw(before, self.clusters.withdrawn()) {
            self.note_outage(&turned.key, None, turned.turns, changes);
        }
    }

    /// All that is said but by Services: by commands and in files, then by entries and Secrets.
    fn listed_overrides(&self) -> Vec<Override> {
        let of_entries =
            self.clusters().filter_map(|cluster| of_entry(&cluster.name, &cluster.policy));
        self.overrides.said().iter().cloned().chain(of_entries).collect()
    }

    /// Keeps whether a Service says that it is drained.
    pub(super) fn link_drain(&mut self, key: &[u8], cluster: ClusterIndex, new: &Shard) {
        let drain = new.facts().and_then(|facts| facts.drain.as_ref());
        // Nearly all Services say nothing of it: storing those is to cost nothing here.
        if drain.is_none() && !self.overrides.has_annotated() {
            return;
        }
        self.overrides.annotate(Annotated { key: key.into(), cluster }, drain.map(|it| it.until));
    }

    /// What the operator's word makes of what policy makes of a shard.
    pub(super) fn overrule(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
        mut eligibility: Eligibility,
    ) -> Eligibility {
        let own = shard.facts().and_then(|facts| facts.drain.as_ref());
        let own = own.filter(|drain| drain.is_in_force(self.overrides.unix_seconds()));
        let own = own.map(|drain| if drain.is_hard { Word::DrainedHard } else { Word::Drained });
        let said = self.overrides.word(key, &self.cluster(cluster).name);
        let is_published = eligibility.exclusion.is_none_or(Exclusion::is_published);
        match own.max(said).filter(|_| is_published) {
            None => {}
            Some(Word::DrainedHard) => {
                (eligibility.exclusion, eligibility.spare) = (Some(Exclusion::DrainedHard), None);
                eligibility.is_pending = false;
            }
            Some(_) if eligibility.exclusion.is_some() => {}
            Some(Word::Drained) => eligibility.spare = Some(Spare::Drained),
            Some(Word::PinnedAway) => eligibility.spare = Some(Spare::PinnedAway),
        }
        eligibility
    }
}

/// The drain that a cluster's entry, or the Secret that registers it, says.
fn of_entry(name: &Label, policy: &ClusterPolicy) -> Option<Override> {
    let EntryDrain { drain, source } = policy.drain.as_ref()?;
    let (target, is_hard) = (Target::Cluster(name.clone()), drain.is_hard);
    Some(Override {
        id: name.as_str().into(),
        action: Action::Drain { target, is_hard },
        until: drain.until,
        since: None,
        reason: drain.reason.clone(),
        by: None,
        source: *source,
    })
}
