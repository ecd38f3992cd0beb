//! One registered cluster: its policy, its nodes, where it stands, and whether it has synced.
//!
//! In: nodes and settings. Out: the places it stands in now and has ever shown. Whoever has one can
//! read what is public of it; it is changed by [`super::Clusters`] alone.
//! Does not know services.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::mem::discriminant;

use foldhash::fast::RandomState;

use crate::core::event::{Contact, NodeFacts, Scope};
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;
use crate::core::service::{Shard, SourceId, Sourced, Tier};
use crate::core::time::Moment;
use crate::core::topology::{Place, Standing};

use super::super::cluster_state::StateSince;
use super::super::silence_change::Silence;
use super::held_withdrawal::HeldWithdrawals;
use super::unkept::Unkept;

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
    /// When this run took them in.
    pub since: Moment,
    /// Until when they were known to hold, in unix seconds.
    pub as_of: u64,
    /// Whether they were all that the cluster had.
    pub is_complete: bool,
    /// Whether this run has seen the cluster, or waited for its own turn to read it.
    pub(super) is_seen: bool,
    /// How much it had.
    pub(in crate::core::state) of: Extent,
}

/// A source that holds nothing where an earlier run kept facts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Emptied {
    /// When it was found so.
    pub(super) since: Moment,
    /// Whether it was read in whole.
    pub(super) is_complete: bool,
}

/// What watches a cluster panicked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Broken {
    /// Since when nothing is heard for that; `None` once everything was read anew.
    pub(super) unheard: Option<Moment>,
    /// Where in our source, in words.
    pub(super) panic: Box<str>,
}

/// Whether a cluster's lists and watches show it, and since when that is so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ContactSince {
    /// Since when.
    pub since: Moment,
    /// Whether it can.
    pub contact: Contact,
    /// Since when that is a silence of the cluster; `None` where it is none.
    pub(super) unheard: Option<Moment>,
}

/// Another cluster in the place of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Foreign {
    /// Since when it is there.
    pub since: Moment,
    /// Its UID.
    pub uid: Box<str>,
}

