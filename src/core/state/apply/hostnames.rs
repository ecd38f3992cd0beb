//! What a change of knowledge about hostnames does to shards, and a change of shards to hostnames.
//!
//! In: resolutions, other zones of ours, the passing of time, shards. Out: the shards that name such a
//! hostname evaluated again, or said otherwise to askers in their cluster, and no others; requests to
//! the world. Not asked for are names in zones of ours, which are followed here, and those of a cluster
//! itself, which mean something else outside. Does not know how long what is known of one holds.

use std::collections::BTreeSet;

use crate::core::complaint::Flaw;
use crate::core::hostname::{Known, Resolution};
use crate::core::policy::{ClusterPolicy, Eligibility, Publish};
use crate::core::service::{ServiceFacts, Shard};
use crate::core::state::State;
use crate::core::state::changes::{ChangedService, Changes};
use crate::core::state::deadlines::Deadline;
use crate::core::state::dependents::{
    Dependent, Hostname, HostnameFacts, HostnameState, KeptHostname, Keys, Links,
    MAX_EXTERNAL_NAMES, ResolvedAlias, Subject,
};
use crate::core::state::subjects::namespace_of;
use crate::core::time::Now;
use crate::core::topology::ClusterIndex;

/// A hostname: lower-cased, without the final dot.
type Name = Box<str>;

/// A shard that names hostnames, as it was before more was known of them.
struct Before {
    dependent: Dependent,
    shard: Shard,
    eligibilities: [Eligibility; 2],
    alias: ResolvedAlias,
}

impl State {
    /// Takes in what came of asking for a hostname. One that is not wanted says nothing.
    pub fn resolve(&mut self, now: Now, hostname: &str, resolution: Resolution) -> Changes {
        let mut changes = self.advance(now);
        let wanted = self.hostnames.find(hostname).filter(|it| it.facts().is_asked());
        let Some(wanted) = wanted else { return changes };
        let kept = wanted.facts().keep(hostname);
        let name = Box::from(hostname);
        self.evaluate_around(std::slice::from_ref(&name), &mut changes, |state| {
            let is_own = |name: &str| state.policy.owns(name);
            let now = now.moment;
            state.hostnames.change(now, &name, |facts| facts.learn(now, resolution, is_own));
        });
        if self.keep_hostname(hostname) != kept {
            self.hostnames.touch();
        }
        self.tell_complaints(&mut changes);
        changes
    }

    fn keep_hostname(&self, name: &str) -> Option<KeptHostname> {
        self.hostnames.find(name)?.facts().keep(name)
    }

    /// What is kept of hostnames.
    pub(super) fn keep_hostnames(&self) -> Vec<KeptHostname> {
        self.hostnames.iter().filter_map(|(name, wanted)| wanted.facts().keep(name)).collect()
    }

    /// Takes in what an earlier run kept of hostnames that are wanted.
    pub(super) fn restore_hostnames(&mut self, kept: Vec<KeptHostname>, changes: &mut Changes) {
        let is_wanted = |kept: &KeptHostname| {
            self.hostnames.find(kept.name()).is_some_and(|it| it.facts().is_asked())
        };
        let kept: Vec<_> = kept.into_iter().filter(is_wanted).collect();
        let names: Vec<Box<str>> = kept.iter().map(|kept| kept.name().into()).collect();
        self.evaluate_around(&names, changes, |state| {
            let (now, policy) = (state.deadlines.now(), &state.policy);
            let is_own = |name: &str| policy.owns(name);
            for (name, kept) in names.iter().zip(kept) {
                state.hostnames.change(now, name, |facts| facts.restore(now, kept, is_own));
            }
        });
    }

    /// What is known of a hostname that some shard names.
    pub fn hostname(&self, name: &str) -> Option<&Hostname> {
        self.hostnames.find(name)
    }

    /// All hostnames that shards name, in their order.
    pub fn hostnames(&self) -> impl Iterator<Item = (&str, &Hostname)> {
        self.hostnames.iter().map(|(name, hostname)| (&**name, hostname))
    }

    /// How many hostnames do how.
    pub fn hostname_counts(&self) -> impl Iterator<Item = (HostnameState, u64)> {
        HostnameState::ALL.into_iter().map(|state| (state, self.hostnames.count(state)))
    }

    /// Evaluates a cluster's shard of the service with this key by its entry, what is known of its hostnames and
    /// what the operator says of the service. Drains of the cluster or of places are no matter of the shard.
    pub fn evaluate(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
        publish: Publish,
    ) -> Eligibility {
        let eligibility = self.evaluate_by(&self.cluster(cluster).policy, key, shard, publish);
        self.overrule(cluster, key, shard, eligibility)
    }

