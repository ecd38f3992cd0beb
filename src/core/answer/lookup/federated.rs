//! Names of a federation's domain: services' names at locations, and what stands between those and the
//! apex.
//!
//! In: a name, and the service whose name it has the shape of. Out: what it is; what answers at a service's
//! name is gathered. Does not know who asks, nor what a service holds.

use std::ops::Range;

use crate::core::compiled::AddressBuffer;
use crate::core::name::grammar::{InnerName, SVC, ServiceName};
use crate::core::name::is_host_label;

use super::super::decode::Keyed;
use super::fallback_chain::FallbackChain;
use super::inner_name::is_above_service;
use super::{Found, Node, ZoneName};

impl<'a> ZoneName<'a> {
    /// What the name is, in a federation's domain.
    // On the way of every answer: what it gives is large, and costs a tenth of one to hand over.
    #[inline(always)]
    pub(in super::super) fn look_up_federated(
        &self,
        keyed: Option<&Keyed>,
        gathered: &mut AddressBuffer,
    ) -> Found<'a> {
        if let Some(data) = self.own() {
            return Found::node(Node::Data(data));
        }
        let find = |keyed| FallbackChain::find(self.snapshot, self.zone, self.name, keyed);
        match keyed.and_then(find) {
            Some(service) => {
                let node = service.node(service.location, gathered);
                Found { service: Some(service), node }
            }
            None => Found::node(self.no_service()),
        }
    }

    /// What a name below the apex is that is neither a name server's nor a published service's.
    #[inline(always)]
    fn no_service(&self) -> Node<'a> {
        if self.is_inner_name() {
            Node::EmptyNonTerminal
        } else if self.snapshot.unknown.has_names && self.may_exist() {
            Node::Unknown
        } else {
            Node::Nothing
        }
    }

    /// Whether something exists below the name, so that it exists itself.
    #[inline(never)]
    fn is_inner_name(&self) -> bool {
        self.is_above_zone_or_host()
            || is_above_service(self.snapshot, self.zone, self.name, self.left)
    }

    /// Whether the name has a shape in which a cluster could still make it exist.
    #[inline(never)]
    fn may_exist(&self) -> bool {
        self.may_be_service()
            || InnerName::readings(self.name, self.left).any(|reading| {
                reading.namespace.is_none_or(|at| self.is_label(at))
                    && reading.federation.is_none_or(|at| self.is_federation(at))
                    && self.may_be_place(reading.location)
            })
    }

    /// Whether the name has the shape of a service's.
    #[inline(never)]
    pub(in super::super) fn may_be_service(&self) -> bool {
        ServiceName::read(self.name, self.left).is_some_and(|it| {
            let has_no_port = it.service() == 0;
            has_no_port
                && it.key().all(|at| self.is_label(at))
                && self.is_federation(it.federation())
                && self.may_be_place(it.location())
        })
    }

    fn is_label(&self, at: usize) -> bool {
        is_host_label(self.name.label(at))
    }

    fn is_federation(&self, at: usize) -> bool {
        self.zone.federation(self.name.label(at)).is_some()
    }

    fn may_be_place(&self, mut labels: Range<usize>) -> bool {
        labels.all(|at| self.is_label(at) && self.name.label(at) != SVC)
    }
}
