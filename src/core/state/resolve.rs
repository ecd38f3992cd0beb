//! What a change of knowledge about hostnames does to shards.
//!
//! In: resolutions, other zones of ours, the passing of time. Out: the shards that name such a
//! hostname evaluated again, or said otherwise to askers in their cluster, and no others. Does not know how long what is known of one holds.

use std::collections::BTreeSet;

use crate::core::complaint::Flaw;
use crate::core::hostname::{Known, Resolution};
use crate::core::policy::{ClusterPolicy, Eligibility, Publish};
use crate::core::service::{Ingress, ServiceFacts, ServiceType, Shard};
use crate::core::time::Moment;

use super::State;
use super::changes::Changes;
use super::cluster::ClusterIndex;
use super::hostnames::{Hostname, HostnameState, KeptHostname, User};
use super::objects::namespace_of;

impl State {
    /// Takes in what came of asking for a hostname. One that is not wanted says nothing.
    pub fn resolve(&mut self, now: Moment, hostname: &str, resolution: Resolution) -> Changes {
        let mut changes = self.advance(now);
        if !self.hostnames.is_wanted(hostname) {
            return changes;
        }
        let kept = self.hostnames.keep(hostname);
        self.evaluate_around(&[hostname.into()], &mut changes, |state| {
            let policy = &state.policy;
            state.hostnames.learn(now, hostname, resolution, |name| policy.owns(name));
        });
        if self.hostnames.keep(hostname) != kept {
            self.services_revision += 1;
        }
        self.tell_complaints(&mut changes);
        changes
    }

    /// What is kept of hostnames.
    pub(super) fn keep_hostnames(&self) -> Vec<KeptHostname> {
        self.hostnames.iter().filter_map(|(name, _)| self.hostnames.keep(name)).collect()
    }

    /// Takes in what an earlier run kept of hostnames that are wanted.
    pub(super) fn restore_hostnames(&mut self, kept: Vec<KeptHostname>, changes: &mut Changes) {
        let is_wanted = |kept: &KeptHostname| self.hostnames.is_wanted(kept.name());
        let kept: Vec<_> = kept.into_iter().filter(is_wanted).collect();
        let names: Vec<Box<str>> = kept.iter().map(|kept| kept.name().into()).collect();
        self.evaluate_around(&names, changes, |state| {
            let policy = &state.policy;
            for kept in kept {
                state.hostnames.restore(state.now, kept, |name| policy.owns(name));
            }
        });
    }

    /// What is known of a hostname that some shard names.
    pub fn hostname(&self, name: &str) -> Option<&Hostname> {
        self.hostnames.find(name)
    }

    /// All hostnames that shards name, in their order.
    pub fn hostnames(&self) -> impl Iterator<Item = (&str, &Hostname)> {
        self.hostnames.iter()
    }

    /// How many hostnames do how.
    pub fn hostname_counts(&self) -> impl Iterator<Item = (HostnameState, u64)> {
        self.hostnames.counts()
    }

    /// Evaluates a shard by its cluster's entry and what is known of its hostnames.
    pub fn evaluate(
        &self,
        cluster: ClusterIndex,
        namespace: &str,
        shard: &Shard,
        publish: Publish,
    ) -> Eligibility {
        self.evaluate_by(&self.cluster(cluster).policy, namespace, shard, publish)
    }

    /// Evaluates a shard by any entry.
    pub(super) fn evaluate_by(
        &self,
        policy: &ClusterPolicy,
        namespace: &str,
        shard: &Shard,
        publish: Publish,
    ) -> Eligibility {
        policy.evaluate(namespace, shard, publish, |name| self.known(policy, name))
    }

    /// What a cluster with this entry may rely on of a hostname.
    pub(super) fn known(&self, policy: &ClusterPolicy, name: &str) -> Known {
        self.hostnames.known(name, policy.hostname_stale_limit, self.now)
    }

    /// Lets time pass for what is known of hostnames.
    pub(super) fn pass_time(&mut self, now: Moment, changes: &mut Changes) {
        let ended = self.hostnames.ended(now);
        let now = self.now.max(now);
        if ended.is_empty() {
            self.now = now;
        } else {
            self.evaluate_around(&ended, changes, |state| state.now = now);
        }
    }

    /// Zones of ours have changed.
    pub(super) fn move_hostnames(&mut self, changes: &mut Changes) {
        let policy = self.policy.clone();
        let is_own = |name: &str| policy.owns(name);
        let moved = self.hostnames.moved(is_own);
        let mut resolve_requests = Vec::new();
        self.evaluate_around(&moved, changes, |state| {
            for name in &moved {
                state.hostnames.move_one(state.now, name, is_own, &mut resolve_requests);
            }
        });
        changes.resolve_requests.append(&mut resolve_requests);
    }