    /// Evaluates a shard by any entry alone.
    pub(super) fn evaluate_by(
        &self,
        policy: &ClusterPolicy,
        key: &[u8],
        shard: &Shard,
        publish: Publish,
    ) -> Eligibility {
        policy.evaluate(namespace_of(key), shard, publish, |name| self.known(policy, name))
    }

    /// What a cluster with this entry may rely on of a hostname.
    pub(super) fn known(&self, policy: &ClusterPolicy, name: &str) -> Known {
        let (limit, now) = (policy.hostname_stale_limit, self.deadlines.now());
        let hostname = self.hostnames.find(name);
        hostname.map_or(Known::Untried, |it| it.facts().known(limit, now))
    }

    /// Lets time pass to `now`, by which these hostnames count no more for some cluster.
    pub(in crate::core::state) fn pass_time(
        &mut self,
        now: Now,
        ended: &[Name],
        changes: &mut Changes,
    ) {
        if ended.is_empty() {
            self.deadlines.pass(now);
        } else {
            self.evaluate_around(ended, changes, |state| state.deadlines.pass(now));
        }
    }

    /// Zones of ours have changed.
    pub(super) fn move_hostnames(&mut self, changes: &mut Changes) {
        let policy = self.policy.clone();
        let is_own = |name: &str| policy.owns(name);
        let moved = self.hostnames.iter().filter(|(name, it)| it.facts().has_moved(name, is_own));
        let moved: Vec<_> = moved.map(|(name, _)| name.clone()).collect();
        let mut requests = Vec::new();
        self.evaluate_around(&moved, changes, |state| {
            let now = state.deadlines.now();
            for name in &moved {
                let change = |facts: &mut HostnameFacts| facts.move_zones(name, is_own);
                requests.extend(state.hostnames.change(now, name, change));
            }
        });
        changes.resolve_requests.append(&mut requests);
    }

    /// Keeps which hostnames a shard names.
    pub(super) fn link_hostnames(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        new: &Shard,
        changes: &mut Changes,
    ) {
        let is_named = |shard: &Shard| shard.facts().is_some_and(ServiceFacts::has_hostnames);
        // Nearly all shards have addresses: storing them is to cost nothing here.
        if self.hostnames.is_empty() && !is_named(new) {
            return;
        }
        let old = self.index.shard_with_hostnames(key, cluster);
        if old.is_none() && !is_named(new) {
            return;
        }
        let facts = old.iter().filter_map(Shard::facts);
        let before = facts.clone().flat_map(ServiceFacts::hostnames).map(Into::into).collect();
        let policy = &self.cluster(cluster).policy;
        let after = policy.wanted_hostnames(namespace_of(key), new).map(Into::into).collect();
        let former = facts.filter_map(ServiceFacts::external_name).map(Into::into).next();
        let alias = old.as_ref().map(|old| self.resolved_alias(cluster, key, old));
        let dependent = Dependent { cluster, key: key.into() };
        self.link_names(&dependent, Links { before, after }, former, new, changes);
        if alias.unwrap_or_default() != self.resolved_alias(cluster, key, new) {
            changes.local_services.push(ChangedService::of_shard(dependent.key, cluster));
        }
    }

    /// What changes with a shard that names hostnames: those of its load balancer, and the name that
    /// its Service stands for. One name may be both, one after the other.
    fn link_names(
        &mut self,
        dependent: &Dependent,
        mut links: Links<Name>,
        former: Option<Name>,
        new: &Shard,
        changes: &mut Changes,
    ) {
        let Dependent { cluster, key } = dependent;
        let name = self.external_name(*cluster, new).map(Name::from);
        if former.is_none() && name.is_none() {
            return self.link(dependent, &links, changes);
        }
        let shifted = self.externals.change(*cluster, key, former.as_deref(), name.as_deref());
        let within = |name: &Name| !self.externals.is_beyond(*cluster, name);
        links.after.extend(name.into_iter().filter(within));
        links.before.extend(former);
        self.link(dependent, &links, changes);
        for (name, keys) in shifted.left {
            let links = Links { before: BTreeSet::from([name]), ..Links::default() };
            self.shift(*cluster, keys, &links, changes);
        }
        for (name, keys) in shifted.entered {
            let links = Links { after: BTreeSet::from([name]), ..Links::default() };
            self.shift(*cluster, keys, &links, changes);
        }
    }

    /// Names have crossed the limit of a cluster: what its Services stand for is asked, or no more.
    fn shift(
        &mut self,
        cluster: ClusterIndex,
        keys: Keys,
        links: &Links<Name>,
        changes: &mut Changes,
    ) {
        for key in keys {
            let dependent = Dependent { cluster, key };
            self.link(&dependent, links, changes);
            let key = dependent.key;
            if let Some(shard) = self.index.shard(&key, cluster) {
                self.complain_about_shard(cluster, &key, &shard);
            }
            changes.local_services.push(ChangedService::of_shard(key, cluster));
        }
    }

