//! What ground state itself finds wrong: with shards, clusters, federations, and names that are too
//! long or called like something else.
//!
//! In: shards, entries and policy, after one of them changed. Out: complaints in their sink, and those
//! that are new in [`Changes`]. Does not know what sources found wrong.

use std::collections::BTreeMap;

use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::hostname::Known;
use crate::core::name::{Label, MAX_NAME, write_presentation};
use crate::core::policy::{ClusterPolicy, Federation};
use crate::core::service::{Ingress, ServiceType, Shard};
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::complaints::{Raised, Teller, Witness};
use crate::core::state::subjects::{namespace_of, service_subject};
use crate::core::topology::ClusterIndex;

impl State {
    /// Tells which complaints about clusters are new.
    pub(in crate::core::state) fn tell_complaints(&mut self, changes: &mut Changes) {
        let raised = self.complaints.take_raised();
        changes.complaints.extend(raised.into_iter().map(|Raised { cluster, subject, flaw }| {
            let cluster = Some(self.cluster(cluster).name.clone());
            Complaint { cluster, subject, flaw }
        }));
    }

    /// Says what is wrong with a cluster as a whole.
    pub(super) fn complain_about_cluster(&mut self, index: ClusterIndex) {
        let flaws = self.cluster(index).flaws();
        self.complaints.set(index, Witness::Ground, || Subject::Cluster, flaws);
    }

    /// Says what is wrong with what is wanted of federations.
    pub(in crate::core::state) fn complain_about_policy(&mut self) {
        let lonely = self.policy.federations.iter().filter(|it| it.nameservers.len() == 1);
        let complaints = lonely.map(|federation| Complaint {
            cluster: None,
            subject: Subject::Federation(federation.name.clone()),
            flaw: Flaw::SingleNameserver,
        });
        // They stand in the status; whoever reads the configuration has said so before.
        self.complaints.tell(Teller::Policy, complaints.collect());
    }

    /// Says what is wrong with a shard.
    pub(super) fn complain_about_shard(&mut self, index: ClusterIndex, key: &[u8], shard: &Shard) {
        let mut flaws = self.refused(&self.cluster(index).policy, key, shard);
        if shard.lacks_endpoints() {
            flaws.push(Flaw::EndpointsUnknown);
        }
        let facts = shard.facts();
        flaws.extend(self.external_flaw(index, key, shard));
        if key.len() > self.name_room
            && facts.is_some_and(|it| it.service_type == ServiceType::LoadBalancer)
        {
            let mut text = String::new();
            let written = write_presentation(key, &mut text);
            written.expect("writing to a string can not fail");
            flaws.push(Flaw::NameTooLong(text.trim_end_matches('.').into()));
        }
        self.complaints.set(index, Witness::Ground, || service_subject(key), flaws);
    }

    /// What policy refuses of a shard, and what is wrong with its hostnames.
    fn refused(&self, policy: &ClusterPolicy, key: &[u8], shard: &Shard) -> Vec<Flaw> {
        let Some(facts) = shard.facts() else { return Vec::new() };
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
                    flaws.extend(self.hostnames.find(&**name).and_then(|it| it.facts().flaw(name)));
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

    /// Looks again which names are too long, if the room for them has changed.
    pub(super) fn complain_about_lengths(&mut self) {
        let room = self.measure_name_room();
        let room_before = std::mem::replace(&mut self.name_room, room);
        // Keys are at most 128 octets: with room for those nothing was or is too long.
        if self.name_room != room_before && self.name_room.min(room_before) < 128 {
            let keys: Vec<_> = self.index.iter().map(|entry| entry.key.clone()).collect();
            for key in keys {
                let shards: Vec<_> = self.shards(&key).collect();
                for (cluster, shard) in shards {
                    self.complain_about_shard(cluster, &key, &shard);
                }
            }
        }
    }

    /// Octets that the longest canonical name leaves for service and namespace.
    pub(in crate::core::state) fn measure_name_room(&self) -> usize {
        let taken = |federation: &Federation| {
            let fixed = 1 + federation.name.as_str().len() + b"\x03svc".len();
            fixed + self.places().longest() + federation.domain.wire().len()
        };
        MAX_NAME.saturating_sub(self.policy.federations.iter().map(taken).max().unwrap_or(0))
    }

    /// Keeps count of the services in namespaces that are called like a federation.
    pub(super) fn count_collision(
        &mut self,
        index: ClusterIndex,
        key: &[u8],
        old: Option<&Shard>,
        new: &Shard,
    ) {
        let Some(name) = self.federation_like(key).cloned() else { return };
        let (had, has) = (old.is_some_and(|old| old.service.is_some()), new.service.is_some());
        let count = self.clusters.count_collision(index, &name, had, has);
        self.complain_about_collision(index, name, count);
    }

    /// Counts anew which namespaces are called like a federation.
    pub(super) fn recount_collisions(&mut self) {
        let indices: Vec<_> = self.clusters.by_name().map(|(_, index)| index).collect();
        for index in indices {
            let mut counts: BTreeMap<Label, u32> = BTreeMap::new();
            let of_cluster = self.index.iter().filter(|entry| {
                self.federation_like(&entry.key).is_some() && entry.shard(index).is_some()
            });
            for entry in of_cluster {
                let has_service =
                    entry.shard(index).is_some_and(|it| it.unpack().service.is_some());
                if let Some(name) = self.federation_like(&entry.key).filter(|_| has_service) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
            }
            let known = self.clusters.replace_collisions(index, counts.clone());
            known.into_keys().for_each(|name| self.complain_about_collision(index, name, 0));
            for (name, count) in counts {
                self.complain_about_collision(index, name, count);
            }
        }
    }

    /// The federation that a service's namespace is called like.
    pub(super) fn federation_like(&self, key: &[u8]) -> Option<&Label> {
        let namespace = namespace_of(key);
        let mut federations = self.policy.federations.iter().map(|federation| &federation.name);
        federations.find(|name| name.as_str() == namespace)
    }

    /// Says so where a cluster has Services in a namespace that is called like a federation.
    fn complain_about_collision(&mut self, index: ClusterIndex, name: Label, count: u32) {
        let is_real = count > 0 && self.policy.federations.iter().any(|it| it.name == name);
        let flaws =
            if is_real { vec![Flaw::FederationLikeNamespace(name.clone())] } else { Vec::new() };
        self.complaints.set(index, Witness::Ground, || Subject::Federation(name), flaws);
    }
}
