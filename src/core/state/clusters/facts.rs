//! What clusters hold, as far as it stands by itself or is counted: nodes, objects, shards.
//!
//! In: nodes, and shards as they become other ones. Out: whether something follows from it. Counts
//! are at any moment what counting anew would give.
//! Does not know where shards are stored.

use std::collections::{BTreeMap, HashSet};

use crate::core::event::{NodeFacts, Scope};
use crate::core::name::{Label, labels_of};
use crate::core::service::{Local, Shard, SourceId, Sourced};
use crate::core::time::Moment;
use crate::core::topology::{ClusterIndex, Place};

use super::Clusters;
use super::cluster::{Cluster, Extent, Restored, SyncState};

/// Nodes by name, each with the source that gave it.
pub(in crate::core::state) type Nodes = BTreeMap<Box<str>, Sourced<NodeFacts>>;

/// What a listing of nodes came to.
#[derive(Debug)]
pub(in crate::core::state) struct ListedNodes {
    /// The names of those that are gone.
    pub(in crate::core::state) gone: Vec<Box<str>>,
    /// Whether any is another one now.
    pub(in crate::core::state) has_changed: bool,
}

/// What an earlier run kept of a cluster, beside its shards.
#[derive(Debug)]
pub(in crate::core::state) struct RestoredFacts<'k> {
    /// Until when it was known to hold, in unix seconds.
    pub(in crate::core::state) as_of: u64,
    /// Whether it was all that the cluster had.
    pub(in crate::core::state) is_complete: bool,
    pub(in crate::core::state) uid: Option<&'k str>,
    pub(in crate::core::state) shown: &'k [Place],
    pub(in crate::core::state) nodes: &'k [(Box<str>, NodeFacts)],
    /// Of how many services there is a shard.
    pub(in crate::core::state) shards: usize,
}

/// Shards of one cluster that an earlier run kept, and that were stored as they stood.
#[derive(Debug, Default)]
pub(in crate::core::state) struct RestoredShards<'k> {
    pub(in crate::core::state) shards: usize,
    pub(in crate::core::state) objects: usize,
    /// The keys of those that take part, and whether they are labelled.
    pub(in crate::core::state) taking_part: Vec<(&'k [u8], bool)>,
}

impl Clusters {
    /// A node is new or changed; whether it says something else than before.
    pub(in crate::core::state) fn put_node(
        &mut self,
        index: ClusterIndex,
        source: SourceId,
        name: Box<str>,
        facts: NodeFacts,
    ) -> bool {
        let nodes = &mut self.get_mut(index).nodes;
        let is_new = nodes.get(&name).is_none_or(|old| old.facts != facts);
        nodes.insert(name, Sourced { source, facts });
        if is_new {
            self.touch(index);
        }
        is_new
    }

    /// A node is gone; whether it was there.
    pub(in crate::core::state) fn remove_node(&mut self, index: ClusterIndex, name: &str) -> bool {
        let was_there = self.get_mut(index).nodes.remove(name).is_some();
        if was_there {
            self.touch(index);
        }
        was_there
    }

    /// These sources hold exactly these nodes now.
    pub(in crate::core::state) fn list_nodes(
        &mut self,
        index: ClusterIndex,
        sources: &HashSet<SourceId>,
        incoming: Nodes,
    ) -> ListedNodes {
        let nodes = &mut self.get_mut(index).nodes;
        let is_gone = |name: &str, source: &SourceId| {
            sources.contains(source) && !incoming.contains_key(name)
        };
        let gone: Vec<_> = nodes
            .iter()
            .filter(|(name, node)| is_gone(name, &node.source))
            .map(|(name, _)| name.clone())
            .collect();
        gone.iter().for_each(|name| _ = nodes.remove(name));
        let is_new = |(name, node): (&_, &Sourced<NodeFacts>)| {
            nodes.get(name).is_none_or(|old| old.facts != node.facts)
        };
        let has_changed = !gone.is_empty() || incoming.iter().any(is_new);
        nodes.extend(incoming);
        if has_changed {
            self.touch(index);
        }
        ListedNodes { gone, has_changed }
    }

    /// What was said so far is from a former place of the cluster: of its nodes here, and up to where
    /// its objects were read means nothing now.
    pub(in crate::core::state) fn mark_nodes_former(&mut self, index: ClusterIndex) {
        let cluster = self.get_mut(index);
        cluster.versions.clear();
        for node in cluster.nodes.values_mut() {
            node.source = SourceId::FORMER;
        }
    }

    /// What an earlier run kept of nodes is the word of this source from now on.
    pub(in crate::core::state) fn adopt_nodes(&mut self, index: ClusterIndex, source: SourceId) {
        let former = self.get_mut(index).nodes.values_mut().filter(|node| node.is_former());
        former.for_each(|node| node.source = source);
    }

    /// All that is known of these objects is at least as new as this version of them.
    pub(in crate::core::state) fn note_version(
        &mut self,
        index: ClusterIndex,
        scope: Scope,
        version: Box<str>,
    ) {
        self.get_mut(index).versions.insert(scope, version);
    }

