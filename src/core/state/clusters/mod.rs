//! The registered clusters, by number and by name, and the places that they make.
//!
//! In: entries, nodes, contact, who clusters are. Out: clusters to be read by anybody: a cluster is
//! changed in here and nowhere else. What follows from a change is told by what a method returns.
//! A number is one cluster's as long as it is registered, and may be another one's after that.
//! Does not know services, complaints that are told, nor the passing of time but as a moment.

mod held_withdrawal;
mod unkept;
mod cluster;
mod state_of;
mod withdraw_guard;
mod facts;
mod silence;
mod identity;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::core::name::Label;
use crate::core::overrides::{Drains, Stand};
use crate::core::policy::ClusterPolicy;
use crate::core::service::Tier;
use crate::core::topology::{
    ClusterIndex, ClusterSet, Place, PlaceId, PlaceMap, PlaceNumbers, Standing, Stands,
};

use super::silence_change::Silence;

pub(super) use cluster::Extent;
pub use cluster::{Cluster, ContactSince, Foreign, Restored, SyncState};
pub(super) use facts::{Nodes, RestoredFacts, RestoredShards};
pub(super) use withdraw_guard::Absent;

/// All registered clusters.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    /// By number.
    slots: Vec<Option<Cluster>>,
    by_name: BTreeMap<Label, ClusterIndex>,
    numbers: PlaceNumbers,
    places: Arc<PlaceMap>,
    /// Those that are silent; and those that answer no more: silent for so long, or drained hard.
    silent: ClusterSet,
    withdrawn: ClusterSet,
    /// The drains in force of clusters and places.
    drains: Drains,
    /// Those of which something has changed that their silence follows from, since that was looked
    /// at last.
    restless: BTreeSet<ClusterIndex>,
    /// How many revisions of clusters there were.
    revisions: u64,
    /// Goes up whenever what is kept of a cluster changes.
    kept_revision: u64,
}