    /// Keeps that a shard names these hostnames now, and no more those of before.
    fn link(&mut self, dependent: &Dependent, links: &Links<Name>, changes: &mut Changes) {
        let (now, policy) = (self.deadlines.now(), &self.policy);
        let known = |name: &Name| HostnameFacts::new(policy.owns(name));
        self.hostnames.link(now, dependent, links, known, &mut changes.resolve_requests);
        links.after.iter().chain(&links.before).for_each(|name| self.reckon(name));
    }

    /// Looks again at which names are asked for: what is ours, or who takes part, is otherwise now.
    pub(super) fn link_externals_again(&mut self, changes: &mut Changes) {
        let found: Vec<_> = self
            .index
            .with_hostnames()
            .map(|(key, cluster, shard)| (Box::<[u8]>::from(key), cluster, shard))
            .collect();
        for (key, cluster, shard) in found {
            self.link_hostnames(&key, cluster, &shard, changes);
            self.complain_about_shard(cluster, &key, &shard);
            // Which names are ours is otherwise now: what was known by then is no measure.
            if shard.facts().and_then(ServiceFacts::external_name).is_some() {
                changes.local_services.push(ChangedService::of_shard(key, cluster));
            }
        }
    }

    /// What is known of the name that a cluster's Service stands for.
    pub fn resolved_alias(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
    ) -> ResolvedAlias {
        let name = shard.facts().and_then(ServiceFacts::external_name);
        let hostname = name.and_then(|name| self.hostnames.find(name));
        let Some(hostname) = hostname.filter(|it| it.has_dependent(cluster, key)) else {
            return ResolvedAlias::default();
        };
        let limit = self.cluster(cluster).policy.hostname_stale_limit;
        let is_own = |name: &str| self.policy.owns(name);
        hostname.facts().resolved_alias(limit, self.deadlines.now(), is_own)
    }

    /// What is wrong with the name that a Service stands for.
    pub(super) fn external_flaw(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
    ) -> Option<Flaw> {
        let name = self.external_name(cluster, shard)?;
        if self.externals.is_beyond(cluster, name) {
            return Some(Flaw::ExternalNamesTooMany(name.into(), MAX_EXTERNAL_NAMES));
        }
        let hostname = self.hostnames.find(name).filter(|it| it.has_dependent(cluster, key))?;
        hostname.facts().is_hopeless().then(|| Flaw::ExternalNameUnresolved(name.into()))
    }

    /// The name that a shard stands for to askers in its cluster, where it is asked of resolvers.
    fn external_name<'s>(&self, cluster: ClusterIndex, shard: &'s Shard) -> Option<&'s str> {
        let is_reachable = self.policy.serves_inside(shard.takes_part()?);
        let name = shard.facts().and_then(ServiceFacts::external_name);
        let is_inside = |name: &str| self.cluster(cluster).policy.has_inside(name);
        name.filter(|name| is_reachable && !is_inside(name) && !self.policy.owns(name))
    }

    /// Sets when time alone changes what counts of a hostname.
    fn reckon(&mut self, name: &Name) {
        let clusters = &self.clusters;
        let limit = |index: ClusterIndex| clusters.get(index).policy.hostname_stale_limit;
        let end = self.hostnames.reckon(self.deadlines.now(), name, limit);
        self.deadlines.set(Deadline::Hostname(name.clone()), end);
    }

    /// Changes what is known of hostnames, and evaluates the shards that name them again. Those
    /// that are evaluated as before are not compiled again.
    fn evaluate_around(
        &mut self,
        names: &[Name],
        changes: &mut Changes,
        change: impl FnOnce(&mut Self),
    ) {
        let before = |dependent: Dependent| {
            let Dependent { cluster, key } = &dependent;
            let shard = self.index.shard(key, *cluster)?;
            let eligibilities = self.evaluate_all(*cluster, key, &shard);
            let alias = self.resolved_alias(*cluster, key, &shard);
            Some(Before { dependent, shard, eligibilities, alias })
        };
        let dependents = self.hostnames.dependents_of(names);
        let all: Vec<_> = dependents.into_iter().filter_map(before).collect();
        change(self);
        names.iter().for_each(|name| self.reckon(name));
        for Before { dependent: Dependent { cluster, key }, shard, eligibilities, alias } in all {
            if self.resolved_alias(cluster, &key, &shard) != alias {
                changes.local_services.push(ChangedService::of_shard(key.clone(), cluster));
            }
            if self.evaluate_all(cluster, &key, &shard) == eligibilities {
                self.complain_about_shard(cluster, &key, &shard);
            } else {
                self.store_shard(&key, cluster, &eligibilities, &shard, changes);
            }
        }
    }
}

#[cfg(test)]
mod tests;
