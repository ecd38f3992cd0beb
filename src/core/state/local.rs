//! What clusters are to their own askers, as it changes with a shard.
//!
//! In: a shard before and after. Out: [`Changes`], where askers in that cluster are answered
//! otherwise, and counts by namespace, for the names between the zone and its services.
//! Does not know who asks.

use crate::core::name::labels_of;
use crate::core::service::{Local, Shard};

use super::State;
use super::changes::Changes;
use super::cluster::ClusterIndex;

impl State {
    /// Notes what a change of a shard is to askers in its cluster.
    pub(super) fn note_local(
        &mut self,
        index: ClusterIndex,
        key: &[u8],
        old: Option<&Shard>,
        new: &Shard,
        changes: &mut Changes,
    ) {
        let (before, after) = (old.and_then(Shard::local), new.local());
        if before == after {
            return;
        }
        changes.local_services.push(key.into());
        let classes = |local: &Option<Local>| {
            local.as_ref().map_or([0, 0], |local| [1, u32::from(local.is_labelled)])
        };
        let (was, is) = (classes(&before), classes(&after));
        let Some(name) = labels_of(key).next().filter(|_| was != is) else { return };
        let namespace = &key[1 + name.len()..];
        let counts = &mut self.cluster_mut(index).taking_part;
        let mut count = counts.get(namespace).copied().unwrap_or_default();
        let had = count.map(|count| count > 0);
        for class in 0..count.len() {
            count[class] = count[class] + is[class] - was[class];
        }
        if count == [0, 0] {
            counts.remove(namespace);
        } else {
            counts.insert(namespace.into(), count);
        }
        if count.map(|count| count > 0) != had {
            changes.local_namespaces.push(namespace.into());
        }
    }
}
