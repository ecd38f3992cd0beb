//! EndpointSlices that no longer belong to the service they belonged to.
//!
//! In: a slice that was there before. Out: the services of its namespace that held it and lose it.
//! Which service holds a slice is written down nowhere: that would cost every slice memory, and
//! hardly any ever changes hands. So it is looked for, at a few milliseconds for 100,000 services.
//! Does not know why a slice is none of theirs any more.

use crate::core::complaint::Subject;
use crate::core::event::{Facts, Object};
use crate::core::name::Label;
use crate::core::service::{SourceId, Sourced};
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::complaints::Witness;
use crate::core::state::index::Entry;
use crate::core::state::subjects::namespace_of;
use crate::core::topology::ClusterIndex;

impl State {
    /// An object that was there before says something else now.
    pub(in crate::core::state) fn modify_object(
        &mut self,
        cluster: ClusterIndex,
        source: SourceId,
        object: Object,
        changes: &mut Changes,
    ) {
        let Facts::Slice(key, slice) = &object.facts else {
            return self.apply_object(cluster, source, object, changes);
        };
        let wire = key.wire();
        let shard = self.index.shard(&wire, cluster);
        // What was known before a restart says nothing of where the slice was since.
        let slices = shard.iter().flat_map(|shard| &shard.slices);
        let mut told = slices.filter(|it| !it.is_former());
        if !told.any(|it| it.facts.name == slice.name) {
            self.drop_slice(cluster, &key.namespace, &slice.name, changes);
            return self.apply_object(cluster, source, object, changes);
        }
        self.report(cluster, &object.facts, object.flaws);
        if let Facts::Slice(_, facts) = object.facts {
            self.put_slice(&wire, cluster, shard, Sourced { source, facts }, changes);
        }
    }

    /// Takes a slice from whichever services of its namespace hold it.
    pub(super) fn drop_slice(
        &mut self,
        cluster: ClusterIndex,
        namespace: &Label,
        slice: &str,
        changes: &mut Changes,
    ) {
        let subject = || Subject::Slice(namespace.as_str().into(), slice.into());
        self.complaints.set(cluster, Witness::Source, subject, Vec::new());
        let of_namespace =
            self.index.iter().filter(|entry| namespace_of(&entry.key) == namespace.as_str());
        let holders = of_namespace.filter(|entry| holds(entry, cluster, slice));
        let holders: Vec<_> = holders.map(|entry| entry.key.clone()).collect();
        for key in holders {
            let Some(old) = self.index.shard(&key, cluster) else { continue };
            let mut new = old.clone();
            new.slices.retain(|it| *it.facts.name != *slice);
            self.set_shard(&key, cluster, Some(old), new, changes);
        }
    }
}

fn holds(entry: &Entry, cluster: ClusterIndex, slice: &str) -> bool {
    // Most shards are ruled out without unpacking them.
    entry.shard(cluster).is_some_and(|packed| {
        packed.octets().windows(slice.len().max(1)).any(|octets| octets == slice.as_bytes())
            && packed.unpack().slices.iter().any(|it| *it.facts.name == *slice)
    })
}
