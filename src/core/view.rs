//! Views of services: which shards count in a federation, by number.
//!
//! In: what federations want. Out: [`ViewId`] and [`ViewSet`]. Services are counted and compiled by view:
//! federations that want the same share one, and what nobody wants is not compiled.
//! Does not know shards, nor what is compiled.

use crate::core::policy::{Policy, Publish};

/// A view by number. Records and sets hold as many as the configuration asks for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ViewId(u8);

impl ViewId {
    /// The view of federations that take part in this way.
    pub const fn of(publish: Publish) -> Self {
        match publish {
            Publish::All => Self(0),
            Publish::Labelled => Self(1),
        }
    }

    /// Which Services take part in it.
    pub fn publish(self) -> Publish {
        if self == Self::of(Publish::Labelled) { Publish::Labelled } else { Publish::All }
    }

    /// Its position where something stands for each view.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Its bit where one octet tells of all views.
    pub fn bit(self) -> u8 {
        1 << self.0
    }
}

/// A set of views: one bit each.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ViewSet(u8);

impl ViewSet {
    /// The views that some federation wants.
    pub fn wanted(policy: &Policy) -> Self {
        policy.federations.iter().map(|federation| ViewId::of(federation.publish)).collect()
    }

    /// Whether a view is in the set.
    pub fn contains(self, view: ViewId) -> bool {
        self.0 & view.bit() != 0
    }

    /// Its views, in the order of their numbers.
    pub fn iter(self) -> impl Iterator<Item = ViewId> {
        (0..u8::BITS as u8).map(ViewId).filter(move |view| self.contains(*view))
    }

    /// Those of either set.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl FromIterator<ViewId> for ViewSet {
    fn from_iter<I: IntoIterator<Item = ViewId>>(views: I) -> Self {
        Self(views.into_iter().fold(0, |bits, view| bits | view.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_tells_which_services_take_part() {
        for publish in [Publish::All, Publish::Labelled] {
            assert_eq!(ViewId::of(publish).publish(), publish);
        }
    }

    #[test]
    fn a_set_gives_its_views_in_order_and_once() {
        let [all, labelled] = [Publish::All, Publish::Labelled].map(ViewId::of);
        let set: ViewSet = [labelled, all, labelled].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [all, labelled]);
        assert!(!ViewSet::default().contains(all));
        let one: ViewSet = [labelled].into_iter().collect();
        assert_eq!(one.union(ViewSet::default()), one);
    }
}
