//! Clusters that come, change and go, and policy that changes.
//!
//! In: what the configuration says now. Out: [`Changes`], so that answers follow without a
//! moment in which they are wrong. Does not know configuration files.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::core::name::Label;
use crate::core::policy::{ClusterPolicy, Policy, WhenAllDown};
use crate::core::service::{Shard, SourceId};

use super::changes::{Changes, Step};
use super::cluster::{Cluster, ClusterIndex};
use super::silence::Silence;
use super::{State, is_class_used};

impl State {
    /// Registers a cluster. Its overrides make its places known before it says anything. A name
    /// that is registered already keeps its entry.
    pub fn register(&mut self, name: Label, policy: ClusterPolicy) -> Changes {
        let mut changes = Changes { has_header: true, ..Changes::default() };
        if self.by_name.contains_key(&name) {
            return changes;
        }
        let free = self.clusters.iter().position(Option::is_none).unwrap_or_else(|| {
            self.clusters.push(None);
            self.clusters.len() - 1
        });
        let index = ClusterIndex(free as u16);
        self.by_name.insert(name.clone(), index);
        self.clusters[free] = Some(Cluster::new(name, policy));
        self.refresh_nodes(index, &mut changes);
        // It counts in the world, wherever it stands.
        self.rebuild_places();
        self.tell_complaints(&mut changes);
        changes
    }

    /// Says whether clusters may be registered that nobody has told of yet, because where they are
    /// listed has never been read.
    pub fn expect_clusters(&mut self, expects: bool) -> Changes {
        let has_header = self.expects_clusters != expects;
        self.expects_clusters = expects;
        let mut changes = Changes { has_header, ..Changes::default() };
        changes.merge(self.advance(self.now));
        changes
    }

    /// Takes a cluster out, with all that it said.
    pub fn deregister(&mut self, name: &Label) -> Changes {
        let mut changes =
            Changes { has_header: true, has_places: true, has_askers: true, ..Changes::default() };
        let Some(index) = self.by_name.remove(name) else { return changes };
        for key in self.keys_of(index) {
            let old = self.shard(&key, index);
            self.put_shard(&key, index, old, Shard::default(), &mut changes);
        }
        // That the cluster has no such Service any more is not what is known.
        changes.moves.iter_mut().for_each(|it| it.step = Step::Ends);
        self.complaints.forget(index);
        let former = self.cluster(index).answering().map(Box::<str>::from);
        self.clusters[usize::from(index.0)] = None;
        self.match_twins([former.as_deref()]);
        self.tell_complaints(&mut changes);
        // Its number may be another cluster's next.
        self.withdrawn = self.clusters_that(|silence| silence == Silence::Withdrawn);
        self.rebuild_places();
        changes
    }

    /// Gives a cluster another entry. Its facts stay; the places it once stood in are forgotten
    /// unless it stands there now.
    pub fn change_cluster(&mut self, name: &Label, policy: ClusterPolicy) -> Changes {
        let mut changes = Changes::default();
        let Some(&index) = self.by_name.get(name) else { return changes };
        let former = std::mem::replace(&mut self.cluster_mut(index).policy, policy);
        let cluster = self.cluster_mut(index);
        cluster.shown.clear();
        (changes.has_places, changes.has_header) = (true, true);
        self.refresh_nodes(index, &mut changes);
        self.rebuild_places();
        for key in self.keys_of(index) {
            self.evaluate_again(&key, index, &former, &mut changes);
        }
        self.advance_silences(self.now, &mut changes);
        self.tell_complaints(&mut changes);
        changes
    }

    /// Says that a cluster is read from somewhere else from now on. What it said before counts
    /// until it has synced from there.
    pub fn move_cluster(&mut self, name: &Label) {
        let Some(&index) = self.by_name.get(name) else { return };
        let former = self.cluster(index).answering().map(Box::<str>::from);
        let cluster = self.cluster_mut(index);
        (cluster.contact, cluster.uid, cluster.foreign) = (None, None, None);
        cluster.held_withdrawals.clear();
        self.touch(index);
        self.mark_former(index, &mut Changes::default());
        self.complaints.forget_sources(index);
        self.complain_about_cluster(index);
        self.match_anew(index, former.as_deref());
    }

