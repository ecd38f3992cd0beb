//! Watches that go on where an earlier run stopped, so that nothing is listed.
//!
//! In: that a source does so, and of which objects. Out: facts that were kept of those, as its own; and up
//! to where a cluster was read, for who keeps its facts. Does not know what a watch said since.

use std::collections::BTreeSet;

use crate::core::complaint::Subject;
use crate::core::event::{FactKind, Scope};
use crate::core::name::Label;
use crate::core::service::{SourceId, Sourced};
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::kept::ResourceVersion;
use crate::core::state::subjects::namespace_of;
use crate::core::topology::ClusterIndex;

impl State {
    /// What an earlier run kept of these objects is the word of this source from now on: had they
    /// changed since, or gone, its watch would say so.
    pub(in crate::core::state) fn resume(
        &mut self,
        index: ClusterIndex,
        source: SourceId,
        scope: &Scope,
        changes: &mut Changes,
    ) {
        if scope.kind == FactKind::Node {
            return self.clusters.adopt_nodes(index, source);
        }
        let is_within =
            |key: &[u8]| scope.namespace.as_ref().is_none_or(|it| it.as_str() == namespace_of(key));
        for key in self.index.keys_of(index).into_iter().filter(|key| is_within(key)) {
            let Some(old) = self.index.shard(&key, index) else { continue };
            let mut new = old.clone();
            match scope.kind {
                FactKind::Service => new.service.iter_mut().for_each(|it| adopt(it, source)),
                FactKind::Slice | FactKind::Node => {
                    new.slices.iter_mut().for_each(|it| adopt(it, source));
                }
            }
            self.set_shard(&key, index, Some(old), new, changes);
        }
    }

    /// Up to where a cluster was read: a watch that goes on from there misses nothing of what is kept
    /// now. None while what it says is doubted or not heard; and none of a kind of which something is
    /// complained of: that is not kept, and has to be said again.
    pub fn resource_versions(&self, name: &Label) -> Vec<ResourceVersion> {
        let Some(index) = self.find_cluster(name) else { return Vec::new() };
        let cluster = self.cluster(index);
        if !cluster.is_resumable() {
            return Vec::new();
        }
        let flawed: BTreeSet<_> =
            self.complaints.told_by_sources(index).filter_map(kind_of).collect();
        let versions = cluster.versions.iter().filter(|(scope, _)| !flawed.contains(&scope.kind));
        versions.map(|(scope, version)| version_of(scope, version)).collect()
    }
}

fn version_of(scope: &Scope, version: &str) -> ResourceVersion {
    ResourceVersion { kind: scope.to_string().into(), version: version.into() }
}

fn adopt<F>(facts: &mut Sourced<F>, source: SourceId) {
    if facts.is_former() {
        facts.source = source;
    }
}

/// The kind of objects that a subject is one of.
fn kind_of(subject: &Subject) -> Option<FactKind> {
    match subject {
        Subject::Node(_) => Some(FactKind::Node),
        Subject::Service(..) => Some(FactKind::Service),
        Subject::Slice(..) => Some(FactKind::Slice),
        Subject::Resource(plural) => {
            let kinds = [FactKind::Node, FactKind::Service, FactKind::Slice];
            kinds.into_iter().find(|kind| kind.plural() == *plural)
        }
        _ => None,
    }
}
