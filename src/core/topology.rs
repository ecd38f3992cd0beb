//! Topology: regions and zones by number, where clusters stand, and how questions name places.
//!
//! In: places that clusters have shown, and where each stands now. Out: [`PlaceNumbers`], and
//! [`PlaceMap`], which finds by the labels of a question which clusters answer there.
//! Places match as (region, zone), never by zone alone. Does not know services.

mod cluster_set;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use crate::core::name::Label;

pub use cluster_set::{ClusterIndex, ClusterSet, Folded};

/// Where machines stand: a region, or a zone, mostly in one.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Place {
    /// A region.
    Region(Label),
    /// A zone, with its region where that is known.
    Zone(Option<Label>, Label),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Region(region) => write!(f, "{region}"),
            Self::Zone(Some(region), zone) => write!(f, "{zone}.{region}"),
            Self::Zone(None, zone) => write!(f, "{zone}"),
        }
    }
}

/// A place by number. Numbers are given once and never to another place.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct PlaceId(pub u32);

impl PlaceId {
    /// The world: the level that every shard belongs to.
    pub const GLOBAL: Self = Self(0);
}

/// The numbering of places.
#[derive(Clone, Debug, Default)]
pub struct PlaceNumbers {
    ids: BTreeMap<Place, PlaceId>,
}

impl PlaceNumbers {
    /// The number of a place, given now if it has none.
    pub fn number(&mut self, place: &Place) -> PlaceId {
        if let Some(&id) = self.ids.get(place) {
            return id;
        }
        let id = PlaceId(self.ids.len() as u32 + 1);
        self.ids.insert(place.clone(), id);
        id
    }

    /// The number of a place that has one.
    pub fn find(&self, place: &Place) -> Option<PlaceId> {
        self.ids.get(place).copied()
    }
}

/// What level a location is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Level {
    /// A zone, also by its zone-only name.
    Zone,
    /// A region.
    Region,
    /// The world.
    Global,
}

/// A location as questions name it: no label, a region, a zone in its region, or a zone alone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Location {
    /// Its level.
    pub level: Level,
    /// Its labels in wire form, without the root.
    pub wire: Box<[u8]>,
    /// The places whose shards answer: one, or the zones of several regions of a zone-only name.
    pub places: Box<[PlaceId]>,
    /// The clusters that count at one of them now: their active shards answer.
    pub clusters: ClusterSet,
    /// The clusters that stand at one of them now, drained ones too.
    pub standing: ClusterSet,
    /// Whether every place here has a name with its region too, which is the canonical one.
    pub is_alias: bool,
    /// The location one level wider, as a position in the map; `None` for the world.
    pub wider: Option<usize>,
}

impl Location {
    /// Whether it is a zone by its name alone, which zones of other regions may share.
    pub fn is_zone_only(&self) -> bool {
        let is_one_label = |length: &u8| self.wire.len() == 1 + usize::from(*length);
        self.level == Level::Zone && self.wire.first().is_some_and(is_one_label)
    }
}

/// Finds locations by the labels of questions. Immutable; made anew when a place comes or goes, or
/// a cluster stands somewhere else: services are compiled without places, so that none of them is
/// compiled again for that.
#[derive(Clone, Debug)]
pub struct PlaceMap {
    locations: Vec<Location>,
    by_labels: HashMap<Box<[u8]>, usize, FixedState>,
    longest: usize,
}

impl Default for PlaceMap {
    fn default() -> Self {
        Self::new(&BTreeSet::new(), &mut PlaceNumbers::default(), [])
    }
}

impl PlaceMap {
    /// Where the world stands in every map.
    pub const GLOBAL: usize = 0;

