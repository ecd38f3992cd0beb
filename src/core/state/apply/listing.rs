//! Listings: what sources hold now, set against what they held before.
//!
//! In: all objects of some sources. Out: each shard's new whole, once, so that no state in
//! between is ever seen. Does not know what a change of a shard means: [`super::State`] does.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::core::complaint::Subject;
use crate::core::event::{Facts, Listing};
use crate::core::service::{ServiceFacts, Shard, SliceFacts, SourceId, Sourced};
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::clusters::{Absent, Extent, Nodes};
use crate::core::state::complaints::Witness;
use crate::core::state::subjects::{service_subject, slice_subject};
use crate::core::time::Moment;
use crate::core::topology::ClusterIndex;

/// What the sources hold of one service.
#[derive(Default)]
struct Incoming {
    service: Option<Sourced<ServiceFacts>>,
    slices: Vec<Sourced<SliceFacts>>,
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

/// A shard of the service with this key, and what it becomes.
struct Next {
    key: Box<[u8]>,
    old: Option<Shard>,
    new: Shard,
}

/// What listings make of a cluster.
struct Listed<'l> {
    nodes: &'l mut Nodes,
    /// The services that would lose an object.
    lost: BTreeSet<Box<[u8]>>,
}

/// What sources held of the services that they name again.
#[derive(Default)]
struct Lacking {
    /// How many objects that were.
    kept: usize,
    /// The services of which they hold less now.
    services: BTreeSet<Box<[u8]>>,
}

impl State {
    /// Applies listings: afterwards these sources hold exactly these objects.
    pub(in crate::core::state) fn apply_listings(
        &mut self,
        cluster: ClusterIndex,
        now: Moment,
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
                        nodes.insert(name, Sourced { source, facts });
                    }
                    Facts::Service(key, facts) => {
                        gathered.entry(&key.wire()).service = Some(Sourced { source, facts });
                    }
                    Facts::Slice(key, facts) => {
                        gathered.entry(&key.wire()).slices.push(Sourced { source, facts });
                    }
                }
            }
        }
        let Gathered { services, positions } = gathered;
        let lacking = self.lacking(cluster, &sources, &services);
        // To look for what is absent is to look at all services, which is far too much where a
        // file of a few objects was changed. So it is done only where objects are missing.
        let mut absent = Vec::new();
        if lacking.kept < self.cluster(cluster).count_of(&sources) {
            absent = self.absent(cluster, &sources, &positions);
        }
        drop(positions);
        let mut lost = lacking.services;
        lost.extend(absent.iter().map(|it| it.key.clone()));
        let held =
            self.keep_held(cluster, now, &sources, Listed { nodes: &mut nodes, lost }, changes);
        self.list_nodes(cluster, &sources, nodes, changes);
        for next in absent {
            self.put_listed(cluster, &held, next, changes);
        }
        // Each is unpacked when its turn comes: all at once they would be most of the memory that a list takes.
        for (key, incoming) in services {
            let old = self.index.shard(&key, cluster);
            let new = incoming.onto(old.as_ref(), &sources);
            self.put_listed(cluster, &held, Next { key, old, new }, changes);
        }
    }

    /// What these sources held before of services that they still name.
    fn lacking(
        &self,
        cluster: ClusterIndex,
        sources: &HashSet<SourceId>,
        services: &[(Box<[u8]>, Incoming)],
    ) -> Lacking {
        let mut lacking = Lacking::default();
        for (key, incoming) in services {
            let Some(old) = self.index.shard(key, cluster) else { continue };
            lacking.kept += old.sources().filter(|source| sources.contains(source)).count();
            if incoming.lacks(&old, sources) {
                lacking.services.insert(key.clone());
            }
        }
        lacking
    }

    /// Puts a shard in, with what it would lose where that is held.
    fn put_listed(
        &mut self,
        cluster: ClusterIndex,
        held: &BTreeSet<Box<[u8]>>,
        next: Next,
        changes: &mut Changes,
    ) {
        let Next { key, old, mut new } = next;
        if let Some(old) = old.as_ref().filter(|_| held.contains(&key)) {
            let missing = missing(old, &new);
            if new.service.is_none() {
                new.service = missing.service;
            }
            new.slices.extend(missing.slices);
            new.slices.sort_by(|a, b| a.facts.name.cmp(&b.facts.name));
        }
        self.withdraw_reports(cluster, &key, old.as_ref(), &new);
        self.set_shard(&key, cluster, old, new, changes);
    }

    /// Puts back the nodes that are absent, where that is not believed; gives the services of which nothing is
    /// to go.
    fn keep_held(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        sources: &HashSet<SourceId>,
        listed: Listed<'_>,
        changes: &mut Changes,
    ) -> BTreeSet<Box<[u8]>> {
        let Listed { nodes, lost } = listed;
        let cluster = self.cluster(index);
        // Where lists are guarded each is of one source: that of its kind.
        let Some(&source) =
            sources.iter().next().filter(|_| cluster.policy.withdraw_guard.is_some())
        else {
            return BTreeSet::new();
        };
        let gone = cluster
            .nodes
            .iter()
            .filter(|(name, node)| sources.contains(&node.source) && !nodes.contains_key(*name));
        let absent = Absent {
            nodes: gone.map(|(name, _)| name.clone()).collect(),
            services: lost,
            of: Extent { services: cluster.shards, nodes: cluster.nodes.len() },
        };
        let held = self.hold(index, source, now, absent, changes);
        for name in held.nodes {
            let node = self.cluster(index).nodes[&name].clone();
            nodes.insert(name, node);
        }
        held.services
    }

    fn list_nodes(
        &mut self,
        index: ClusterIndex,
        sources: &HashSet<SourceId>,
        incoming: Nodes,
        changes: &mut Changes,
    ) {
        let listed = self.clusters.list_nodes(index, sources, incoming);
        for name in listed.gone {
            self.complaints.set(index, Witness::Source, || Subject::Node(name), Vec::new());
        }
        if listed.has_changed {
            self.refresh_nodes(index, changes);
        }
    }

    /// Shards of which these sources held something, and now hold nothing.
    fn absent(
        &self,
        cluster: ClusterIndex,
        sources: &HashSet<SourceId>,
        incoming: &HashMap<Box<[u8]>, usize, RandomState>,
    ) -> Vec<Next> {
        let of_cluster = self
            .index
            .iter()
            .filter(|entry| entry.shard(cluster).is_some() && !incoming.contains_key(&entry.key));
        let absent = of_cluster.filter_map(|entry| {
            let old = entry.shard(cluster)?.unpack();
            let new = Incoming::default().onto(Some(&old), sources);
            (new != old).then(|| Next { key: entry.key.clone(), old: Some(old), new })
        });
        absent.collect()
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
        let stays = |name: &str| new.slices.iter().any(|slice| *slice.facts.name == *name);
        for slice in old.slices.iter().filter(|slice| !stays(&slice.facts.name)) {
            let subject = || slice_subject(key, &slice.facts.name);
            self.complaints.set(cluster, Witness::Source, subject, Vec::new());
        }
    }
}

