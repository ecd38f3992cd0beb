//! A service as lists show it, without unpacking what its shards hold.
//!
//! In: a service as it is stored, and which clusters answer no more. Out: its names, its health, who
//! has it. Does not know addresses.

use crate::core::name::labels_of;
use crate::core::policy::Publish;
use crate::core::time::Past;
use crate::core::topology::{ClusterIndex, ClusterSet};
use crate::core::view::ViewId;

use super::super::health::Health;
use super::fallen::Fallen;
use super::services::Entry;

/// A service as lists show it, without unpacking what its shards hold.
#[derive(Clone, Copy, Debug)]
pub struct Overview<'s> {
    entry: &'s Entry,
    withdrawn: &'s ClusterSet,
    fallen: &'s Fallen,
}

impl<'s> Overview<'s> {
    pub(super) fn new(entry: &'s Entry, withdrawn: &'s ClusterSet, fallen: &'s Fallen) -> Self {
        Self { entry, withdrawn, fallen }
    }

    /// Its [`crate::core::service::ServiceKey::wire`].
    pub fn key(&self) -> &'s [u8] {
        &self.entry.key
    }

    /// Namespace and name, which order lists.
    pub fn names(&self) -> (&'s str, &'s str) {
        let mut labels =
            labels_of(self.key()).map(|it| std::str::from_utf8(it).unwrap_or_default());
        let (name, namespace) = (labels.next(), labels.next());
        (namespace.unwrap_or_default(), name.unwrap_or_default())
    }

    /// Whether a cluster has a shard of it.
    pub fn has_shard_in(&self, cluster: ClusterIndex) -> bool {
        self.entry.shard(cluster).is_some()
    }

    /// How it does in federations that take part as `publish` says.
    pub fn health(&self, publish: Publish) -> Health {
        let class = ViewId::of(publish).index();
        let health = self.entry.health(self.withdrawn);
        match health.map_or(Health::Unpublished, |health| health[class]) {
            Health::Idle if self.fallen.is_missed(self.key(), class) => Health::Down,
            health => health,
        }
    }

    /// How many clusters publish it in such federations and do not answer.
    pub fn left_out(&self, publish: Publish) -> u32 {
        self.entry.left_out(self.withdrawn)[ViewId::of(publish).index()]
    }

    /// Until when it did well in such federations, where it does not answer now; `None` where it never did.
    pub fn healthy_until(&self, publish: Publish) -> Option<Past> {
        self.fallen.healthy_until(self.key(), ViewId::of(publish).index())
    }
}