    /// The map of the places that exist, and of the clusters that stand there. A zone that exists
    /// brings its region with it.
    pub fn new<'s>(
        places: &BTreeSet<Place>,
        numbers: &mut PlaceNumbers,
        clusters: impl IntoIterator<Item = Stands<'s>>,
    ) -> Self {
        let world = Location {
            level: Level::Global,
            wire: Box::default(),
            places: Box::new([PlaceId::GLOBAL]),
            clusters: ClusterSet::default(),
            standing: ClusterSet::default(),
            is_alias: false,
            wider: None,
        };
        let mut map = Self {
            locations: vec![world],
            by_labels: HashMap::with_hasher(FixedState::default()),
            longest: 0,
        };
        let region_of = |place: &Place| match place {
            Place::Region(region) | Place::Zone(Some(region), _) => Some(region.clone()),
            Place::Zone(None, _) => None,
        };
        let mut regions = BTreeMap::new();
        for region in places.iter().filter_map(region_of) {
            let place = numbers.number(&Place::Region(region.clone()));
            regions.entry(region.clone()).or_insert_with(|| {
                map.add(Level::Region, &[&region], vec![place], Some(Self::GLOBAL))
            });
        }
        let mut zones: BTreeMap<&Label, Vec<(Option<&Label>, PlaceId)>> = BTreeMap::new();
        for place in places {
            let Place::Zone(region, zone) = place else { continue };
            let id = numbers.number(place);
            zones.entry(zone).or_default().push((region.as_ref(), id));
            if let Some(region) = region {
                map.add(Level::Zone, &[zone, region], vec![id], regions.get(region).copied());
            }
        }
        // A lone label is a region if there is one of that name; else the zone-only name, which
        // leads to the region if one region has that zone, and else to the world.
        for (zone, found) in zones.into_iter().filter(|(zone, _)| !regions.contains_key(*zone)) {
            let within: BTreeSet<_> = found.iter().filter_map(|(region, _)| *region).collect();
            let wider = match within.first() {
                Some(region) if within.len() == 1 => regions.get(*region).copied(),
                _ => None,
            };
            let is_alias = found.iter().all(|(region, _)| region.is_some());
            let ids = found.into_iter().map(|(_, id)| id).collect();
            let index = map.add(Level::Zone, &[zone], ids, wider.or(Some(Self::GLOBAL)));
            map.locations[index].is_alias = is_alias;
        }
        map.settle(clusters);
        map
    }

    /// Notes which clusters stand at each location, and which count there.
    fn settle<'s>(&mut self, clusters: impl IntoIterator<Item = Stands<'s>>) {
        let [mut counting, mut standing] = [HashMap::new(), HashMap::new()];
        for stands in clusters {
            note(&mut standing, stands.cluster, stands.standing);
            stands.counting.into_iter().for_each(|it| note(&mut counting, stands.cluster, it));
        }
        for location in &mut self.locations {
            let found = |at: &HashMap<PlaceId, ClusterSet>| {
                let mut all = ClusterSet::default();
                let found = location.places.iter().filter_map(|place| at.get(place));
                found.for_each(|clusters| all.extend(clusters));
                all
            };
            (location.clusters, location.standing) = (found(&counting), found(&standing));
        }
    }

    fn add(
        &mut self,
        level: Level,
        labels: &[&Label],
        places: Vec<PlaceId>,
        wider: Option<usize>,
    ) -> usize {
        let mut wire = Vec::new();
        labels.iter().for_each(|label| label.write_wire(&mut wire));
        self.longest = self.longest.max(wire.len());
        let index = self.locations.len();
        self.by_labels.insert(wire.clone().into(), index);
        self.locations.push(Location {
            level,
            wire: wire.into(),
            places: places.into(),
            clusters: ClusterSet::default(),
            standing: ClusterSet::default(),
            is_alias: false,
            wider,
        });
        index
    }

    /// The position of the location that `labels` name, in lower-cased wire form without root.
    pub fn find(&self, labels: &[u8]) -> Option<usize> {
        if labels.is_empty() { Some(Self::GLOBAL) } else { self.by_labels.get(labels).copied() }
    }

    /// The location at a position that [`PlaceMap::find`] gave.
    pub fn location(&self, index: usize) -> &Location {
        &self.locations[index]
    }

    /// All locations, the world first.
    pub fn locations(&self) -> &[Location] {
        &self.locations
    }

    /// Octets of the longest location's labels in wire form.
    pub fn longest(&self) -> usize {
        self.longest
    }
}

/// Where a cluster stands, and where its active shards count.
#[derive(Clone, Copy, Debug)]
pub struct Stands<'s> {
    /// The cluster.
    pub cluster: ClusterIndex,
    /// Where it stands.
    pub standing: &'s Standing,
    /// Where its shards count; `None` where they wait everywhere, or are out.
    pub counting: Option<&'s Standing>,
}

/// Notes that a cluster is at all these places, and in the world.
fn note(at: &mut HashMap<PlaceId, ClusterSet>, cluster: ClusterIndex, standing: &Standing) {
    let places = standing.zones.iter().chain(&standing.regions);
    for place in places.copied().chain([PlaceId::GLOBAL]) {
        at.entry(place).or_default().insert(cluster);
    }
}

