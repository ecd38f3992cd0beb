//! Names inside clusters, `svc.ns.F.svc.<clusterDomain>`: what the asking cluster should use.
//!
//! In: who asks, and a name in one of those zones. Out: what the asker's own cluster has; else the
//! alias of the service's canonical name at the asker's place.
//! Does not know how an asker is told, nor what is answered at the canonical name.

use crate::core::asker::Asker;
use crate::core::compiled::{InClusterEntry, has_namespace};
use crate::core::name::{QueryName, is_host_label};
use crate::core::policy::Publish;
use crate::core::snapshot::DnsZone;
use crate::core::view::ViewId;

use super::super::decode::Keyed;
use super::fallback_chain::FallbackChain;
use super::{Alias, Data, ForeignData, Found, Node, ZoneName};

impl<'a> ZoneName<'a> {
    /// What the name is to an asker, in a zone inside clusters. `canonical` is the zone of the domain of
    /// the zone's one federation.
    #[inline(always)]
    pub(in super::super) fn look_up_in_cluster(
        &self,
        service: Option<&Keyed>,
        asker: &Asker,
        canonical: &'a DnsZone,
    ) -> Found<'a> {
        if let Some(data) = self.own() {
            return Found::node(Node::Data(data));
        }
        match service {
            Some(keyed) => self.service(keyed, asker, canonical),
            None if self.left == 1 => Found::node(self.namespace(asker)),
            // Ports and endpoints have no names, so nothing stands below a service's name.
            None => Found::node(self.nothing()),
        }
    }

    #[inline(always)]
    fn service(&self, keyed: &Keyed, asker: &Asker, canonical: &'a DnsZone) -> Found<'a> {
        let (snapshot, view) = (self.snapshot, self.view());
        let key = self.name.labels(keyed.shape.key());
        // Both tables hash alike.
        let record = || snapshot.in_cluster.find_hashed(key, keyed.hash);
        let entry = asker.cluster.and_then(|it| InClusterEntry::of(record()?, it, view));
        match entry {
            Some(InClusterEntry::Addresses(set)) => {
                return Found::node(Node::Data(Data::InCluster(set)));
            }
            Some(InClusterEntry::External(external)) => {
                return Found::node(Node::Alias(Alias::External(external)));
            }
            Some(InClusterEntry::Unready) | None => {}
        }
        // Whoever is sent elsewhere must not be sent back a moment later.
        let is_guess = snapshot.unknown.is_own_guess(asker.cluster, asker.is_by_source());
        if is_guess && self.has_host_labels() {
            return Found::node(Node::Unknown);
        }
        let service = FallbackChain::from_in_cluster(self, canonical, keyed, asker.location);
        if let Some(service) = service.and_then(FallbackChain::that_fits) {
            // It leads, or falls back, to a name that a static zone decides on: looked up like any other.
            if service.is_written() {
                let alias = service.named_at(service.location, snapshot.in_cluster_ttl);
                return Found::node(Node::Alias(Alias::Written(alias)));
            }
            return Found { service: Some(service), node: Node::Alias(Alias::Canonical) };
        }
        Found::node(match entry {
            _ if snapshot.unknown.has_names && self.has_host_labels() => Node::Unknown,
            Some(_) => Node::Data(Data::Unready),
            None => self.nothing(),
        })
    }

    /// What a name is that is none of a Service.
    fn nothing(&self) -> Node<'a> {
        if self.is_above_zone_or_host() { Node::EmptyNonTerminal } else { Node::Nothing }
    }

    /// What a namespace is: it exists where a service in it does (RFC 8020).
    fn namespace(&self, asker: &Asker) -> Node<'a> {
        let (snapshot, view) = (self.snapshot, self.view());
        let label = self.name.labels(0..1);
        let has_own =
            |cluster| InClusterEntry::find(&snapshot.in_cluster, label, cluster, view).is_some();
        if has_namespace(&snapshot.table, label, view) || asker.cluster.is_some_and(has_own) {
            Node::EmptyNonTerminal
        } else if snapshot.unknown.has_names && self.has_host_labels() {
            Node::Unknown
        } else {
            self.nothing()
        }
    }

    /// The view of the zone's one federation.
    fn view(&self) -> ViewId {
        let federation = self.zone.federations.first();
        federation.map_or(ViewId::of(Publish::All), |federation| federation.view)
    }

    /// Whether a Service could be called so.
    fn has_host_labels(&self) -> bool {
        (0..self.left).all(|at| is_host_label(self.name.label(at)))
    }

    /// What another name is that Kubernetes itself gives a Service, `svc.ns.svc.<clusterDomain>`, with the
    /// domain of this name's zone, where the asker's cluster has it and it is of use now.
    pub(in super::super) fn look_up_by_kubernetes(
        &self,
        asker: &Asker,
        other: &QueryName,
    ) -> Option<Node<'a>> {
        if !self.zone.is_in_cluster() {
            return None;
        }
        // The zone is `F.svc.<clusterDomain>`.
        let apex = self.zone.apex.wire();
        let svc = &apex[1 + usize::from(apex[0])..];
        let depth = other.label_count().checked_sub(2)?;
        if other.suffix(depth) != svc {
            return None;
        }
        // Kubernetes itself answers for every Service, labelled or not.
        let (table, view) = (&self.snapshot.in_cluster, ViewId::of(Publish::All));
        match InClusterEntry::find(table, other.labels(0..2), asker.cluster?, view)? {
            InClusterEntry::Addresses(addresses) => {
                Some(Node::Data(Data::Foreign(ForeignData { addresses, limit: u32::MAX })))
            }
            InClusterEntry::External(external) => Some(Node::Alias(Alias::External(external))),
            InClusterEntry::Unready => None,
        }
    }
}

impl FallbackChain<'_> {
    /// The chain from the first of its locations whose name exists, from its own outwards.
    fn that_fits(mut self) -> Option<Self> {
        if !self.exists(self.location) {
            self.location = self.wider(self.location);
        }
        self.fits(self.location).then_some(self)
    }
}
