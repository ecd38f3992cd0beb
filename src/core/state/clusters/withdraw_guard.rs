//! The withdraw guard, against lists from which more is absent than is likely.
//!
//! In: what is absent from a cluster's list, or of what an earlier run kept of it from its first ones.
//! Out: what of it is believed. Much that is absent at once (an API server restored from an old backup,
//! a cache that is not filled) is held until a second list, begun at once, says so too. Does not know
//! what objects say.

use std::collections::BTreeSet;

use crate::core::service::SourceId;
use crate::core::time::Moment;
use crate::core::topology::ClusterIndex;

use super::Clusters;
use super::cluster::{Cluster, Extent};
use super::held_withdrawal::HeldWithdrawal;

/// So few absences are always believed.
const FEW: usize = 2;

/// What would be lost by a list that has just come.
#[derive(Debug, Default)]
pub(in crate::core::state) struct Absent {
    /// The keys of services that would lose an object.
    pub(in crate::core::state) services: BTreeSet<Box<[u8]>>,
    /// The names of nodes that would go.
    pub(in crate::core::state) nodes: BTreeSet<Box<str>>,
    /// Of how much that is.
    pub(in crate::core::state) of: Extent,
}

/// What the guard makes of absences.
#[derive(Debug)]
pub(in crate::core::state) struct Guarded {
    /// What is held: to be kept as it was. The rest is believed.
    pub(in crate::core::state) held: Absent,
    /// Whether something is held now, so that everything has to be listed anew.
    pub(in crate::core::state) is_held: bool,
    /// Whether something is held of this source, or was.
    pub(in crate::core::state) is_news: bool,
}

impl Cluster {
    fn guards_against(&self, absent: usize, of: usize) -> bool {
        let Some(percent) = self.policy.withdraw_guard else { return false };
        absent > FEW && absent * 100 > of * usize::from(percent)
    }

    /// Whether something is held of what an earlier run kept.
    pub(in crate::core::state) fn holds_former(&self) -> bool {
        self.held_withdrawals.contains_key(&SourceId::FORMER)
    }
}

impl Clusters {
    /// What of the absent is held.
    pub(in crate::core::state) fn hold(
        &mut self,
        index: ClusterIndex,
        source: SourceId,
        now: Moment,
        mut absent: Absent,
    ) -> Guarded {
        let cluster = self.unsettle(index);
        let held = cluster.held_withdrawals.remove(&source);
        let was_held = held.is_some();
        let held = held.unwrap_or_default();
        // What the list before did not have either is believed now.
        absent.services.retain(|key| !held.services.contains(key));
        absent.nodes.retain(|name| !held.nodes.contains(name));
        let of = absent.of;
        if !cluster.guards_against(absent.services.len(), of.services) {
            absent.services.clear();
        }
        if !cluster.guards_against(absent.nodes.len(), of.nodes) {
            absent.nodes.clear();
        }
        let (services, nodes) = (absent.services.clone(), absent.nodes.clone());
        let is_held = !services.is_empty() || !nodes.is_empty();
        if is_held {
            let of = if services.is_empty() { of.nodes } else { of.services };
            let since = if was_held { held.since } else { now };
            cluster.held_withdrawals.insert(source, HeldWithdrawal { since, services, nodes, of });
        }
        Guarded { held: absent, is_held, is_news: is_held || was_held }
    }
}