/// Where the clusters' shards count, by number: the zones and the regions a cluster stands in.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Standing {
    /// Its zones.
    pub zones: Vec<PlaceId>,
    /// Its regions, those of its zones among them.
    pub regions: Vec<PlaceId>,
}

impl Standing {
    /// The numbers of `places`.
    pub fn new(places: &BTreeSet<Place>, numbers: &mut PlaceNumbers) -> Self {
        let mut standing = Self::default();
        for place in places {
            let region = match place {
                Place::Region(region) => Some(region),
                Place::Zone(region, _) => {
                    standing.zones.push(numbers.number(place));
                    region.as_ref()
                }
            };
            if let Some(region) = region {
                let id = numbers.number(&Place::Region(region.clone()));
                if !standing.regions.contains(&id) {
                    standing.regions.push(id);
                }
            }
        }
        standing
    }

    /// Whether every node of the cluster stands in the same place: there is one zone, or no zone and at
    /// most one region.
    pub fn is_one(&self) -> bool {
        self.zones.len() == 1 || (self.zones.is_empty() && self.regions.len() <= 1)
    }

    /// Whether shards of the cluster count at `place`.
    pub fn counts_at(&self, place: PlaceId) -> bool {
        place == PlaceId::GLOBAL || self.zones.contains(&place) || self.regions.contains(&place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Label {
        Label::parse(text).expect("a label")
    }

    fn zone(region: &str, zone: &str) -> Place {
        let region = (!region.is_empty()).then(|| label(region));
        Place::Zone(region, label(zone))
    }

    fn map(places: &[Place]) -> PlaceMap {
        PlaceMap::new(&places.iter().cloned().collect(), &mut PlaceNumbers::default(), [])
    }

    fn wider(map: &PlaceMap, labels: &[u8]) -> Option<Box<[u8]>> {
        let location = map.location(map.find(labels)?);
        Some(map.location(location.wider?).wire.clone())
    }

    #[test]
    fn a_zone_only_name_leads_to_its_one_region_else_to_the_world() {
        let one = map(&[zone("eu", "a")]);
        assert_eq!(wider(&one, b"\x01a").as_deref(), Some(&b"\x02eu"[..]));
        assert_eq!(wider(&one, b"\x01a\x02eu").as_deref(), Some(&b"\x02eu"[..]));
        let two = map(&[zone("eu", "a"), zone("us", "a")]);
        assert_eq!(wider(&two, b"\x01a").as_deref(), Some(&b""[..]));
        assert_eq!(two.location(two.find(b"\x01a").expect("a")).places.len(), 2);
        let none = map(&[zone("", "a")]);
        assert_eq!(wider(&none, b"\x01a").as_deref(), Some(&b""[..]));
    }

    #[test]
    fn a_lone_label_is_a_region_before_it_is_a_zone() {
        let map = map(&[zone("eu", "a"), zone("a", "b")]);
        assert_eq!(map.location(map.find(b"\x01a").expect("a")).level, Level::Region);
        assert!(map.find(b"\x01a\x02eu").is_some());
        assert!(map.find(b"\x02eu\x01a").is_none());
    }

    #[test]
    fn clusters_are_found_where_they_stand() {
        let places = [zone("eu", "a"), zone("us", "a")];
        let mut numbers = PlaceNumbers::default();
        let standing = |numbers: &mut _, place: &Place| {
            Standing::new(&BTreeSet::from([place.clone()]), numbers)
        };
        let (eu, us) = (standing(&mut numbers, &places[0]), standing(&mut numbers, &places[1]));
        let (near, far) = (ClusterIndex(3), ClusterIndex(200));
        let stands = |cluster, standing| Stands { cluster, standing, counting: Some(standing) };
        let clusters = [stands(near, &eu), stands(far, &us)];
        let map = PlaceMap::new(&places.into(), &mut numbers, clusters);
        let stands = |labels: &[u8]| {
            let clusters = &map.location(map.find(labels).expect("a place")).clusters;
            (clusters.contains(near), clusters.contains(far))
        };
        assert_eq!(stands(b"\x01a\x02eu"), (true, false));
        assert_eq!(stands(b"\x02us"), (false, true));
        assert_eq!(stands(b"\x01a"), (true, true));
        assert_eq!(stands(b""), (true, true));
        let world = &map.location(0).clusters;
        assert!(!world.contains(ClusterIndex(136)) && world.may_share(Folded(1 << 8)));
        assert!(!world.may_share(Folded(1 << 9)));
    }
}