impl Clusters {
    /// In the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Cluster> + Clone {
        self.slots.iter().flatten()
    }

    /// With their numbers, in the order of their names.
    pub(super) fn by_name(&self) -> impl Iterator<Item = (&Label, ClusterIndex)> {
        self.by_name.iter().map(|(name, index)| (name, *index))
    }

    /// The number of the cluster of that name.
    pub(super) fn find(&self, name: &Label) -> Option<ClusterIndex> {
        self.by_name.get(name).copied()
    }

    /// One cluster.
    pub(super) fn get(&self, index: ClusterIndex) -> &Cluster {
        let cluster = self.slots[usize::from(index.0)].as_ref();
        cluster.expect("shards and complaints of a cluster go before it does")
    }

    fn get_mut(&mut self, index: ClusterIndex) -> &mut Cluster {
        let cluster = self.slots[usize::from(index.0)].as_mut();
        cluster.expect("shards and complaints of a cluster go before it does")
    }

    /// Registers a cluster under the first number that is free; `None` where the name is taken.
    pub(super) fn register(&mut self, name: Label, policy: ClusterPolicy) -> Option<ClusterIndex> {
        if self.by_name.contains_key(&name) {
            return None;
        }
        let free = self.slots.iter().position(Option::is_none).unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let index = ClusterIndex(free as u16);
        self.by_name.insert(name.clone(), index);
        self.slots[free] = Some(Cluster::new(name, policy));
        self.restless.insert(index);
        Some(index)
    }

    /// Takes a cluster out: its number may be another one's next.
    pub(super) fn remove(&mut self, index: ClusterIndex) {
        let Some(cluster) = self.slots[usize::from(index.0)].take() else { return };
        self.by_name.remove(&cluster.name);
        self.restless.remove(&index);
        self.note_silences();
    }

    /// Gives a cluster another entry, and says what the former one was. The places it has shown are
    /// forgotten.
    pub(super) fn change_policy(
        &mut self,
        index: ClusterIndex,
        policy: ClusterPolicy,
    ) -> ClusterPolicy {
        let cluster = self.unsettle(index);
        cluster.shown.clear();
        std::mem::replace(&mut cluster.policy, policy)
    }

    /// Reckons anew where a cluster stands, after its nodes or its entry changed. Whether it stands
    /// elsewhere now, or shows a place that it did not before: then places are to be made anew.
    pub(super) fn refresh(&mut self, index: ClusterIndex) -> bool {
        self.revisions += 1;
        let cluster = self.slots[usize::from(index.0)].as_mut();
        let cluster = cluster.expect("only registered clusters change");
        cluster.revision = self.revisions;
        let places = cluster.current_places();
        let standing = Standing::new(&places, &mut self.numbers);
        let shown_before = cluster.shown.len();
        cluster.shown.extend(places.iter().cloned());
        let is_new_place = cluster.shown.len() != shown_before;
        cluster.places = places;
        let is_moved = cluster.standing != standing;
        cluster.standing = standing;
        self.stand(index) || is_moved || is_new_place
    }

    /// Reckons anew where a cluster counts; whether that is elsewhere.
    fn stand(&mut self, index: ClusterIndex) -> bool {
        let cluster = self.slots[usize::from(index.0)].as_mut();
        let cluster = cluster.expect("only registered clusters stand somewhere");
        let (tier, counting) = match self.drains.is_empty() {
            true => (Tier::Active, cluster.standing.clone()),
            false => {
                let Stand { tier, places } = self.drains.stand(&cluster.name, &cluster.places);
                (tier, Standing::new(&places, &mut self.numbers))
            }
        };
        let is_other = cluster.tier != tier || cluster.counting != counting;
        (cluster.tier, cluster.counting) = (tier, counting);
        if is_other {
            self.note_silences();
        }
        is_other
    }

    /// Clusters count where these drains leave them; whether that is elsewhere for some.
    pub(super) fn drain(&mut self, drains: Drains) -> bool {
        if self.drains == drains {
            return false;
        }
        self.drains = drains;
        let indices: Vec<_> = self.by_name.values().copied().collect();
        // Each of them, whatever came of the one before.
        indices.into_iter().filter(|index| self.stand(*index)).count() > 0
    }

    /// Those that are drained everywhere, softly, and are heard.
    pub(super) fn reserve(&self) -> ClusterSet {
        self.of_tier(Tier::Reserve)
    }

    /// Those that are drained everywhere, and hard.
    pub(super) fn drained_hard(&self) -> ClusterSet {
        self.of_tier(Tier::Out)
    }

    fn of_tier(&self, tier: Tier) -> ClusterSet {
        let mut found = ClusterSet::default();
        for index in self.by_name.values() {
            let cluster = self.get(*index);
            if cluster.tier == tier && cluster.silence != Silence::Withdrawn {
                found.insert(*index);
            }
        }
        found
    }

    /// Makes the map of places anew from what clusters have shown.
    pub(super) fn rebuild_places(&mut self) {
        let clusters = &self.slots;
        let shown = clusters.iter().flatten().flat_map(|it| it.shown.iter().cloned()).collect();
        let of = |index: &ClusterIndex| clusters[usize::from(index.0)].as_ref();
        let heard = self.by_name.values().filter_map(|index| Some((*index, of(index)?)));
        let heard = heard.filter(|(_, cluster)| cluster.silence != Silence::Withdrawn);
        let stands = heard.map(|(cluster, it)| {
            let counting = (it.tier == Tier::Active).then_some(&it.counting);
            Stands { cluster, standing: &it.standing, counting }
        });
        self.places = Arc::new(PlaceMap::new(&shown, &mut self.numbers, stands));
    }

    /// How questions name the places that exist.
    pub(super) fn places(&self) -> &Arc<PlaceMap> {
        &self.places
    }

    /// The number of a place that some cluster has shown.
    pub(super) fn place_id(&self, place: &Place) -> Option<PlaceId> {
        self.numbers.find(place)
    }

    fn step_revision(&mut self, index: ClusterIndex) {
        self.kept_revision += 1;
        let revision = self.kept_revision;
        self.get_mut(index).kept_revision = revision;
    }

    /// Another number whenever what is kept of some cluster changes.
    pub(super) fn kept_revision(&self) -> u64 {
        self.kept_revision
    }
}

#[cfg(test)]
mod tests;
