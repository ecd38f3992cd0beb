//! Single objects that come, change or go.
//!
//! In: an object, and the source that gave it. Out: its cluster's nodes, or the new whole of the shard
//! that it is a part of. Does not know what a change of a shard means.

use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, Object, ObjectKey};
use crate::core::service::{Shard, SliceFacts, SourceId, Sourced};
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::complaints::Witness;
use crate::core::state::subjects::{service_subject, slice_subject};
use crate::core::topology::ClusterIndex;

impl State {
    /// One object is new or changed.
    pub(in crate::core::state) fn apply_object(
        &mut self,
        cluster: ClusterIndex,
        source: SourceId,
        object: Object,
        changes: &mut Changes,
    ) {
        self.report(cluster, &object.facts, object.flaws);
        match object.facts {
            Facts::Node(name, facts) => {
                if self.clusters.put_node(cluster, source, name, facts) {
                    self.refresh_nodes(cluster, changes);
                }
            }
            Facts::Service(key, facts) => {
                let key = key.wire();
                let old = self.index.shard(&key, cluster);
                let mut new = old.clone().unwrap_or_default();
                new.service = Some(Sourced { source, facts });
                self.set_shard(&key, cluster, old, new, changes);
            }
            Facts::Slice(key, facts) => {
                let key = key.wire();
                let old = self.index.shard(&key, cluster);
                self.put_slice(&key, cluster, old, Sourced { source, facts }, changes);
            }
        }
    }

    /// A slice is new or changed, of a service of which the cluster had this shard.
    pub(super) fn put_slice(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        mut old: Option<Shard>,
        slice: Sourced<SliceFacts>,
        changes: &mut Changes,
    ) {
        // As in a rolling deployment: of many changes in a row hardly one is more than this.
        if let Some(shard) = &mut old
            && let Some(at) = shard.recounts(&slice)
        {
            let before = std::mem::replace(&mut shard.slices[at], slice);
            shard.shed_endpoints();
            if shard.slices[at] != before {
                self.index.repack(key, cluster, shard);
            }
            return;
        }
        let mut new = old.clone().unwrap_or_default();
        new.slices.retain(|it| it.facts.name != slice.facts.name);
        new.slices.push(slice);
        new.slices.sort_by(|a, b| a.facts.name.cmp(&b.facts.name));
        self.set_shard(key, cluster, old, new, changes);
    }

    /// One object is gone.
    pub(in crate::core::state) fn remove_object(
        &mut self,
        cluster: ClusterIndex,
        key: &ObjectKey,
        changes: &mut Changes,
    ) {
        let service = match key {
            ObjectKey::Node(name) => {
                let subject = || Subject::Node(name.clone());
                self.complaints.set(cluster, Witness::Source, subject, Vec::new());
                if self.clusters.remove_node(cluster, name) {
                    self.refresh_nodes(cluster, changes);
                }
                return;
            }
            ObjectKey::MovedSlice(namespace, slice) => {
                return self.drop_slice(cluster, namespace, slice, changes);
            }
            ObjectKey::Service(service) | ObjectKey::Slice(service, _) => service.wire(),
        };
        let Some(old) = self.index.shard(&service, cluster) else { return };
        let mut new = old.clone();
        let subject = if let ObjectKey::Slice(_, name) = key {
            new.slices.retain(|slice| slice.facts.name != *name);
            slice_subject(&service, name)
        } else {
            new.service = None;
            service_subject(&service)
        };
        self.complaints.set(cluster, Witness::Source, || subject, Vec::new());
        self.set_shard(&service, cluster, Some(old), new, changes);
    }

    /// Replaces what sources say of an object.
    pub(super) fn report(&mut self, cluster: ClusterIndex, facts: &Facts, flaws: Vec<Flaw>) {
        let subject = || match facts {
            Facts::Node(name, _) => Subject::Node(name.clone()),
            Facts::Service(key, _) => service_subject(&key.wire()),
            Facts::Slice(key, slice) => slice_subject(&key.wire(), &slice.name),
        };
        self.complaints.set(cluster, Witness::Source, subject, flaws);
    }
}
