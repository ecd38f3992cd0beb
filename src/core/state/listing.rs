//! Listings: what sources hold now, set against what they held before.
//!
//! In: all objects of some sources. Out: each shard's new whole, once, so that no state in
//! between is ever seen. Does not know what a change of a shard means: [`super::State`] does.

use std::collections::{BTreeMap, HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, Listing, NodeFacts};
use crate::core::service::{ServiceFacts, Shard, SliceFacts, SourceId};

use super::changes::Changes;
use super::cluster::ClusterIndex;
use super::complaints::Witness;
use super::{State, service_subject, slice_subject};

/// What the sources hold of one service.
#[derive(Default)]
struct Incoming {
    service: Option<(SourceId, ServiceFacts)>,
    slices: Vec<(SourceId, SliceFacts)>,
}

/// What the sources hold of all services, in the order in which they name them: clusters mostly
/// name them in the same order, and memory is read fastest that way.
#[derive(Default)]
struct Gathered {
    services: Vec<(Box<[u8]>, Incoming)>,
    positions: HashMap<Box<[u8]>, usize, RandomState>,
}

impl Gathered {
    fn entry(&mut self, key: &[u8]) -> &mut Incoming {
        let at = self.positions.get(key).copied().unwrap_or_else(|| {
            let at = self.services.len();
            self.positions.insert(key.into(), at);
            self.services.push((key.into(), Incoming::default()));
            at
        });
        &mut self.services[at].1
    }
}

impl State {
    /// Applies listings: afterwards these sources hold exactly these objects.
    pub(super) fn apply_listings(
        &mut self,
        cluster: ClusterIndex,
        listings: Vec<Listing>,
        changes: &mut Changes,
    ) {
        let sources: HashSet<SourceId> = listings.iter().map(|listing| listing.source).collect();
        let mut nodes = BTreeMap::new();
        let mut gathered = Gathered::default();
        for Listing { source, objects } in listings {
            for object in objects {
                self.report(cluster, &object.facts, object.flaws);
                match object.facts {
                    Facts::Node(name, facts) => {
                        nodes.insert(name, (source, facts));
                    }
                    Facts::Service(key, facts) => {
                        gathered.entry(&key.wire()).service = Some((source, facts));
                    }
                    Facts::Slice(key, facts) => {
                        gathered.entry(&key.wire()).slices.push((source, facts));
                    }
                }
            }
        }
        self.list_nodes(cluster, &sources, nodes, changes);
        let Gathered { services, positions } = gathered;
        let olds: Vec<_> = services.iter().map(|(key, _)| self.shard(key, cluster)).collect();
        // To look for what is absent is to look at all services, which is far too much where a
        // file of a few objects was changed. So it is done only where objects are missing.
        let is_of_sources = |source: &SourceId| sources.contains(source);
        let kept = olds.iter().flatten().flat_map(Shard::sources).filter(is_of_sources).count();
        if kept < self.cluster(cluster).count_of(&sources) {
            self.list_absent(cluster, &sources, &positions, changes);
        }
        drop(positions);
        for ((key, incoming), old) in services.into_iter().zip(olds) {
            let new = incoming.onto(old.as_ref(), &sources);
            self.withdraw_reports(cluster, &key, old.as_ref(), &new);
            self.set_shard(&key, cluster, old, new, changes);
        }
    }

    fn list_nodes(
        &mut self,
        index: ClusterIndex,
        sources: &HashSet<SourceId>,
        incoming: BTreeMap<Box<str>, (SourceId, NodeFacts)>,
        changes: &mut Changes,
    ) {
        let cluster = self.cluster_mut(index);
        let is_gone = |name: &str, source: &SourceId| {
            sources.contains(source) && !incoming.contains_key(name)
        };
        let gone: Vec<_> = cluster
            .nodes
            .iter()
            .filter(|(name, (source, _))| is_gone(name, source))
            .map(|(name, _)| name.clone())
            .collect();
        gone.iter().for_each(|name| _ = cluster.nodes.remove(name));
        let is_new = |(name, (_, facts)): (&_, &(SourceId, NodeFacts))| {
            cluster.nodes.get(name).is_none_or(|(_, old)| old != facts)
        };
        let has_changed = !gone.is_empty() || incoming.iter().any(is_new);
        cluster.nodes.extend(incoming);
        if has_changed {
            self.touch(index);
        }
        for name in gone {
            self.complaints.set(index, Witness::Source, || Subject::Node(name), Vec::new());
        }
        self.refresh_places(index, changes);
    }

    /// Shards of which these sources held something, and now hold nothing.
    fn list_absent(
        &mut self,
        cluster: ClusterIndex,
        sources: &HashSet<SourceId>,
        incoming: &HashMap<Box<[u8]>, usize, RandomState>,
        changes: &mut Changes,
    ) {
        let of_cluster = self
            .services
            .iter()
            .filter(|entry| entry.shard(cluster).is_some() && !incoming.contains_key(&entry.key));
        let absent: Vec<_> = of_cluster
            .filter_map(|entry| {
                let old = entry.shard(cluster)?.unpack();
                let new = Incoming::default().onto(Some(&old), sources);
                (new != old).then(|| (entry.key.clone(), old, new))
            })
            .collect();
        for (key, old, new) in absent {
            self.withdraw_reports(cluster, &key, Some(&old), &new);
            self.set_shard(&key, cluster, Some(old), new, changes);
        }
    }

    /// What sources said of objects that are gone is said no more.
    fn withdraw_reports(
        &mut self,
        cluster: ClusterIndex,
        key: &[u8],
        old: Option<&Shard>,
        new: &Shard,
    ) {
        let Some(old) = old else { return };
        if old.service.is_some() && new.service.is_none() {
            self.complaints.set(cluster, Witness::Source, || service_subject(key), Vec::new());
        }
        let stays = |name: &str| new.slices.iter().any(|(_, slice)| *slice.name == *name);
        for (_, slice) in old.slices.iter().filter(|(_, slice)| !stays(&slice.name)) {
            let subject = || slice_subject(key, &slice.name);
            self.complaints.set(cluster, Witness::Source, subject, Vec::new());
        }
    }

    /// Replaces what sources say of an object.
    pub(super) fn report(&mut self, cluster: ClusterIndex, facts: &Facts, flaws: Vec<Flaw>) {
        let subject = || match facts {
            Facts::Node(name, _) => Subject::Node(name.clone()),
            Facts::Service(key, _) => service_subject(&key.wire()),
            Facts::Slice(key, slice) => slice_subject(&key.wire(), &slice.name),
        };
        self.complaints.set(cluster, Witness::Source, subject, flaws);
    }
}

impl Incoming {
    /// The shard that `old` becomes: what other sources gave stays, unless given here too.
    fn onto(mut self, old: Option<&Shard>, sources: &HashSet<SourceId>) -> Shard {
        if let Some(old) = old {
            let stays = |source: &SourceId| !sources.contains(source);
            if self.service.is_none() {
                self.service = old.service.clone().filter(|(source, _)| stays(source));
            }
            let given = self.slices.len();
            for (source, slice) in old.slices.iter().filter(|(source, _)| stays(source)) {
                if !self.slices[..given].iter().any(|(_, it)| it.name == slice.name) {
                    self.slices.push((*source, slice.clone()));
                }
            }
        }
        self.slices.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        Shard { service: self.service, slices: self.slices }
    }
}
