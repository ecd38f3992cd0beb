//! Names of a static zone, and of federations that have the same domain.
//!
//! In: a name. Out: what it is. At one owner the static zone wins whole, and its cuts and DNAMEs hide what
//! federations have below; names of federations exist like others, so that no wildcard stands for what
//! is below them (RFC 4592, section 3.3.1). Does not know types of questions, nor who asks.

use crate::core::compiled::AddressBuffer;
use crate::core::name::QueryName;
use crate::core::name::grammar::InnerName;
use crate::core::topology::PlaceMap;
use crate::core::wire::RecordType;
use crate::core::zone::{self, Cover};

use super::super::decode::{Keyed, Located};
use super::fallback_chain::FallbackChain;
use super::{Alias, Data, Delegation, Found, Node, WrittenAlias, ZoneName};

/// Most labels that names of federations have left of their apex: ports, service, namespace, federation, `svc`,
/// zone and region.
const MOST_FEDERATED: usize = 8;

/// Whether names below a name may be made of a wildcard above it.
enum Between {
    Nothing,
    Names,
    Unknown,
}

impl<'a> ZoneName<'a> {
    /// What the name is, in a static zone.
    // Apart, so that other names do not carry it.
    #[inline(never)]
    pub(in super::super) fn look_up_static(
        &self,
        keyed: Option<&Keyed>,
        gathered: &mut AddressBuffer,
    ) -> Found<'a> {
        let zone = self.zone.records.as_deref();
        let Some(found) = zone.and_then(|zone| zone.find(self.name.wire())) else {
            return Found::node(Node::Unknown);
        };
        match found.cover {
            Some(Cover::Cut(cut)) => {
                let delegation = Delegation { cut, is_cut: cut.depth() == self.left };
                return Found::node(Node::Data(Data::Delegated(delegation)));
            }
            Some(Cover::Dname(owner)) => return Found::node(self.redirected(owner)),
            None if found.is_exact && !found.closest.is_empty() => {
                return Found::node(written(found.closest));
            }
            None => {}
        }
        let beside = self.look_up_beside(keyed, gathered);
        if beside.service.is_some() || !matches!(beside.node, Node::Nothing) {
            return self.led_to_written(beside);
        }
        if found.is_exact {
            return Found::node(Node::EmptyNonTerminal);
        }
        let Some(wildcard) = found.wildcard() else { return Found::node(Node::Nothing) };
        Found::node(match self.between(found.closest.depth(), gathered) {
            Between::Nothing => written(wildcard),
            Between::Names => Node::Nothing,
            Between::Unknown => Node::Unknown,
        })
    }

    /// What the name is beside the static zone: one of a federation, or above a zone of ours.
    fn look_up_beside(&self, keyed: Option<&Keyed>, gathered: &mut AddressBuffer) -> Found<'a> {
        if !self.zone.federations.is_empty() {
            return self.look_up_federated(keyed, gathered);
        }
        Found::node(match self.is_above_zone_or_host() {
            true => Node::EmptyNonTerminal,
            false => Node::Nothing,
        })
    }

    /// What exists between the name and the one `depth` labels below the apex.
    fn between(&self, depth: usize, gathered: &mut AddressBuffer) -> Between {
        let apex = self.name.label_count() - self.left;
        let mut above = QueryName::default();
        for left in depth + 1..self.left.min(MOST_FEDERATED + 1) {
            if above.read(self.name.suffix(apex + left), 0).is_err() {
                continue;
            }
            let located = Located::within(self.snapshot, &above, self.zone_id, left);
            let name = ZoneName { name: &above, left, ..*self };
            let found = name.look_up_beside(located.service.as_ref(), gathered);
            match found.node {
                Node::Nothing if found.service.is_none() => {}
                Node::Unknown => return Between::Unknown,
                _ => return Between::Names,
            }
        }
        Between::Nothing
    }

    /// A name below one that owns DNAME (RFC 6672, section 2.2): the labels before that, and what it leads to.
    fn redirected(&self, owner: zone::Node<'a>) -> Node<'a> {
        let Some(set) = owner.set(RecordType::DNAME) else { return Node::Unknown };
        let before = self.name.labels(0..self.left - owner.depth());
        Node::Alias(Alias::Written(WrittenAlias {
            start: [before, &[]],
            rest: set.first(),
            ttl: set.ttl,
            dname: Some(owner),
        }))
    }

    /// A service's name whose fallback leads to a name that the static zone decides on: as alias of that, so that
    /// it is looked up like any other.
    fn led_to_written(&self, found: Found<'a>) -> Found<'a> {
        let (Some(service), Node::Alias(Alias::Wider { to, is_guess: false })) =
            (&found.service, &found.node)
        else {
            return found;
        };
        if !self.zone.is_written(service.stem(), &[]) {
            return found;
        }
        let ttl = service.full_ttl();
        Found::node(Node::Alias(Alias::Written(service.named_at(*to, ttl))))
    }

    /// Whether the name has a form of names of the zone's federations, or is a place's: facts of clusters may
    /// bring it at any moment.
    pub(in super::super) fn is_federated(&self) -> bool {
        let is_federation =
            |at| self.zone.federation(self.name.label(at)).is_some_and(|_| at < self.left);
        let is_place = || {
            InnerName::readings(self.name, self.left).any(|it| {
                let labels = self.name.labels(it.location.clone());
                it.federation.is_none() && self.snapshot.places.find(labels).is_some()
            })
        };
        !self.zone.federations.is_empty() && ((0..self.left).any(is_federation) || is_place())
    }
}

impl<'a> FallbackChain<'a> {
    /// The alias of the service's name at a location.
    pub(super) fn named_at(&self, location: usize, ttl: u32) -> WrittenAlias<'a> {
        let labels = &*self.snapshot.places.location(location).wire;
        let start = [self.stem(), labels];
        WrittenAlias { start, rest: self.zone.apex.wire(), ttl, dname: None }
    }

    /// Whether the service's name in the world is one that a static zone decides on.
    pub(super) fn is_written(&self) -> bool {
        self.zone.is_written(self.stem(), &self.snapshot.places.location(PlaceMap::GLOBAL).wire)
    }
}

/// A name that owns records, or the wildcard of which names are made.
fn written(node: zone::Node<'_>) -> Node<'_> {
    match node.set(RecordType::CNAME) {
        Some(set) => Node::Alias(Alias::Written(WrittenAlias {
            start: [&[], &[]],
            rest: set.first(),
            ttl: set.ttl,
            dname: None,
        })),
        None => Node::Data(Data::Written(node)),
    }
}
