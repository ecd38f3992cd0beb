//! Drains of clusters and places: what is left of where a cluster stands.
//!
//! In: the drains in force, and where a cluster stands. Out: where its shards still count, or in which tier they
//! are everywhere. Does not know services, nor numbers of clusters and places.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::name::Label;
use crate::core::service::Tier;
use crate::core::topology::Place;

use super::{Action, Target};

/// All drains of clusters and places that are in force.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Drains {
    /// By cluster: whether it is hard.
    clusters: BTreeMap<Label, bool>,
    /// By place: whether it is hard.
    regions: BTreeMap<Label, bool>,
    zones: BTreeMap<(Label, Option<Label>), bool>,
}

/// What drains make of a cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Stand {
    /// The best tier that its shards can be in.
    pub tier: Tier,
    /// The places where its active shards count.
    pub places: BTreeSet<Place>,
}

impl Drains {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what an override does, if it is a drain of a cluster or of a place. The stricter of two wins.
    pub fn add(&mut self, action: &Action) {
        let Action::Drain { target, is_hard } = action else { return };
        let known = match target {
            Target::Cluster(cluster) => self.clusters.entry(cluster.clone()).or_default(),
            Target::Region(region) => self.regions.entry(region.clone()).or_default(),
            Target::Zone(zone, region) => {
                self.zones.entry((zone.clone(), region.clone())).or_default()
            }
            Target::Service(..) => return,
        };
        *known |= is_hard;
    }

    /// What is left of a cluster that stands at these places. Who stands elsewhere too stays active there; who
    /// stands nowhere else is reserve everywhere, and out where all of its places are drained hard. A cluster
    /// without a place is touched by no drain of one.
    pub fn stand(&self, cluster: &Label, places: &BTreeSet<Place>) -> Stand {
        let own = self.clusters.get(cluster).copied();
        let of_places: Vec<_> = places.iter().map(|place| (place, self.of_place(place))).collect();
        let left = of_places.iter().filter(|(_, drained)| drained.is_none());
        let left: BTreeSet<_> = left.map(|(place, _)| (*place).clone()).collect();
        let by_places = (left.is_empty() && !places.is_empty())
            .then(|| of_places.iter().all(|(_, drained)| *drained == Some(true)));
        let tier = match [own, by_places].into_iter().flatten().max() {
            None => Tier::Active,
            Some(false) => Tier::Reserve,
            Some(true) => Tier::Out,
        };
        let places = if tier == Tier::Active { left } else { BTreeSet::new() };
        Stand { tier, places }
    }

    /// Whether a place is drained, and then whether that is hard.
    fn of_place(&self, place: &Place) -> Option<bool> {
        let (region, zone) = match place {
            Place::Region(region) => (Some(region), None),
            Place::Zone(region, zone) => (region.as_ref(), Some(zone)),
        };
        let of_region = region.and_then(|region| self.regions.get(region));
        let anywhere = zone.and_then(|zone| self.zones.get(&(zone.clone(), None)));
        let within = zone
            .zip(region)
            .and_then(|(zone, region)| self.zones.get(&(zone.clone(), Some(region.clone()))));
        [of_region, anywhere, within].into_iter().flatten().max().copied()
    }
}

/// Whether a place lies in what an override is about.
pub(super) fn is_about_place(target: &Target, place: &Place) -> bool {
    let mut drains = Drains::default();
    drains.add(&Action::Drain { target: target.clone(), is_hard: false });
    drains.of_place(place).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Label {
        Label::parse(text).expect("a label")
    }

    fn zone(zone: &str, region: &str) -> Place {
        Place::Zone(Some(label(region)), label(zone))
    }

    fn drains(targets: &[(Target, bool)]) -> Drains {
        let mut drains = Drains::default();
        for (target, is_hard) in targets {
            drains.add(&Action::Drain { target: target.clone(), is_hard: *is_hard });
        }
        drains
    }

    fn stand(drains: &Drains, places: &[Place]) -> (Tier, usize) {
        let stand = drains.stand(&label("east"), &places.iter().cloned().collect());
        (stand.tier, stand.places.len())
    }

    #[test]
    fn who_stands_elsewhere_too_stays_active_there() {
        let us = drains(&[(Target::Region(label("us")), false)]);
        assert_eq!(stand(&us, &[zone("a", "us"), zone("b", "eu")]), (Tier::Active, 1));
        assert_eq!(stand(&us, &[zone("a", "us"), zone("b", "us")]), (Tier::Reserve, 0));
        assert_eq!(stand(&us, &[Place::Region(label("us"))]), (Tier::Reserve, 0));
        assert_eq!(stand(&us, &[]), (Tier::Active, 0));
    }

    #[test]
    fn a_hard_drain_of_a_place_is_hard_there_alone() {
        let targets = [
            (Target::Zone(label("a"), None), true),
            (Target::Zone(label("b"), Some(label("us"))), false),
        ];
        let both = drains(&targets);
        assert_eq!(stand(&both, &[zone("a", "us")]), (Tier::Out, 0));
        assert_eq!(stand(&both, &[zone("a", "us"), zone("b", "us")]), (Tier::Reserve, 0));
        assert_eq!(stand(&both, &[zone("b", "eu")]), (Tier::Active, 1));
        let cluster = drains(&[(Target::Cluster(label("east")), true), targets[1].clone()]);
        assert_eq!(stand(&cluster, &[zone("c", "us")]), (Tier::Out, 0));
    }
}