/// The objects of `old` that `new` has not.
fn missing(old: &Shard, new: &Shard) -> Shard {
    let is_new = |name: &str| new.slices.iter().any(|slice| *slice.facts.name == *name);
    let slices = old.slices.iter().filter(|slice| !is_new(&slice.facts.name)).cloned();
    let service = old.service.clone().filter(|_| new.service.is_none());
    Shard { service, slices: slices.collect() }
}

impl Incoming {
    /// Whether an object of these sources is missing here that the shard had.
    fn lacks(&self, old: &Shard, sources: &HashSet<SourceId>) -> bool {
        let is_here = |name: &str| self.slices.iter().any(|slice| *slice.facts.name == *name);
        let mut slices = old.slices.iter().filter(|slice| sources.contains(&slice.source));
        let service = old.service.as_ref().filter(|_| self.service.is_none());
        service.is_some_and(|service| sources.contains(&service.source))
            || slices.any(|slice| !is_here(&slice.facts.name))
    }

    /// The shard that `old` becomes: what other sources gave stays, unless given here too.
    fn onto(mut self, old: Option<&Shard>, sources: &HashSet<SourceId>) -> Shard {
        if let Some(old) = old {
            let stays = |source: &SourceId| !sources.contains(source);
            if self.service.is_none() {
                self.service = old.service.clone().filter(|service| stays(&service.source));
            }
            let given = self.slices.len();
            for slice in old.slices.iter().filter(|slice| stays(&slice.source)) {
                if !self.slices[..given].iter().any(|it| it.facts.name == slice.facts.name) {
                    self.slices.push(slice.clone());
                }
            }
        }
        self.slices.sort_by(|a, b| a.facts.name.cmp(&b.facts.name));
        Shard { service: self.service, slices: self.slices }
    }
}
