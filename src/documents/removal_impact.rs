//! The impact of a removal: what answers would lose if one cluster were no longer there.
//!
//! In: ground state and a cluster. Out: a page of the services whose answers would change, with
//! what stays at each level. Who answers is what [`crate::core::selection`] says.
//! Does not take anything away.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::overview::{self, BadWanted, ServicesWanted};
use crate::core::name::Label;
use crate::core::selection::Selection;
use crate::core::service::ServiceKey;
use crate::core::state::{Cluster, State};
use crate::core::topology::{ClusterIndex, Place, PlaceId};

/// Most services that a page tells of one by one.
pub const MOST: usize = 20;

/// What would go with a cluster.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RemovalImpact {
    /// The cluster.
    pub cluster: String,
    /// Services whose answers would change.
    pub services: usize,
    /// Those of them that would have no address left anywhere.
    pub emptied: usize,
    /// Addresses that would go from the names of services at zones, each counted once a zone.
    pub zone_addresses: usize,
    /// The same at regions.
    pub region_addresses: usize,
    /// The same at the world.
    pub global_addresses: usize,
    /// Places whose names would not exist any more.
    pub places: Vec<String>,
    /// The first of the services; those that would have nothing left first.
    pub changes: Vec<ServiceLoss>,
    /// What to give as `after` for the next page, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What one service would lose.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceLoss {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// From the zones outwards.
    pub levels: Vec<LevelLoss>,
}

/// What a service would lose at one place.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LevelLoss {
    /// `zone.region`, `region`, or `global`.
    pub place: String,
    /// Addresses that would go.
    pub lost: usize,
    /// Addresses that would stay; with none, the answer leads one level wider.
    pub left: usize,
}

impl ServiceLoss {
    /// Whether nothing would be left anywhere.
    pub fn is_emptied(&self) -> bool {
        self.levels.last().is_some_and(|world| world.left == 0)
    }
}

impl RemovalImpact {
    /// Adds the next page.
    pub fn add(&mut self, page: Self) {
        self.services += page.services;
        self.emptied += page.emptied;
        self.zone_addresses += page.zone_addresses;
        self.region_addresses += page.region_addresses;
        self.global_addresses += page.global_addresses;
        self.changes.extend(page.changes);
        self.keep_first();
        self.next = page.next;
    }

    fn keep_first(&mut self) {
        self.changes.sort_by_key(|change| !change.is_emptied());
        self.changes.truncate(MOST);
    }

    fn count(&mut self, places: &[Stand], loss: ServiceLoss) {
        self.services += 1;
        self.emptied += usize::from(loss.is_emptied());
        for (stand, level) in places.iter().zip(&loss.levels) {
            match stand.place {
                Some(Place::Zone(..)) => self.zone_addresses += level.lost,
                Some(Place::Region(_)) => self.region_addresses += level.lost,
                None => self.global_addresses += level.lost,
            }
        }
        self.changes.push(loss);
    }
}

/// A place of the cluster, or the world.
struct Stand {
    place: Option<Place>,
    id: PlaceId,
}

/// A page of what would go with a cluster: it looks at as many services as a page of
/// [`overview::services`] does. `after` as there.
///
/// # Errors
/// There is no such cluster.
pub fn removal_impact(
    state: &State,
    cluster: &Label,
    after: Option<String>,
) -> Result<RemovalImpact, BadWanted> {
    let cluster = overview::cluster(state, Some(cluster.as_str()))?;
    let Some(index) = cluster.and_then(|name| state.find_cluster(name)) else {
        return Ok(RemovalImpact::default());
    };
    let stands = stands(state, state.cluster(index));
    let wanted = ServicesWanted { after, ..ServicesWanted::default() };
    let (keys, is_last) = overview::page(state, &wanted);
    let mut impact = RemovalImpact {
        cluster: state.cluster(index).name.to_string(),
        places: vanishing(state, state.cluster(index)),
        ..RemovalImpact::default()
    };
    let last = keys.last().copied().and_then(ServiceKey::from_wire).filter(|_| !is_last);
    impact.next = last.map(|key| key.to_string());
    for key in keys.into_iter().filter_map(ServiceKey::from_wire) {
        if let Some(loss) = loss(state, index, &stands, &key) {
            impact.count(&stands, loss);
        }
    }
    impact.keep_first();
    Ok(impact)
}

/// The zones, the regions, the world.
fn stands(state: &State, cluster: &Cluster) -> Vec<Stand> {
    let region = |place: &Place| match place {
        Place::Zone(Some(region), _) | Place::Region(region) => Some(Place::Region(region.clone())),
        Place::Zone(None, _) => None,
    };
    let zones = cluster.places.iter().filter(|place| matches!(place, Place::Zone(..))).cloned();
    let regions: BTreeSet<_> = cluster.places.iter().filter_map(region).collect();
    let known = zones.chain(regions).filter_map(|place| {
        let id = state.place_id(&place)?;
        Some(Stand { place: Some(place), id })
    });
    known.chain([Stand { place: None, id: PlaceId::GLOBAL }]).collect()
}

/// Places that no other cluster has shown.
fn vanishing(state: &State, cluster: &Cluster) -> Vec<String> {
    let others = || state.clusters().filter(|other| other.name != cluster.name);
    let is_alone = |place: &&Place| !others().any(|other| other.shown.contains(*place));
    cluster.shown.iter().filter(is_alone).map(ToString::to_string).collect()
}

fn loss(
    state: &State,
    index: ClusterIndex,
    stands: &[Stand],
    key: &ServiceKey,
) -> Option<ServiceLoss> {
    let publish = state.widest_class();
    let with = Selection::new(state, &key.wire(), key.namespace.as_str(), publish);
    let own = with.candidates.iter().find(|candidate| candidate.index == index)?;
    own.left_out(PlaceId::GLOBAL).is_none().then_some(())?;
    let others = with.candidates.iter().filter(|candidate| candidate.index != index);
    let without = Selection { candidates: others.cloned().collect() };
    let level = |stand: &Stand| {
        let [before, left] = [&with, &without].map(|it| it.addresses(stand.id).len());
        let place = stand.place.as_ref().map_or("global".to_owned(), ToString::to_string);
        LevelLoss { place, lost: before - left, left }
    };
    let levels: Vec<_> = stands.iter().map(level).collect();
    // Others may give the same addresses everywhere.
    levels.iter().any(|level| level.lost > 0).then(|| ServiceLoss {
        namespace: key.namespace.to_string(),
        name: key.name.to_string(),
        levels,
    })
}
