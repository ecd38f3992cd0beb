//! Clusters that come, change and go, and policy that changes.
//!
//! In: what the configuration says now. Out: [`Changes`], so that answers follow without a
//! moment in which they are wrong. Does not know configuration files.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::core::name::Label;
use crate::core::policy::{ClusterPolicy, Policy, WhenAllDown};
use crate::core::service::{Shard, SourceId};
use crate::core::state::changes::{ChangedService, Changes, Step};
use crate::core::state::deadlines::Deadline;
use crate::core::state::index::Entry;
use crate::core::state::{CLASSES, State};
use crate::core::topology::ClusterIndex;
use crate::core::view::{ViewId, ViewSet};

impl State {
    /// Registers a cluster. Its overrides make its places known before it says anything. A name
    /// that is registered already keeps its entry.
    pub fn register(&mut self, name: Label, policy: ClusterPolicy) -> Changes {
        let mut changes = Changes { has_header: true, has_askers: true, ..Changes::default() };
        let Some(index) = self.clusters.register(name, policy) else { return changes };
        self.refresh_nodes(index, &mut changes);
        // It counts in the world, wherever it stands.
        self.rebuild_places();
        self.follow_overrides(&mut changes);
        self.tell_complaints(&mut changes);
        changes
    }

    /// Says whether clusters may be registered that nobody has told of yet, because where they are
    /// listed has never been read.
    pub fn expect_clusters(&mut self, expects: bool) -> Changes {
        let has_header = self.initial_sync.expect_clusters(expects);
        let mut changes = Changes { has_header, ..Changes::default() };
        changes.merge(self.advance(self.deadlines.told()));
        changes
    }

    /// Takes a cluster out, with all that it said.
    pub fn deregister(&mut self, name: &Label) -> Changes {
        let mut changes =
            Changes { has_header: true, has_places: true, has_askers: true, ..Changes::default() };
        let Some(index) = self.clusters.find(name) else { return changes };
        for key in self.index.keys_of(index) {
            let old = self.index.shard(&key, index);
            self.put_shard(&key, index, old, Shard::default(), &mut changes);
        }
        // That the cluster has no such Service any more is not what is known.
        changes.moves.iter_mut().for_each(|it| it.step = Step::Ends);
        self.complaints.forget(index);
        let former = self.cluster(index).answering().map(Box::<str>::from);
        self.clusters.remove(index);
        self.deadlines.set(Deadline::Silence(index), None);
        let changed = self.clusters.match_twins([former.as_deref()]);
        self.complain_about_twins(changed);
        self.tell_complaints(&mut changes);
        self.rebuild_places();
        self.follow_overrides(&mut changes);
        changes
    }

    /// Gives a cluster another entry. Its facts stay; the places it once stood in are forgotten
    /// unless it stands there now.
    pub fn change_cluster(&mut self, name: &Label, policy: ClusterPolicy) -> Changes {
        let mut changes = Changes::default();
        let Some(index) = self.clusters.find(name) else { return changes };
        let former = self.clusters.change_policy(index, policy);
        (changes.has_places, changes.has_header, changes.has_askers) = (true, true, true);
        self.refresh_nodes(index, &mut changes);
        self.rebuild_places();
        for key in self.index.keys_of(index) {
            self.evaluate_again(&key, index, &former, &mut changes);
        }
        self.look_at_silences(BTreeSet::new(), &mut changes);
        self.follow_overrides(&mut changes);
        self.tell_complaints(&mut changes);
        changes
    }

    /// Says that a cluster is read from somewhere else from now on. What it said before counts
    /// until it has synced from there.
    pub fn move_cluster(&mut self, name: &Label) {
        let Some(index) = self.clusters.find(name) else { return };
        let former = self.clusters.forget_identity(index);
        self.mark_former(index, &mut Changes::default());
        self.complaints.forget_sources(index);
        self.complain_about_cluster(index);
        let changed = self.clusters.match_anew(index, former.as_deref());
        self.complain_about_twins(changed);
    }

    /// What a cluster said so far counts until it has synced once more.
    pub(super) fn mark_former(&mut self, index: ClusterIndex, changes: &mut Changes) {
        self.clusters.mark_nodes_former(index);
        for key in self.index.keys_of(index) {
            let Some(old) = self.index.shard(&key, index) else { continue };
            let mut new = old.clone();
            new.service.iter_mut().for_each(|it| it.source = SourceId::FORMER);
            new.slices.iter_mut().for_each(|it| it.source = SourceId::FORMER);
            self.put_shard(&key, index, Some(old), new, changes);
        }
    }

    /// What was read from a former place of a cluster counts no more.
    pub(super) fn forget_former(&mut self, index: ClusterIndex, changes: &mut Changes) {
        if !self.cluster(index).has_former() {
            return;
        }
        self.clusters.touch(index);
        if self.clusters.forget_former_nodes(index) {
            self.refresh_nodes(index, changes);
        }
        let keys: Vec<_> = self.former_keys(index).collect();
        for key in keys {
            let Some(old) = self.index.shard(&key, index) else { continue };
            let mut new = old.clone();
            new.service = new.service.filter(|service| !service.is_former());
            new.slices.retain(|slice| !slice.is_former());
            self.set_shard(&key, index, Some(old), new, changes);
        }
    }

    /// Changes what the operator wants of all federations. Services are compiled again only where
    /// what is compiled of them depends on it.
    pub fn change_policy(&mut self, policy: Arc<Policy>) -> Changes {
        // Who is trusted to say which cluster asks is kept with the askers.
        let mut changes = Changes { has_header: true, has_askers: true, ..Changes::default() };
        let former = std::mem::replace(&mut self.policy, policy);
        if !is_compiled_alike(&former, &self.policy) {
            let changed = |entry: &Entry| ChangedService { key: entry.key.clone(), cluster: None };
            changes.services = self.index.iter().map(changed).collect();
        }
        self.move_hostnames(&mut changes);
        self.link_externals_again(&mut changes);
        self.recount_collisions();
        self.complain_about_policy();
        self.complain_about_lengths();
        self.tell_complaints(&mut changes);
        changes
    }

    /// The services of which a cluster has a shard that is wholly or in part from a former place of
    /// it, or an earlier run, in the order of their keys.
    pub(super) fn former_keys(&self, index: ClusterIndex) -> impl Iterator<Item = Box<[u8]>> {
        self.index.keys_of(index).into_iter().filter(move |key| {
            let shard = self.index.shard(key, index);
            shard.is_some_and(|it| it.sources().any(|source| source == SourceId::FORMER))
        })
    }
}

/// Whether two policies compile services to the same octets: which classes are in use, and what
/// is kept for services of which nothing is healthy.
fn is_compiled_alike(a: &Policy, b: &Policy) -> bool {
    let compiled = |policy: &Policy| {
        let wanted = ViewSet::wanted(policy);
        CLASSES.map(|publish| {
            let open = [WhenAllDown::All, WhenAllDown::Last].map(|way| {
                let mut of_class = policy.federations.iter().filter(|it| it.publish == publish);
                of_class.any(|federation| federation.when_all_down == way)
            });
            (wanted.contains(ViewId::of(publish)), open)
        })
    };
    compiled(a) == compiled(b)
}
