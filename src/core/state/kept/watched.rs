//! From where watches can go on that an earlier run began.
//!
//! In: up to which version each kind was read, in the head of a cluster's file, or beside it where the
//! facts have not changed since. Out: the same, if it is of these very facts. Nothing follows from it
//! for answers: a file without it is whole, and its cluster is listed.
//! Does not know watches.

use serde::{Deserialize, Serialize};

use crate::core::event::{FactKind, Scope};
use crate::core::name::Label;

use super::super::subjects::namespace_of;
use super::Kept;

/// Up to where some objects were read. What is kept with it is at least as new: a watch that begins here
/// says again what is known, and misses nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ResourceVersion {
    /// Which objects, in the words of [`Scope`], such as `endpointslices`.
    pub kind: Box<str>,
    /// `metadata.resourceVersion` of a list, a line or a bookmark: opaque, and compared by nobody.
    pub version: Box<str>,
}

/// Up to where a cluster was read since its file was written, of whose facts nothing has changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct LaterVersions {
    /// The cluster.
    pub cluster: Label,
    /// The checksum of what was written of it last: the whole file, or what was added behind it.
    pub file: u32,
    /// What takes the place of the versions that it holds.
    pub versions: Vec<ResourceVersion>,
}

impl LaterVersions {
    /// The cluster was read up to these by now. Of a kind that is none of them it stays known up to
    /// where it had been read before.
    pub fn follow(&mut self, versions: &[ResourceVersion]) {
        for now in versions {
            match self.versions.iter_mut().find(|known| known.kind == now.kind) {
                Some(known) => known.version.clone_from(&now.version),
                None => self.versions.push(now.clone()),
            }
        }
    }
}

/// From where a watch of some objects can go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResumePoint {
    /// Which objects.
    pub scope: Scope,
    /// The version that is known of them.
    pub version: Box<str>,
    /// How many there are.
    pub objects: u64,
}

/// From where the watches of a cluster can go on, as long as the cluster with this UID answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ResumePoints {
    /// The UID of its namespace `kube-system`.
    pub uid: Box<str>,
    /// One a kind, or one a kind and namespace.
    pub points: Vec<ResumePoint>,
}

impl Kept {
    /// From where the watches of its cluster can go on; `later` is what was kept beside files. `None`
    /// where that is not known, or not which cluster it was.
    pub fn resume_points(&self, later: &[LaterVersions]) -> Option<ResumePoints> {
        let uid = self.head.uid.clone()?;
        let is_of_this =
            |it: &&LaterVersions| it.cluster == self.head.cluster && it.file == self.checksum;
        let later = later.iter().find(is_of_this).map(|it| &it.versions);
        let versions = later.unwrap_or(&self.head.resource_versions);
        let point = |it: &ResourceVersion| {
            let scope = Scope::parse(&it.kind)?;
            let objects = self.count(&scope) as u64;
            Some(ResumePoint { scope, version: it.version.clone(), objects })
        };
        let points: Vec<_> = versions.iter().filter_map(point).collect();
        (!points.is_empty()).then_some(ResumePoints { uid, points })
    }

    /// How many objects it holds of a scope.
    fn count(&self, scope: &Scope) -> usize {
        let is_within =
            |key: &[u8]| scope.namespace.as_ref().is_none_or(|it| it.as_str() == namespace_of(key));
        let rows = self.rows.iter().filter(|row| is_within(&self.octets[row.key()]));
        match scope.kind {
            FactKind::Node => self.nodes.len(),
            FactKind::Service => rows.filter(|row| row.has_service).count(),
            FactKind::Slice => {
                rows.map(|row| row.objects as usize - usize::from(row.has_service)).sum()
            }
        }
    }
}