    /// Nodes of a former place of the cluster count no more; whether there were any.
    pub(in crate::core::state) fn forget_former_nodes(&mut self, index: ClusterIndex) -> bool {
        let nodes = &mut self.get_mut(index).nodes;
        let before = nodes.len();
        nodes.retain(|_, node| !node.is_former());
        nodes.len() != before
    }

    /// Takes in what an earlier run kept of a cluster that has said nothing yet.
    pub(in crate::core::state) fn restore(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        kept: RestoredFacts<'_>,
    ) {
        let RestoredFacts { as_of, is_complete, uid, shown, nodes, shards } = kept;
        let cluster = self.unsettle(index);
        let of = Extent { services: shards, nodes: nodes.len() };
        cluster.restored = Some(Restored { since: now, as_of, is_complete, is_seen: false, of });
        cluster.uid = uid.map(Into::into);
        cluster.shown.extend(shown.iter().cloned());
        let of_former = |(name, facts): &(Box<str>, NodeFacts)| {
            let source = SourceId::FORMER;
            (name.clone(), Sourced { source, facts: facts.clone() })
        };
        cluster.nodes.extend(nodes.iter().map(of_former));
    }

    /// All that an earlier run kept of a cluster is in place.
    pub(in crate::core::state) fn end_restoring(&mut self, index: ClusterIndex) {
        self.unsettle(index).sync = SyncState::Restored;
    }

    /// Takes in shards that an earlier run kept.
    pub(in crate::core::state) fn count_restored(
        &mut self,
        index: ClusterIndex,
        kept: RestoredShards<'_>,
    ) {
        let cluster = self.get_mut(index);
        cluster.shards += kept.shards;
        cluster.count_restored(kept.objects);
        for (key, is_labelled) in kept.taking_part {
            cluster.count_local(key, [0, 0], counts(Some(is_labelled)));
        }
    }

    /// What an earlier run kept of a cluster was known to hold until then, though its file is older.
    pub(in crate::core::state) fn note_heard(&mut self, index: ClusterIndex, as_of: u64) {
        if let Some(restored) = &mut self.get_mut(index).restored {
            restored.as_of = restored.as_of.max(as_of);
        }
    }

    /// Keeps count of objects where a shard becomes another one.
    pub(in crate::core::state) fn count_objects(
        &mut self,
        index: ClusterIndex,
        old: Option<&Shard>,
        new: &Shard,
    ) {
        self.get_mut(index).count_objects(old, new);
    }

    /// A service has so many shards more or less: one, or none, of which this cluster's is that one.
    pub(in crate::core::state) fn count_shards(
        &mut self,
        index: ClusterIndex,
        before: usize,
        after: usize,
    ) {
        let cluster = self.get_mut(index);
        cluster.shards = cluster.shards + after - before;
    }

    /// Keeps count of what a cluster has for its own askers, where that changes; the namespace, if
    /// it makes a difference to whether any Service takes part in there.
    pub(in crate::core::state) fn count_local(
        &mut self,
        index: ClusterIndex,
        key: &[u8],
        before: Option<&Local>,
        after: Option<&Local>,
    ) -> Option<Box<[u8]>> {
        let classes = |local: Option<&Local>| counts(local.map(|it| it.is_labelled));
        self.get_mut(index).count_local(key, classes(before), classes(after))
    }

    /// Keeps count of Services in a namespace that is called like a federation: how many there are
    /// after one was or is there.
    pub(in crate::core::state) fn count_collision(
        &mut self,
        index: ClusterIndex,
        federation: &Label,
        had: bool,
        has: bool,
    ) -> u32 {
        let counts = &mut self.get_mut(index).collisions;
        let count = counts.entry(federation.clone()).or_default();
        *count = *count + u32::from(has) - u32::from(had);
        *count
    }

    /// Replaces the counts of Services in namespaces that are called like federations; the former.
    pub(in crate::core::state) fn replace_collisions(
        &mut self,
        index: ClusterIndex,
        counts: BTreeMap<Label, u32>,
    ) -> BTreeMap<Label, u32> {
        std::mem::replace(&mut self.get_mut(index).collisions, counts)
    }
}

impl Cluster {
    /// Keeps count of a Service that took part in each class and does so otherwise now; its
    /// namespace where that makes a difference to whether there is any.
    fn count_local(&mut self, key: &[u8], was: [u32; 2], is: [u32; 2]) -> Option<Box<[u8]>> {
        let name = labels_of(key).next().filter(|_| was != is)?;
        let namespace = &key[1 + name.len()..];
        let mut count = self.taking_part_in(namespace);
        let had = count.map(|count| count > 0);
        for class in 0..count.len() {
            count[class] = count[class] + is[class] - was[class];
        }
        if count == [0, 0] {
            self.taking_part.remove(namespace);
        } else if let Some(known) = self.taking_part.get_mut(namespace) {
            *known = count;
        } else {
            self.taking_part.insert(namespace.into(), count);
        }
        (count.map(|count| count > 0) != had).then(|| namespace.into())
    }
}

/// How much a Service counts in each class; what takes part says whether it is labelled.
fn counts(takes_part: Option<bool>) -> [u32; 2] {
    takes_part.map_or([0, 0], |is_labelled| [1, u32::from(is_labelled)])
}
