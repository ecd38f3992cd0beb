//! The impact of a removal: what answers would lose if one cluster were no longer there.
//!
//! In: ground state and a cluster. Out: a page of the services whose answers would change, with
//! what stays at each level. Who answers is what [`crate::core::selection`] says.
//! Does not take anything away.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::DocumentInput;
use super::canonical_names::CanonicalNames;
use super::services::{ServiceFilter, ServicesForm, UnknownName};
use crate::core::name::Label;
use crate::core::policy::{Federation, Publish};
use crate::core::selection::Selection;
use crate::core::snapshot::Snapshot;
use crate::core::state::{Cluster, Overview, State};
use crate::core::topology::{ClusterIndex, Place, PlaceId, PlaceMap};

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

    fn count(&mut self, stands: &[&Stand], loss: ServiceLoss) {
        self.services += 1;
        self.emptied += usize::from(loss.is_emptied());
        for (stand, level) in stands.iter().zip(&loss.levels) {
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
    /// Where it stands in the map of places.
    location: Option<usize>,
}

/// A page of what would go with a cluster, which looks at as many of its services as a page of
/// [`services`](super::services::services) has at most. `after` as there.
///
/// # Errors
/// There is no such cluster.
pub fn removal_impact(
    input: &DocumentInput<'_>,
    cluster: &Label,
    after: Option<&str>,
) -> Result<RemovalImpact, UnknownName> {
    let DocumentInput { state, snapshot, .. } = *input;
    let (cluster, after) = (cluster.to_string(), after.unwrap_or_default().to_owned());
    let filter = ServiceFilter { cluster, after, ..ServiceFilter::default() };
    let publish = state.widest_class();
    let page = filter.page(input, publish, ServicesForm::Numbers.most(None))?;
    let Some(removal) = Removal::new(state, snapshot, &filter.cluster, publish) else {
        return Ok(RemovalImpact::default());
    };
    let mut impact = RemovalImpact {
        cluster: filter.cluster,
        places: vanishing(state, state.cluster(removal.index)),
        next: page.next,
        ..RemovalImpact::default()
    };
    page.services.iter().for_each(|service| removal.count(service, &mut impact));
    impact.keep_first();
    Ok(impact)
}

/// A cluster taken out.
struct Removal<'i> {
    state: &'i State,
    snapshot: &'i Snapshot,
    /// Those in which most takes part.
    federations: Vec<&'i Federation>,
    publish: Publish,
    index: ClusterIndex,
    /// The zones, the regions, the world.
    stands: Vec<Stand>,
}

impl<'i> Removal<'i> {
    fn new(
        state: &'i State,
        snapshot: &'i Snapshot,
        cluster: &str,
        publish: Publish,
    ) -> Option<Self> {
        let index = state.find_cluster(&Label::parse(cluster).ok()?)?;
        let federations = state.policy().federations.iter();
        let federations = federations.filter(|it| it.publish == publish).collect();
        let stands = stands(state, &snapshot.places, state.cluster(index));
        Some(Self { state, snapshot, federations, publish, index, stands })
    }

    /// Counts what a service would lose.
    fn count(&self, service: &Overview<'_>, impact: &mut RemovalImpact) {
        let (namespace, name) = service.names();
        let with = Selection::new(self.state, service.key(), self.publish);
        let own = with.candidates.iter().find(|candidate| candidate.index == self.index);
        if own.is_none_or(|own| with.left_out(own, PlaceId::GLOBAL).is_some()) {
            return;
        }
        let others = with.candidates.iter().filter(|candidate| candidate.index != self.index);
        let without = Selection::among(others.cloned().collect());
        let stands: Vec<_> = self.stands_of(service).collect();
        let level = |stand: &&Stand| {
            let [before, left] = [&with, &without].map(|it| it.addresses(stand.id));
            // Who stood by may answer in its place: then others come for those that go.
            let lost = before.iter().filter(|address| !left.contains(address)).count();
            let left = left.len();
            let place = stand.place.as_ref().map_or("global".to_owned(), ToString::to_string);
            LevelLoss { place, lost, left }
        };
        let levels: Vec<_> = stands.iter().map(level).collect();
        // Others may give the same addresses everywhere.
        if levels.iter().any(|level| level.lost > 0) {
            let (namespace, name) = (namespace.to_owned(), name.to_owned());
            impact.count(&stands, ServiceLoss { namespace, name, levels });
        }
    }

    /// Where the service has a name in some federation, and the world.
    fn stands_of(&self, service: &Overview<'_>) -> impl Iterator<Item = &Stand> {
        let federations = self.federations.iter();
        let names = federations.map(|it| CanonicalNames::find(self.snapshot, it, service.key()));
        let names: Vec<_> = names.flatten().collect();
        self.stands.iter().filter(move |stand| {
            let is_name =
                |at| names.is_empty() || names.iter().any(|it| it.at(at, |_, _| ()).is_ok());
            stand.place.is_none() || stand.location.is_none_or(is_name)
        })
    }
}

/// The zones, the regions, the world.
fn stands(state: &State, map: &PlaceMap, cluster: &Cluster) -> Vec<Stand> {
    let region = |place: &Place| match place {
        Place::Zone(Some(region), _) | Place::Region(region) => Some(Place::Region(region.clone())),
        Place::Zone(None, _) => None,
    };
    let zones = cluster.places.iter().filter(|place| matches!(place, Place::Zone(..))).cloned();
    let regions: BTreeSet<_> = cluster.places.iter().filter_map(region).collect();
    let known = zones.chain(regions).filter_map(|place| {
        let id = state.place_id(&place)?;
        // A zone in its region stands before its zone-only name: that one is its full name.
        let location = map.locations().iter().position(|it| it.places.contains(&id));
        Some(Stand { place: Some(place), id, location })
    });
    let location = Some(PlaceMap::GLOBAL);
    known.chain([Stand { place: None, id: PlaceId::GLOBAL, location }]).collect()
}

/// Places that no other cluster has shown.
fn vanishing(state: &State, cluster: &Cluster) -> Vec<String> {
    let others = || state.clusters().filter(|other| other.name != cluster.name);
    let is_alone = |place: &&Place| !others().any(|other| other.shown.contains(*place));
    cluster.shown.iter().filter(is_alone).map(ToString::to_string).collect()
}
