//! Listings: what sources hold now, set against what they held before.
//!
//! In: all objects of some sources. Out: each shard's new whole, once, so that no state in
//! between is ever seen. Does not know what a change of a shard means: [`super::State`] does.

use std::collections::{BTreeMap, HashMap, HashSet};

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
struct Listed {
    nodes: Nodes,
    shards: Vec<Next>,
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
        let olds: Vec<_> = services.iter().map(|(key, _)| self.index.shard(key, cluster)).collect();
        // To look for what is absent is to look at all services, which is far too much where a
        // file of a few objects was changed. So it is done only where objects are missing.
        let is_of_sources = |source: &SourceId| sources.contains(source);
        let kept = olds.iter().flatten().flat_map(Shard::sources).filter(is_of_sources).count();
        let mut shards = Vec::new();
        if kept < self.cluster(cluster).count_of(&sources) {
            shards = self.absent(cluster, &sources, &positions);
        }
        drop(positions);
        shards.extend(services.into_iter().zip(olds).map(|((key, incoming), old)| {
            let new = incoming.onto(old.as_ref(), &sources);
            Next { key, old, new }
        }));
        let mut listed = Listed { nodes, shards };
        self.keep_held(cluster, now, &sources, &mut listed, changes);
        self.list_nodes(cluster, &sources, listed.nodes, changes);
        for Next { key, old, new } in listed.shards {
            self.withdraw_reports(cluster, &key, old.as_ref(), &new);
            self.set_shard(&key, cluster, old, new, changes);
        }
    }

    /// Puts back what is absent and not believed: nodes, and objects of services to the shards that
    /// they would be missing from.
    fn keep_held(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        sources: &HashSet<SourceId>,
        listed: &mut Listed,
        changes: &mut Changes,
    ) {
        let cluster = self.cluster(index);
        // Where lists are guarded each is of one source: that of its kind.
        let Some(&source) =
            sources.iter().next().filter(|_| cluster.policy.withdraw_guard.is_some())
        else {
            return;
        };
        let gone = cluster.nodes.iter().filter(|(name, node)| {
            sources.contains(&node.source) && !listed.nodes.contains_key(*name)
        });
        let reduced = listed.shards.iter().filter(|Next { old, new, .. }| {
            old.as_ref().is_some_and(|old| !missing(old, new).is_empty())
        });
        let absent = Absent {
            services: reduced.map(|it| it.key.clone()).collect(),
            nodes: gone.map(|(name, _)| name.clone()).collect(),
            of: Extent { services: cluster.shards, nodes: cluster.nodes.len() },
        };
        let held = self.hold(index, source, now, absent, changes);
        for name in held.nodes {
            let node = self.cluster(index).nodes[&name].clone();
            listed.nodes.insert(name, node);
        }
        for Next { key, old, new } in &mut listed.shards {
            if let Some(old) = old.as_ref().filter(|_| held.services.contains(key)) {
                let missing = missing(old, new);
                if new.service.is_none() {
                    new.service = missing.service;
                }
                new.slices.extend(missing.slices);
                new.slices.sort_by(|a, b| a.facts.name.cmp(&b.facts.name));
            }
        }
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
