//! One registered cluster: its policy, its nodes, where it stands, and whether it has synced.
//!
//! In: nodes and settings. Out: the places it stands in now and has ever shown.
//! Does not know services.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::core::event::NodeFacts;
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;
use crate::core::service::{Shard, SourceId};
pub use crate::core::topology::ClusterIndex;
use crate::core::topology::{Place, Standing};

/// How much of a cluster is known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SyncState {
    /// It has not synced: what it has is not known.
    Awaited,
    /// Every source was read, but one of them never could be: what that holds is not known.
    Partial,
    /// What an earlier run kept of it is known; since then it has not been read.
    Restored,
    /// All that it has is known.
    Synced,
}

impl SyncState {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Awaited, Self::Partial, Self::Restored, Self::Synced];

    /// The state that a word of [`SyncState::as_str`] means.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == word)
    }

    /// One word for people and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Awaited => "awaited",
            Self::Partial => "partial",
            Self::Restored => "restored",
            Self::Synced => "synced",
        }
    }
}

/// Facts that an earlier run kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Restored {
    /// Until when they were known to hold, in unix seconds.
    pub as_of: u64,
    /// Whether they were all that the cluster had.
    pub is_complete: bool,
}

/// A registered cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its id.
    pub name: Label,
    /// What its entry says.
    pub policy: ClusterPolicy,
    /// How much of it is known.
    pub sync: SyncState,
    /// What of it an earlier run kept, until its source has been read in whole.
    pub restored: Option<Restored>,
    /// Its source was read, held nothing, and is not believed: whether it was read in whole.
    pub(super) doubted: Option<bool>,
    /// The UID of its `kube-system` namespace, where that is known.
    pub identity: Option<Box<str>>,
    /// Another number whenever what is kept of it changes.
    pub(super) revision: u64,
    /// Where its shards count, by number.
    pub standing: Standing,
    /// Its nodes, by name.
    pub nodes: BTreeMap<Box<str>, (SourceId, NodeFacts)>,
    /// The places it has shown since it was registered: they exist as long as it stays.
    pub shown: BTreeSet<Place>,
    /// The places it stands in now.
    pub places: BTreeSet<Place>,
    /// How many Services it has in namespaces that are called like a federation.
    pub(super) collisions: BTreeMap<Label, u32>,
    /// How many services it has a shard of.
    pub shards: usize,
    /// How many objects of its shards each source gave.
    objects: HashMap<SourceId, usize, RandomState>,
}

impl Cluster {
    /// A cluster that has said nothing yet. Overrides make its places known at once.
    pub(super) fn new(name: Label, policy: ClusterPolicy) -> Self {
        Self {
            name,
            policy,
            sync: SyncState::Awaited,
            restored: None,
            doubted: None,
            identity: None,
            revision: 0,
            standing: Standing::default(),
            nodes: BTreeMap::new(),
            shown: BTreeSet::new(),
            places: BTreeSet::new(),
            collisions: BTreeMap::new(),
            shards: 0,
            objects: HashMap::default(),
        }
    }

    /// Where nodes and overrides say that it stands now. `region` replaces the nodes' regions,
    /// `zones` their zones; a region given alone keeps the nodes' zones.
    pub(super) fn current_places(&self) -> BTreeSet<Place> {
        if let Some(region) = self.policy.region.as_ref().filter(|_| !self.policy.zones.is_empty())
        {
            let within = |zone: &Label| Place::Zone(Some(region.clone()), zone.clone());
            return self.policy.zones.iter().map(within).collect();
        }
        let region = |node: &NodeFacts| self.policy.region.clone().or_else(|| node.region.clone());
        let place = |(_, node): &(SourceId, NodeFacts)| match (region(node), &node.zone) {
            (region, Some(zone)) => Some(Place::Zone(region, zone.clone())),
            (Some(region), None) => Some(Place::Region(region)),
            (None, None) => None,
        };
        let overridden = self.policy.region.clone().map(Place::Region);
        self.nodes.values().filter_map(place).chain(overridden).collect()
    }

    /// Keeps count of objects where a shard becomes another one.
    pub(super) fn count_objects(&mut self, old: Option<&Shard>, new: &Shard) {
        for source in new.sources() {
            *self.objects.entry(source).or_default() += 1;
        }
        for source in old.into_iter().flat_map(Shard::sources) {
            if let Entry::Occupied(mut count) = self.objects.entry(source) {
                *count.get_mut() -= 1;
                if *count.get() == 0 {
                    count.remove();
                }
            }
        }
    }

    /// Counts objects that an earlier run kept.
    pub(super) fn count_restored(&mut self, objects: usize) {
        *self.objects.entry(SourceId::FORMER).or_default() += objects;
    }

    /// Whether some of its facts are from a former place of it, or an earlier run.
    pub(super) fn has_former(&self) -> bool {
        let is_former = |(source, _): &(SourceId, NodeFacts)| *source == SourceId::FORMER;
        self.objects.contains_key(&SourceId::FORMER) || self.nodes.values().any(is_former)
    }

    /// Whether its source has given anything.
    pub(super) fn has_read(&self) -> bool {
        let is_read = |(source, _): &(SourceId, NodeFacts)| *source != SourceId::FORMER;
        self.objects.keys().any(|source| *source != SourceId::FORMER)
            || self.nodes.values().any(is_read)
    }

    /// Whether all that it has is known.
    pub fn is_known(&self) -> bool {
        match self.sync {
            SyncState::Awaited | SyncState::Partial => false,
            SyncState::Restored => self.restored.is_some_and(|it| it.is_complete),
            SyncState::Synced => true,
        }
    }

    /// How many objects of its shards these sources gave.
    pub(super) fn count_of(&self, sources: &HashSet<SourceId>) -> usize {
        sources.iter().filter_map(|source| self.objects.get(source)).sum()
    }

    /// Whether the cluster, while it has not synced, might turn out to stand at a place. Where
    /// `zones` pin it down, only there.
    pub fn may_stand_anywhere(&self) -> bool {
        self.policy.zones.is_empty()
    }
}
