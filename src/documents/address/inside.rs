//! Services that have an address inside their own cluster, and whether askers there get it.
//!
//! In: a service's shards. Out: a row for each cluster. What askers get is what a query of the name finds when
//! it is asked at that cluster's listener. Does not know load balancers.

use std::net::Ipv4Addr;

use crate::core::answer::{Alias, Data, Node, look_up};
use crate::core::asker::Asking;
use crate::core::compiled::AddressBuffer;
use crate::core::name::QueryName;
use crate::core::policy::Federation;
use crate::core::service::{Exclusion, Inside, ServiceFacts, Shard};
use crate::core::state::Cluster;

use super::{AddressInside, Named, holds};

impl Named<'_> {
    /// A row for each cluster inside of which a Service has it.
    pub(super) fn inside(&self) -> Vec<AddressInside> {
        let state = self.input.state;
        let having = self.shards.iter().filter(|(_, shard)| self.has_inside(shard));
        let rows = having.map(|(index, shard)| {
            let cluster = state.cluster(*index);
            let federations = state.policy().federations.iter();
            let federations = federations.filter(|it| self.is_got(it, cluster));
            let federations: Vec<_> = federations.map(|it| it.name.to_string()).collect();
            let facts = shard.facts().filter(|_| federations.is_empty());
            AddressInside {
                namespace: self.key.namespace.to_string(),
                name: self.key.name.to_string(),
                cluster: cluster.name.to_string(),
                reason: facts.map(|facts| self.reason_inside(shard, facts)),
                federations,
            }
        });
        rows.collect()
    }

    fn has_inside(&self, shard: &Shard) -> bool {
        let Some(facts) = shard.facts() else { return false };
        match &facts.inside {
            Inside::ClusterIps(addresses) => addresses.contains(&self.address),
            Inside::Headless => {
                let mut endpoints = shard.slices.iter().flat_map(|it| &it.facts.endpoints);
                endpoints.any(|endpoint| endpoint.address == self.address)
            }
            Inside::ExternalName(name) => self.is_behind(self.input.state, name),
            Inside::Unassigned => false,
        }
    }

    /// Whether askers in the cluster get it by the service's name in a federation.
    fn is_got(&self, federation: &Federation, cluster: &Cluster) -> bool {
        let mut octets = self.wire.to_vec();
        federation.name.write_wire(&mut octets);
        octets.extend_from_slice(b"\x03svc");
        octets.extend_from_slice(cluster.policy.cluster_domain.wire());
        let mut name = QueryName::default();
        if name.read(&octets, 0).is_err() {
            return false;
        }
        let client = Ipv4Addr::LOCALHOST.into();
        let asking = Asking { client, listener: Some(&cluster.name), id: None };
        let gathered = &mut AddressBuffer::default();
        let found = look_up(self.input.snapshot, &name, &asking, gathered);
        match found.map(|it| it.node) {
            Some(Node::Data(Data::InCluster(set))) => holds(set, self.address),
            Some(Node::Alias(Alias::External(it))) => holds(it.addresses, self.address),
            _ => false,
        }
    }

    /// Why they do not.
    fn reason_inside(&self, shard: &Shard, facts: &ServiceFacts) -> String {
        let serves = self.input.state.policy().serves_inside(facts.is_labelled);
        let reason = match facts {
            ServiceFacts { is_opted_out: true, .. } => Exclusion::OptedOut,
            ServiceFacts { is_deleting: true, .. } => Exclusion::Deleting,
            _ if !serves => Exclusion::NotLabelled,
            _ if shard.ready_endpoints() == 0 && facts.external_name().is_none() => {
                Exclusion::NoReadyEndpoint
            }
            _ => return "it is not answered to them".to_owned(),
        };
        reason.to_string()
    }
}