    /// What a cluster said so far counts until it has synced once more.
    pub(super) fn mark_former(&mut self, index: ClusterIndex, changes: &mut Changes) {
        for (source, _) in self.cluster_mut(index).nodes.values_mut() {
            *source = SourceId::FORMER;
        }
        for key in self.keys_of(index) {
            let Some(old) = self.shard(&key, index) else { continue };
            let mut new = old.clone();
            new.service.iter_mut().for_each(|(source, _)| *source = SourceId::FORMER);
            new.slices.iter_mut().for_each(|(source, _)| *source = SourceId::FORMER);
            self.put_shard(&key, index, Some(old), new, changes);
        }
    }

    /// What was read from a former place of a cluster counts no more.
    pub(super) fn forget_former(&mut self, index: ClusterIndex, changes: &mut Changes) {
        if !self.cluster(index).has_former() {
            return;
        }
        self.touch(index);
        let is_former = |(source, _): &(SourceId, _)| *source == SourceId::FORMER;
        let cluster = self.cluster_mut(index);
        let nodes_before = cluster.nodes.len();
        cluster.nodes.retain(|_, (source, _)| *source != SourceId::FORMER);
        if cluster.nodes.len() != nodes_before {
            self.refresh_nodes(index, changes);
        }
        let keys: Vec<_> = self.former_keys(index).collect();
        for key in keys {
            let Some(old) = self.shard(&key, index) else { continue };
            let mut new = old.clone();
            new.service = new.service.filter(|service| !is_former(service));
            new.slices.retain(|(source, _)| *source != SourceId::FORMER);
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
            changes.services = self.services.iter().map(|entry| entry.key.clone()).collect();
        }
        self.move_hostnames(&mut changes);
        self.link_externals_again(&mut changes);
        self.recount_collisions();
        self.complain_about_lengths();
        self.tell_complaints(&mut changes);
        changes
    }

    /// Counts anew which namespaces are called like a federation.
    fn recount_collisions(&mut self) {
        let indices: Vec<_> = self.by_name.values().copied().collect();
        for index in indices {
            let known = std::mem::take(&mut self.cluster_mut(index).collisions);
            known.into_keys().for_each(|name| self.complain_about_collision(index, name, 0));
            let mut counts: BTreeMap<Label, u32> = BTreeMap::new();
            let of_cluster = self.services.iter().filter(|entry| {
                self.federation_like(&entry.key).is_some() && entry.shard(index).is_some()
            });
            for entry in of_cluster {
                let has_service =
                    entry.shard(index).is_some_and(|it| it.unpack().service.is_some());
                if let Some(name) = self.federation_like(&entry.key).filter(|_| has_service) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
            for (name, count) in &counts {
                self.complain_about_collision(index, name.clone(), *count);
            }
            self.cluster_mut(index).collisions = counts;
        }
    }

    /// The services of which a cluster has a shard that is wholly or in part from a former place of
    /// it, or an earlier run, in the order of their keys.
    pub(super) fn former_keys(&self, index: ClusterIndex) -> impl Iterator<Item = Box<[u8]>> {
        self.keys_of(index).into_iter().filter(move |key| {
            let shard = self.shard(key, index);
            shard.is_some_and(|it| it.sources().any(|source| source == SourceId::FORMER))
        })
    }

    /// The services of which a cluster has a shard, in the order of their keys.
    fn keys_of(&self, index: ClusterIndex) -> Vec<Box<[u8]>> {
        let of_cluster = self.services.iter().filter(|entry| entry.shard(index).is_some());
        let mut keys: Vec<_> = of_cluster.map(|entry| entry.key.clone()).collect();
        keys.sort_unstable();
        keys
    }
}

/// Whether two policies compile services to the same octets: which classes are in use, and what
/// is kept for services of which nothing is healthy.
fn is_compiled_alike(a: &Policy, b: &Policy) -> bool {
    let compiled = |policy: &Policy| {
        super::CLASSES.map(|publish| {
            let open = [WhenAllDown::All, WhenAllDown::Last].map(|way| {
                let mut of_class = policy.federations.iter().filter(|it| it.publish == publish);
                of_class.any(|federation| federation.when_all_down == way)
            });
            (is_class_used(policy, publish), open)
        })
    };
    compiled(a) == compiled(b)
}
