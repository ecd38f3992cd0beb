//! Zones of ours by number, and what kinds there are.
//!
//! In: the position of a zone. Out: [`ZoneId`], and [`ZoneKind`], which says how names of a zone are found.
//! Does not know what a zone holds.

/// A zone of ours by number: its position among all of a policy's zones.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ZoneId(u32);

impl ZoneId {
    pub(super) fn new(index: usize) -> Self {
        Self(index as u32)
    }

    /// Its position among all zones, in whose order serials stand too.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What kind of names a zone has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ZoneKind {
    /// Those of a federation's domain, which are the same to everybody.
    Federated,
    /// Those that people wrote in a master file, and those of federations that have the same domain.
    Static,
    /// Those of a federation inside clusters, `F.svc.<clusterDomain>`: another thing to each cluster.
    InCluster {
        /// The zone of the federation's domain, where the canonical names stand.
        canonical: ZoneId,
    },
}

/// A name in a zone of ours.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ZoneMatch {
    /// The deepest zone that it is in.
    pub zone: ZoneId,
    /// How many of its labels stand left of the zone's apex.
    pub left: usize,
}
