//! DNS zones inside clusters: `F.svc.<clusterDomain>` for each federation and each such domain.
//!
//! In: federations, and the domains of registered clusters. Out: apexes, and [`InClusterApexes`], which
//! finds the zone that a name is in. It is asked only for names in no federation's domain, so that
//! those pay nothing for it.
//! Does not know who asks.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::core::name::{Label, Name, QueryName};
use crate::core::policy::Federation;

use super::zone_id::{ZoneId, ZoneMatch};

/// The apexes of zones inside clusters.
#[derive(Clone, Debug, Default)]
pub(super) struct InClusterApexes {
    by_apex: HashMap<Box<[u8]>, ZoneId, FixedState>,
    /// How many labels they have, each number once.
    depths: Vec<usize>,
    /// The last octets of them, each once: clusters' domains are few, and mostly one.
    ends: Vec<[u8; END]>,
}

/// No apex is shorter: a federation, `svc` and a domain.
const END: usize = 7;
/// With more ends than that, looking through them takes longer than the look-up.
const MOST_ENDS: usize = 8;

/// `F.svc.<clusterDomain>`, where that is a name.
pub(super) fn apex(federation: &Federation, domain: &Name) -> Option<Name> {
    let svc = Label::parse("svc").expect("svc is a label");
    domain.child(&svc)?.child(&federation.name)
}

impl InClusterApexes {
    /// Adds the apex of a zone.
    pub(super) fn add(&mut self, apex: &Name, zone: ZoneId) {
        self.by_apex.insert(apex.wire().into(), zone);
        if !self.depths.contains(&apex.label_count()) {
            self.depths.push(apex.label_count());
            self.depths.sort_unstable_by(|a, b| b.cmp(a));
        }
        if let Some(end) = apex.wire().last_chunk().filter(|end| !self.ends.contains(end)) {
            self.ends.push(*end);
        }
    }

    /// The deepest zone inside clusters that `name` is in.
    pub(super) fn find(&self, name: &QueryName) -> Option<ZoneMatch> {
        // Most names that come here are in no zone at all, and can be told by their end.
        let end = name.wire().last_chunk()?;
        let may_be = self.ends.len() > MOST_ENDS || self.ends.contains(end);
        if may_be { self.find_apex(name) } else { None }
    }

    // Apart, so that names in federations' domains do not carry it.
    #[inline(never)]
    fn find_apex(&self, name: &QueryName) -> Option<ZoneMatch> {
        let depths = self.depths.iter().filter(|&&depth| depth <= name.label_count());
        depths.into_iter().find_map(|&depth| {
            let zone = *self.by_apex.get(name.suffix(depth))?;
            Some(ZoneMatch { zone, left: name.label_count() - depth })
        })
    }
}