/// How much a cluster has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::core::state) struct Extent {
    /// Services of which it has a shard.
    pub(in crate::core::state) services: usize,
    pub(in crate::core::state) nodes: usize,
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
    /// Its source was read, held nothing though an earlier run kept facts, and is not believed.
    pub(super) emptied: Option<Emptied>,
    /// Another number whenever what is kept of it changes.
    pub(in crate::core::state) kept_revision: u64,
    /// What of that has changed since it was copied last.
    pub(super) unkept: Unkept,
    /// Up to where its objects were read: what is known of them is at least as new.
    pub(in crate::core::state) versions: BTreeMap<Scope, Box<str>>,
    /// Where it stands, by number.
    pub standing: Standing,
    /// Where its active shards count: where it stands and is not drained.
    pub counting: Standing,
    /// The best tier that its shards can be in: where it is drained everywhere, they wait or are out.
    pub tier: Tier,
    /// Its nodes, by name.
    pub nodes: BTreeMap<Box<str>, Sourced<NodeFacts>>,
    /// The places it has shown since it was registered: they exist as long as it stays.
    pub shown: BTreeSet<Place>,
    /// The places it stands in now.
    pub places: BTreeSet<Place>,
    /// How many Services it has in namespaces that are called like a federation.
    pub(super) collisions: BTreeMap<Label, u32>,
    /// How many services it has a shard of.
    pub shards: usize,
    /// Since when its lists and watches show it, or do not; `None` where that is not known, and
    /// for a folder of manifests.
    pub contact: Option<ContactSince>,
    /// The UID of its namespace `kube-system` that was seen first, by an earlier run too.
    pub uid: Option<Box<str>>,
    /// Since when its API server is that of another cluster, and that one's UID.
    pub foreign: Option<Foreign>,
    /// The other clusters whose API server is the same one, by name.
    pub(super) twins: Box<[Label]>,
    /// What watches it panicked, and has not run for long since.
    pub(super) broken: Option<Broken>,
    /// Whether it is heard of.
    pub silence: Silence,
    /// How it is in one word, and since when; `None` until that was looked at.
    pub(super) known_state: Option<StateSince>,
    /// What is absent from its lists and not believed yet.
    pub(super) held_withdrawals: HeldWithdrawals,
    /// Changes with its nodes and its entry, and is never the same for two clusters.
    pub revision: u64,
    /// By namespace, a label in wire form: how many of its Services take part in each class.
    pub(super) taking_part: HashMap<Box<[u8]>, [u32; 2], RandomState>,
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
            emptied: None,
            kept_revision: 0,
            standing: Standing::default(),
            counting: Standing::default(),
            tier: Tier::Active,
            nodes: BTreeMap::new(),
            shown: BTreeSet::new(),
            places: BTreeSet::new(),
            collisions: BTreeMap::new(),
            shards: 0,
            contact: None,
            uid: None,
            foreign: None,
            twins: Box::default(),
            broken: None,
            silence: Silence::Heard,
            known_state: None,
            held_withdrawals: HeldWithdrawals::default(),
            revision: 0,
            unkept: Unkept::default(),
            versions: BTreeMap::new(),
            taking_part: HashMap::default(),
            objects: HashMap::default(),
        }
    }

    /// Keeps since when there is contact, or none; the reason is the last one given.
    pub(super) fn note_contact(&mut self, now: Moment, contact: Contact) {
        let known = self.contact.as_ref();
        let same = known.filter(|it| discriminant(&it.contact) == discriminant(&contact));
        let since = same.map_or(now, |it| it.since);
        let unheard = known.and_then(|it| it.unheard);
        // To wait for a turn of ours is no silence, and ends none that counts already: nothing is read.
        let is_silent = self.silence != Silence::Heard;
        let (unheard, is_seen) = match contact {
            Contact::Reached => (None, true),
            Contact::Waiting(_) => (unheard.filter(|_| is_silent), !is_silent),
            Contact::Lost(_) => (unheard.or(Some(now)), false),
        };
        self.restored.iter_mut().for_each(|restored| restored.is_seen |= is_seen);
        self.contact = Some(ContactSince { since, contact, unheard });
    }

    /// Where nodes and overrides say that it stands now. `region` replaces the nodes' regions,
    /// `zones` their zones; a region given alone keeps the nodes' zones.
    pub(super) fn current_places(&self) -> BTreeSet<Place> {
        if let Some(region) = self.policy.region.as_ref().filter(|_| !self.policy.zones.is_empty())
        {
            let within = |zone: &Label| Place::Zone(Some(region.clone()), zone.clone());
            return self.policy.zones.iter().map(within).collect();
        }
        let overridden = self.policy.region.clone().map(Place::Region);
        let of_nodes = self.nodes.values().filter_map(|node| self.place_of(&node.facts));
        of_nodes.chain(overridden).collect()
    }

    /// How many of its Services in a namespace, a label in wire form, take part in each class.
    pub fn taking_part_in(&self, namespace: &[u8]) -> [u32; 2] {
        self.taking_part.get(namespace).copied().unwrap_or_default()
    }

    /// Where a node stands, by its labels and the overrides of the entry.
    pub fn place_of(&self, node: &NodeFacts) -> Option<Place> {
        let region = self.policy.region.clone().or_else(|| node.region.clone());
        match (region, &node.zone) {
            (region, Some(zone)) => Some(Place::Zone(region, zone.clone())),
            (Some(region), None) => Some(Place::Region(region)),
            (None, None) => None,
        }
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
    pub(in crate::core::state) fn has_former(&self) -> bool {
        self.objects.contains_key(&SourceId::FORMER) || self.nodes.values().any(Sourced::is_former)
    }

    /// Whether its source has given anything.
    pub(in crate::core::state) fn has_read(&self) -> bool {
        self.objects.keys().any(|source| *source != SourceId::FORMER)
            || self.nodes.values().any(|node| !node.is_former())
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
    pub(in crate::core::state) fn count_of(&self, sources: &HashSet<SourceId>) -> usize {
        sources.iter().filter_map(|source| self.objects.get(source)).sum()
    }

    /// Whether a watch may go on from where its objects were read: who it is can be told, nothing of its
    /// lists is held back, and all that is known is its own word: of what is left of a former place, or of
    /// an earlier run, no watch says that it is gone.
    pub(in crate::core::state) fn is_resumable(&self) -> bool {
        let is_own = self.foreign.is_none() && !self.has_former();
        is_own && self.uid.is_some() && self.held_withdrawals.is_empty() && self.emptied.is_none()
    }

    /// Whether its nodes tell who asks from it, or from where in it. Where its entry says which networks
    /// are its own, and it stands in one place, they do not.
    pub(in crate::core::state) fn is_told_by_nodes(&self) -> bool {
        self.policy.networks.is_empty() || !self.standing.is_one()
    }

    /// Whether the cluster, while it has not synced, might turn out to stand at a place. Where
    /// `zones` pin it down, only there.
    pub fn may_stand_anywhere(&self) -> bool {
        self.policy.zones.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn contact_is_kept_since_it_was_found_or_lost() {
        let at = |seconds| Moment(Duration::from_secs(seconds));
        let lost = |why: &str| Contact::Lost(why.into());
        let name = Label::parse("east").expect("a label");
        let mut cluster = Cluster::new(name, ClusterPolicy::default());
        assert_eq!(cluster.contact, None);
        cluster.note_contact(at(1), Contact::Reached);
        cluster.note_contact(at(2), Contact::Reached);
        let known = |seconds, contact, unheard: Option<u64>| {
            Some(ContactSince { since: at(seconds), contact, unheard: unheard.map(at) })
        };
        assert_eq!(cluster.contact, known(1, Contact::Reached, None));
        cluster.note_contact(at(3), lost("refused"));
        cluster.note_contact(at(4), lost("took too long"));
        assert_eq!(cluster.contact, known(3, lost("took too long"), Some(3)));
        cluster.note_contact(at(5), Contact::Waiting(None));
        assert_eq!(cluster.contact, known(5, Contact::Waiting(None), None));
        cluster.note_contact(at(6), lost("refused"));
        assert_eq!(cluster.contact, known(6, lost("refused"), Some(6)));
        // A silence that counts ends when the cluster is seen.
        cluster.silence = Silence::Silent;
        cluster.note_contact(at(70), Contact::Waiting(None));
        assert_eq!(cluster.contact, known(70, Contact::Waiting(None), Some(6)));
        cluster.note_contact(at(71), Contact::Reached);
        assert_eq!(cluster.contact, known(71, Contact::Reached, None));
    }
}
