//! What a change of one shard brings with it: to answers, to askers in its cluster, to hostnames.
//!
//! In: a shard's new whole. Out: the same in the index, the moves, the namespaces that came or went,
//! and the complaints that state itself finds. Does not know which objects made the change.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::core::policy::{ClusterPolicy, Eligibility, Publish, WhenAllDown};
use crate::core::service::{ServiceFacts, ServiceKey, Shard, Tier};
use crate::core::state::changes::{ChangedService, Changes, Move, Step};
use crate::core::state::{CLASSES, State, SyncState};
use crate::core::topology::ClusterIndex;
use crate::core::view::ViewId;

impl State {
    /// Puts a shard's new whole in the place of its old one, if it differs.
    pub(super) fn set_shard(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        old: Option<Shard>,
        mut new: Shard,
        changes: &mut Changes,
    ) {
        new.shed_endpoints();
        if old.as_ref() != Some(&new) && (old.is_some() || !new.is_empty()) {
            self.put_shard(key, cluster, old, new, changes);
        }
    }

    /// Puts a shard's new whole in the place of its old one.
    pub(super) fn put_shard(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        old: Option<Shard>,
        new: Shard,
        changes: &mut Changes,
    ) {
        if old.as_ref().is_some_and(|old| old.means_as(&new)) {
            // Ground state alone holds the difference, for whoever looks.
            self.clusters.count_objects(cluster, old.as_ref(), &new);
            self.index.repack(key, cluster, &new);
            return;
        }
        let none = Shard::default();
        let before = self.evaluate_all(cluster, key, old.as_ref().unwrap_or(&none));
        self.count_collision(cluster, key, old.as_ref(), &new);
        self.note_local(cluster, key, old.as_ref(), &new, changes);
        self.clusters.count_objects(cluster, old.as_ref(), &new);
        self.store_shard(key, cluster, &before, &new, changes);
    }

    /// What a shard is in each of [`CLASSES`].
    pub(super) fn evaluate_all(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
    ) -> [Eligibility; 2] {
        CLASSES.map(|publish| self.evaluate(cluster, key, shard, publish))
    }

    /// Evaluates a shard by its cluster's new policy.
    pub(super) fn evaluate_again(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        former: &ClusterPolicy,
        changes: &mut Changes,
    ) {
        let Some(shard) = self.index.shard(key, cluster) else { return };
        let before = CLASSES.map(|publish| {
            let eligibility = self.evaluate_by(former, key, &shard, publish);
            self.overrule(cluster, key, &shard, eligibility)
        });
        self.store_shard(key, cluster, &before, &shard, changes);
        // How long what is known of a name counts may be otherwise now.
        if shard.facts().and_then(ServiceFacts::external_name).is_some() {
            changes.local_services.push(ChangedService::of_shard(key, cluster));
        }
    }

    /// Stores a shard and what policy makes of it, which made `before` of the one that it replaces.
    /// Its service is compiled anew where that is something else to answers, and else not.
    pub(super) fn store_shard(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        before: &[Eligibility; 2],
        new: &Shard,
        changes: &mut Changes,
    ) {
        self.clusters.touch_shard(cluster, key);
        self.link_hostnames(key, cluster, new, changes);
        self.link_drain(key, cluster, new);
        self.complain_about_shard(cluster, key, new);
        let after = self.evaluate_all(cluster, key, new);
        let exclusions = after.each_ref().map(|it| it.exclusion);
        let fails_open = self.policy.fails_open();
        let mut classes = before.iter().zip(&after);
        if !classes.all(|(before, after)| before.answers_as(after, fails_open)) {
            self.note_last_healthy(key, cluster, new);
            self.note_move(key, cluster, before, &after, changes);
            changes.services.push(ChangedService::of_shard(key, cluster));
        }
        let stored = self.index.put(key, cluster, exclusions, new, self.clusters.withdrawn());
        self.clusters.count_shards(cluster, stored.shards_before, stored.shards_after);
        self.note_outage(key, Some(cluster), stored.turns, changes);
        changes.namespaces.extend(stored.namespace);
    }

    /// Notes what a change of a shard is to askers in its cluster.
    fn note_local(
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
        changes.local_services.push(ChangedService::of_shard(key, index));
        let namespace = self.clusters.count_local(index, key, before.as_ref(), after.as_ref());
        changes.local_namespaces.extend(namespace);
    }

    /// Notes in words what the change does to answers. Before
    /// answers were complete, a cluster's first listing changes nothing that was said.
    fn note_move(
        &self,
        key: &[u8],
        index: ClusterIndex,
        before: &[Eligibility; 2],
        after: &[Eligibility; 2],
        changes: &mut Changes,
    ) {
        let cluster = self.cluster(index);
        let is_first = cluster.sync == SyncState::Awaited;
        if is_first && !self.is_settled() {
            return;
        }
        let class = ViewId::of(self.widest_class()).index();
        let (before, after) = (&before[class], &after[class]);
        let step = match (before.tier(), after.tier()) {
            (_, Tier::Active) if before.tier() != Tier::Active => {
                Step::Joins(after.addresses.clone())
            }
            (was, is) if was == is => match after.exclusion {
                None if before.addresses != after.addresses => {
                    Step::Readdresses(after.addresses.clone())
                }
                _ => return,
            },
            _ => match (after.exclusion, after.spare) {
                (Some(exclusion), _) => Step::Leaves(exclusion),
                (None, Some(spare)) => Step::Waits(spare),
                (None, None) => return,
            },
        };
        let Some(service) = ServiceKey::from_wire(key) else { return };
        changes.moves.push(Move { cluster: cluster.name.clone(), service, step, is_first });
    }

    /// Keeps the last active set of a service at the moment in which its last active shard goes.
    fn note_last_healthy(&mut self, key: &[u8], cluster: ClusterIndex, new: &Shard) {
        let is_wanted =
            self.policy.federations.iter().any(|it| it.when_all_down == WhenAllDown::Last);
        if !is_wanted {
            return;
        }
        let sets = CLASSES.map(|publish| {
            let before = self.active(key, publish, None);
            let after = self.active(key, publish, Some((cluster, new)));
            if !after.is_empty() {
                Vec::new()
            } else if before.is_empty() {
                self.last_healthy(key, publish).to_vec()
            } else {
                before
            }
        });
        self.index.remember_healthy(key, sets);
    }

    /// The addresses of the active shards of a service, with one shard replaced.
    fn active(
        &self,
        key: &[u8],
        publish: Publish,
        replaced: Option<(ClusterIndex, &Shard)>,
    ) -> Vec<IpAddr> {
        let stored = self
            .shards(key)
            .filter(|(cluster, _)| replaced.is_none_or(|(index, _)| index != *cluster));
        let with = replaced.map(|(cluster, shard)| (cluster, shard.clone()));
        let evaluate = |(index, shard): (ClusterIndex, Shard)| -> Eligibility {
            self.evaluate(index, key, &shard, publish)
        };
        let active = stored.chain(with).map(evaluate).filter(|it| it.tier() == Tier::Active);
        active.flat_map(|it| it.addresses).collect::<BTreeSet<_>>().into_iter().collect()
    }
}
