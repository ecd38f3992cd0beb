//! What clusters are to their own askers, as it changes with a shard.
//!
//! In: a shard before and after. Out: [`Changes`], where askers in that cluster are answered
//! otherwise, and counts by namespace, for the names between the zone and its services.
//! Does not know who asks.

use crate::core::name::labels_of;
use crate::core::service::{Local, Shard};

use super::State;
use super::changes::Changes;
use super::cluster::{Cluster, ClusterIndex};

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
        let classes = |local: &Option<Local>| counts(local.as_ref().map(|it| it.is_labelled));
        let (was, is) = (classes(&before), classes(&after));
        changes.local_namespaces.extend(self.cluster_mut(index).count_local(key, was, is));
    }
}

impl Cluster {
    /// Keeps count of a Service that took part in each class and does so otherwise now; its
    /// namespace where that makes a difference to whether there is any.
    fn count_local(&mut self, key: &[u8], was: [u32; 2], is: [u32; 2]) -> Option<Box<[u8]>> {
        let name = labels_of(key).next().filter(|_| was != is)?;
        let namespace = &key[1 + name.len()..];
        let mut count = self.taking_part_in(namespace);
        let had = count.map(|count| count > 0);
        for class in 0..count.len() {
            count[class] = count[class] + is[class] - was[class];
        }
        if count == [0, 0] {
            self.taking_part.remove(namespace);
        } else if let Some(known) = self.taking_part.get_mut(namespace) {
            *known = count;
        } else {
            self.taking_part.insert(namespace.into(), count);
        }
        (count.map(|count| count > 0) != had).then(|| namespace.into())
    }

    /// Counts a Service that takes part, which an earlier run kept.
    pub(super) fn count_restored_local(&mut self, key: &[u8], is_labelled: bool) {
        self.count_local(key, [0, 0], counts(Some(is_labelled)));
    }
}

/// How much a Service counts in each class; what takes part says whether it is labelled.
fn counts(takes_part: Option<bool>) -> [u32; 2] {
    takes_part.map_or([0, 0], |is_labelled| [1, u32::from(is_labelled)])
}
