//! The levels of a published service: who answers at each, who does not and why, and where clients
//! are led instead.
//!
//! In: a snapshot, a selection, the service's canonical names. Out: a row for the world and for each
//! place at which a published shard stands. Who answers is what the selection says; which names there
//! are and where they lead is what the query path finds.
//! Does not know who wants to see it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core::compiled::AddressBuffer;
use crate::core::selection::{Candidate, Selection};
use crate::core::time::Moment;
use crate::core::topology::{Location, PlaceId, PlaceMap};
use crate::documents::canonical_names::{CanonicalNames, NoName};
use crate::documents::location;

/// The world, or a place in which some published shard stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLevelRow {
    /// Which one.
    #[serde(flatten)]
    pub place: PlaceRow,
    /// The clusters whose addresses are answered.
    pub clusters: Vec<String>,
    /// These addresses.
    pub addresses: Vec<IpAddr>,
    /// Clusters that stand here and do not answer.
    pub left_out: Vec<ServiceLeftOutRow>,
    /// Where clients are sent when nothing answers here.
    pub fallback: Option<PlaceRow>,
    /// Whether that is not known yet, because a cluster that may answer here or on the way has not said
    /// what it has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_guess: bool,
    /// Why the service has no name here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub absent: Option<String>,
}

/// A place or the world.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PlaceRow {
    /// `zone`, `region` or `global`.
    pub level: String,
    /// As names have it, `zone.region`; `None` for the world.
    pub place: Option<String>,
}

/// A shard that does not answer where its cluster stands.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceLeftOutRow {
    /// Its cluster.
    pub cluster: String,
    /// The one reason.
    pub reason: String,
}

impl PlaceRow {
    fn new(location: &Location) -> Self {
        let place = location::text(location);
        Self {
            level: location::level(location).to_owned(),
            place: (!place.is_empty()).then_some(place),
        }
    }
}

/// Where a name leads, as a query of it finds out.
enum Lead {
    /// Nobody can say yet.
    Guess,
    /// To the addresses at this location, or to what is said when nobody answers.
    To(usize),
}

/// The map of places, and where each place stands in it.
pub(super) struct Levels<'m> {
    map: &'m PlaceMap,
    by_id: BTreeMap<PlaceId, usize>,
    gathered: AddressBuffer,
}

impl<'m> Levels<'m> {
    pub(super) fn new(map: &'m PlaceMap) -> Self {
        let mut by_id = BTreeMap::new();
        for (index, location) in map.locations().iter().enumerate() {
            // A zone in its region stands before its zone-only name: that one is its full name.
            location.places.iter().for_each(|&place| _ = by_id.entry(place).or_insert(index));
        }
        Self { map, by_id, gathered: AddressBuffer::default() }
    }

    /// The world, and the locations at which a published shard stands, each once.
    fn locations(&self, selection: &Selection<'_>) -> Vec<usize> {
        let published = selection.candidates.iter().filter(|it| it.is_published());
        let standing =
            published.flat_map(|it| it.standing.zones.iter().chain(&it.standing.regions));
        let standing = standing.filter_map(|place| self.by_id.get(place).copied());
        let mut locations: Vec<_> = standing.chain([PlaceMap::GLOBAL]).collect();
        locations.sort_unstable();
        locations.dedup();
        locations
    }

    /// At how many zones and regions a published shard stands.
    pub(super) fn places(&self, selection: &Selection<'_>) -> usize {
        self.locations(selection).into_iter().filter(|&at| at != PlaceMap::GLOBAL).count()
    }

    /// At how many zones and regions a shard answers; of a service that has names, at those names.
    pub(super) fn answering_places(
        &self,
        selection: &Selection<'_>,
        names: Option<&CanonicalNames<'_>>,
    ) -> usize {
        let is_name = |at: usize| names.is_none_or(|names| names.at(at, |_, _| ()).is_ok());
        let answers = |&at: &usize| {
            let mut candidates = selection.candidates.iter();
            at != PlaceMap::GLOBAL
                && candidates
                    .any(|it| location::left_out(selection, it, self.map.location(at)).is_none())
                && is_name(at)
        };
        self.locations(selection).into_iter().filter(answers).count()
    }

    /// The world, then the regions, then the zones.
    pub(super) fn rows(
        &mut self,
        selection: &Selection<'_>,
        names: &CanonicalNames<'_>,
    ) -> Vec<ServiceLevelRow> {
        let mut locations = self.locations(selection);
        locations.sort_by_cached_key(|&at| {
            let location = self.map.location(at);
            (Reverse(location.level), location::text(location))
        });
        locations.into_iter().map(|at| self.row(selection, names, at)).collect()
    }

    fn row(
        &mut self,
        selection: &Selection<'_>,
        names: &CanonicalNames<'_>,
        at: usize,
    ) -> ServiceLevelRow {
        let location = self.map.location(at);
        let lead = self.lead(names, at);
        let mut row = ServiceLevelRow {
            place: PlaceRow::new(location),
            clusters: Vec::new(),
            addresses: Vec::new(),
            left_out: Vec::new(),
            fallback: None,
            is_guess: false,
            absent: None,
        };
        let lead = match lead {
            Ok(lead) => lead,
            Err(no_name) => return ServiceLevelRow { absent: Some(no_name.to_string()), ..row },
        };
        for candidate in selection.candidates.iter().filter(|it| it.is_published()) {
            let cluster = candidate.cluster.to_string();
            match location::left_out(selection, candidate, location) {
                None => {
                    row.clusters.push(cluster);
                    row.addresses.extend(&candidate.addresses);
                }
                Some(reason) if stands_at(candidate, location) => {
                    row.left_out.push(ServiceLeftOutRow { cluster, reason: reason.to_string() });
                }
                Some(_) => {}
            }
        }
        row.addresses.sort_unstable();
        row.addresses.dedup();
        if row.clusters.is_empty() {
            match lead {
                Lead::Guess => row.is_guess = true,
                Lead::To(end) if at != PlaceMap::GLOBAL => {
                    row.fallback = Some(PlaceRow::new(self.map.location(end)));
                }
                Lead::To(_) => {}
            }
        }
        row
    }

    fn lead(&mut self, names: &CanonicalNames<'_>, at: usize) -> Result<Lead, NoName> {
        names.at(at, |chain, _| {
            // Where it ends is asked, and not how long that lasts.
            let end = chain.end(&mut self.gathered, Moment::default());
            if chain.is_guessed(&end) { Lead::Guess } else { Lead::To(end.at) }
        })
    }
}

fn stands_at(candidate: &Candidate<'_>, location: &Location) -> bool {
    location.places.iter().any(|&place| candidate.standing.counts_at(place))
}