    /// Keeps which hostnames a shard names.
    pub(super) fn link_hostnames(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        new: &Shard,
        changes: &mut Changes,
    ) {
        let is_named = |shard: &Shard| shard.service.iter().any(|(_, it)| it.has_hostnames());
        // Nearly all shards have addresses: storing them is to cost nothing here.
        if self.hostnames.is_empty() && !is_named(new) {
            return;
        }
        let stored = self.services.find(key).and_then(|entry| entry.shard(cluster));
        let old = stored.filter(|it| it.has_hostnames).map(|it| it.unpack());
        if old.is_none() && !is_named(new) {
            return;
        }
        let facts = old.iter().flat_map(|shard| &shard.service).map(|(_, facts)| facts);
        let former = facts.clone().flat_map(ServiceFacts::hostnames).map(Into::into).collect();
        let policy = &self.cluster(cluster).policy;
        let names = policy.wanted_hostnames(namespace_of(key), new).map(Into::into).collect();
        let external = facts.filter_map(ServiceFacts::external_name).map(Into::into).next();
        self.link_names(key, cluster, (former, names), (external, new), changes);
    }

    /// Keeps that a shard names these hostnames now, and no more those of before.
    pub(super) fn link(
        &mut self,
        user: &User,
        (before, names): (&BTreeSet<Box<str>>, &BTreeSet<Box<str>>),
        changes: &mut Changes,
    ) {
        let owner = &self.policy;
        let is_own = |name: &str| owner.owns(name);
        self.hostnames.link(self.now, user, (before, names), is_own, &mut changes.resolve_requests);
        names.iter().chain(before).for_each(|name| self.reckon(name));
    }

    /// What policy refuses of a shard, and what is wrong with its hostnames.
    pub(super) fn refused(&self, policy: &ClusterPolicy, key: &[u8], shard: &Shard) -> Vec<Flaw> {
        let Some((_, facts)) = &shard.service else { return Vec::new() };
        if facts.service_type != ServiceType::LoadBalancer || facts.is_opted_out {
            return Vec::new();
        }
        if !policy.admits_namespace(namespace_of(key)) {
            return vec![Flaw::NamespaceRefused];
        }
        let mut flaws = Vec::new();
        for entry in &facts.ingress {
            match entry {
                Ingress::Address(address) if policy.admits_address(*address) => {}
                Ingress::Address(address) => flaws.push(Flaw::AddressRefused(*address)),
                Ingress::Hostname(name) => {
                    flaws.extend(self.hostnames.flaw(name));
                    if let Known::Addresses { found, .. } = self.known(policy, name) {
                        let refused = found.into_iter().filter(|it| !policy.admits_address(*it));
                        let flaw = |it| Flaw::HostnameAddressRefused(name.clone(), it);
                        flaws.extend(refused.map(flaw));
                    }
                }
            }
        }
        flaws
    }

    fn reckon(&mut self, name: &str) {
        let clusters = &self.clusters;
        let limit = |index: ClusterIndex| {
            clusters[usize::from(index.0)].as_ref()?.policy.hostname_stale_limit
        };
        self.hostnames.reckon(self.now, name, limit);
    }

    /// Changes what is known of hostnames, and evaluates the shards that name them again. Those
    /// that are evaluated as before are not compiled again.
    fn evaluate_around(
        &mut self,
        names: &[Box<str>],
        changes: &mut Changes,
        change: impl FnOnce(&mut Self),
    ) {
        let publish = self.widest_class();
        let users = self.hostnames.users_of(names);
        let evaluated = |(cluster, key): User| {
            let shard = self.shard(&key, cluster)?;
            let before = self.evaluate(cluster, namespace_of(&key), &shard, publish);
            let resolved_alias = self.resolved_alias(cluster, &key, &shard);
            Some((cluster, key, shard, (before, resolved_alias)))
        };
        let evaluated: Vec<_> = users.into_iter().filter_map(evaluated).collect();
        change(self);
        names.iter().for_each(|name| self.reckon(name));
        for (cluster, key, shard, (before, resolved_alias)) in evaluated {
            if self.resolved_alias(cluster, &key, &shard) != resolved_alias {
                changes.local_services.push(key.clone());
            }
            let after = self.evaluate(cluster, namespace_of(&key), &shard, publish);
            if after == before {
                self.complain_about_shard(cluster, &key, &shard);
            } else {
                self.note_move(&key, cluster, &before, after, changes);
                self.store_shard(&key, cluster, &shard, changes);
            }
        }
    }
}
