//! DNS zones inside clusters: `F.svc.<clusterDomain>` for each federation and each such domain.
//!
//! In: federations, and the domains of registered clusters. Out: apexes, and [`InsideApexes`], which
//! finds the zone that a name is in. It is asked only for names in no federation's domain, so that
//! those pay nothing for it.
//! Does not know who asks.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::core::name::{Label, Name, QueryName};
use crate::core::policy::Federation;

/// The apexes of zones inside clusters.
#[derive(Clone, Debug, Default)]
pub(super) struct InsideApexes {
    by_apex: HashMap<Box<[u8]>, usize, FixedState>,
    /// How many labels they have, each number once.
    depths: Vec<usize>,
}

/// `F.svc.<clusterDomain>`, where that is a name.
pub(super) fn apex(federation: &Federation, domain: &Name) -> Option<Name> {
    let svc = Label::parse("svc").expect("svc is a label");
    domain.child(&svc)?.child(&federation.name)
}

impl InsideApexes {
    /// Adds the apex of the zone at a position.
    pub(super) fn add(&mut self, apex: &Name, index: usize) {
        self.by_apex.insert(apex.wire().into(), index);
        if !self.depths.contains(&apex.label_count()) {
            self.depths.push(apex.label_count());
            self.depths.sort_unstable_by(|a, b| b.cmp(a));
        }
    }

    /// The position of the zone that `name` is in, and how many of the name's labels stand left of
    /// its apex.
    // Apart, so that names in federations' domains do not carry it.
    #[inline(never)]
    pub(super) fn find(&self, name: &QueryName) -> Option<(usize, usize)> {
        let depths = self.depths.iter().filter(|&&depth| depth <= name.label_count());
        depths.into_iter().find_map(|&depth| {
            let index = *self.by_apex.get(name.suffix(depth))?;
            Some((index, name.label_count() - depth))
        })
    }
}
