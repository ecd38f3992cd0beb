//! The withdraw guard, against lists from which more is absent than is likely.
//!
//! In: what is absent from a cluster's list, or of what an earlier run kept of it from its first ones.
//! Out: what of it is believed. Much that is absent at once (an API server restored from an old backup,
//! a cache that is not filled) is held until a second list, begun at once, says so too. Does not know
//! what objects say.

use std::collections::BTreeSet;

use crate::core::service::SourceId;
use crate::core::time::Moment;

use super::State;
use super::changes::Changes;
use super::cluster::{Cluster, ClusterIndex};
use super::held_withdrawal::HeldWithdrawal;

/// So few absences are always believed.
const FEW: usize = 2;

/// What would be lost by a list that has just come.
#[derive(Debug, Default)]
pub(super) struct Absent {
    /// The keys of services that would lose an object.
    pub(super) services: BTreeSet<Box<[u8]>>,
    /// The names of nodes that would go.
    pub(super) nodes: BTreeSet<Box<str>>,
    /// Of how many services and nodes that is.
    pub(super) of: [usize; 2],
}

impl Cluster {
    fn guards_against(&self, absent: usize, of: usize) -> bool {
        let Some(percent) = self.policy.withdraw_guard else { return false };
        absent > FEW && absent * 100 > of * usize::from(percent)
    }
}

impl State {
    /// What of the absent is held: to be kept as it was. The rest is believed.
    pub(super) fn hold(
        &mut self,
        index: ClusterIndex,
        source: SourceId,
        now: Moment,
        mut absent: Absent,
        changes: &mut Changes,
    ) -> Absent {
        let cluster = self.cluster_mut(index);
        let held = cluster.held_withdrawals.remove(&source);
        let was_held = held.is_some();
        let held = held.unwrap_or_default();
        // What the list before did not have either is believed now.
        absent.services.retain(|key| !held.services.contains(key));
        absent.nodes.retain(|name| !held.nodes.contains(name));
        let [of_services, of_nodes] = absent.of;
        if !cluster.guards_against(absent.services.len(), of_services) {
            absent.services.clear();
        }
        if !cluster.guards_against(absent.nodes.len(), of_nodes) {
            absent.nodes.clear();
        }
        let (services, nodes) = (absent.services.clone(), absent.nodes.clone());
        let is_held = !services.is_empty() || !nodes.is_empty();
        if is_held {
            let of = if services.is_empty() { of_nodes } else { of_services };
            let since = if was_held { held.since } else { now };
            cluster.held_withdrawals.insert(source, HeldWithdrawal { since, services, nodes, of });
            changes.relists.push(cluster.name.clone());
        }
        if is_held || was_held {
            self.complain_about_cluster(index);
        }
        absent
    }

    /// Whether something that an earlier run kept, and that a cluster does not list, is to be kept
    /// until it has listed everything once more.
    pub(super) fn holds_former(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        changes: &mut Changes,
    ) -> bool {
        let cluster = self.cluster(index);
        let is_asked =
            cluster.has_former() || cluster.held_withdrawals.contains_key(&SourceId::FORMER);
        let Some(restored) = cluster.restored.filter(|_| is_asked) else { return false };
        let former = cluster.nodes.iter().filter(|(_, (source, _))| *source == SourceId::FORMER);
        let absent = Absent {
            services: self.former_keys(index).collect(),
            nodes: former.map(|(name, _)| name.clone()).collect(),
            of: restored.of,
        };
        let held = self.hold(index, SourceId::FORMER, now, absent, changes);
        !held.services.is_empty() || !held.nodes.is_empty()
    }
}
