//! Look up: a name in, what it is out, for queries and for whoever explains or writes them down.
//!
//! In: a snapshot, a name in one of our zones, and who asks where that matters. Out: one [`Node`], found by
//! one file for each kind of zone, after [`apex`]: what any zone owns itself.
//! Nothing is followed and nothing is written here. Does not know record types or packets.

mod apex;
mod inner_name;
mod fallback_chain;
mod federated;
mod static_zone;
mod in_cluster;

use crate::core::asker::{Asker, Asking};
use crate::core::compiled::{AddressBuffer, AddressSet, External};
use crate::core::name::{QueryName, is_within};
use crate::core::service::Tier;
use crate::core::snapshot::{DnsZone, Host, Snapshot, ZoneId, ZoneKind};
use crate::core::topology::Level;
use crate::core::zone;

use super::decode::Located;
pub use fallback_chain::{End, FallbackChain};

/// What a name is.
#[derive(Clone, Debug)]
pub enum Node<'a> {
    /// It stands for another name: the one RRset that it owns is a CNAME.
    Alias(Alias<'a>),
    /// It owns RRsets, or may: other types have none.
    Data(Data<'a>),
    /// It owns nothing, and exists because names below it do (RFC 8020).
    EmptyNonTerminal,
    /// What it is, clusters say that have not said all they have.
    Unknown,
    /// No name that exists.
    Nothing,
}

/// Why a name stands for another one, and for which.
#[derive(Clone, Debug)]
pub enum Alias<'a> {
    /// No shard of the service answers at this location: its name one level wider.
    Wider {
        /// That location, as a position in the map of places.
        to: usize,
        /// Whether "no shard answers here" is a guess.
        is_guess: bool,
    },
    /// The asker's cluster has nothing ready of its own: the canonical name, at the asker's place, of the
    /// service that was found.
    Canonical,
    /// A Service of type ExternalName, in the asker's cluster.
    External(External<'a>),
    /// Resolvers said so of the name behind such a Service: the name in a zone of ours.
    Resolved(External<'a>),
    /// Somebody wrote so in a static zone.
    Written(WrittenAlias<'a>),
}

/// The alias that a static zone makes a name: by a CNAME, by a DNAME above it, or because a fallback of a service
/// leads to a name that the zone decides on.
#[derive(Clone, Copy, Debug)]
pub struct WrittenAlias<'a> {
    /// The labels that the name begins with to which it leads, in wire form.
    pub start: [&'a [u8]; 2],
    /// The rest of that name, in wire form.
    pub rest: &'a [u8],
    /// In seconds.
    pub ttl: u32,
    /// The name that owns the DNAME, where one makes the alias.
    pub dname: Option<zone::Node<'a>>,
}

/// What a name owns.
#[derive(Clone, Debug)]
pub enum Data<'a> {
    /// SOA and NS of the zone, and the addresses of a name server that is called like it.
    Apex(Option<&'a Host>),
    /// A name server's addresses.
    NameServer(&'a Host),
    /// Those that answer at a service's name; they are gathered.
    Service(ServiceData),
    /// Those of a Service of the asker's own cluster.
    InCluster(AddressSet<'a>),
    /// None: the asker's cluster has a Service of that name, which is of no use now, and nobody
    /// publishes one.
    Unready,
    /// RRsets of a static zone: of the name itself, or of the wildcard that it is made of.
    Written(zone::Node<'a>),
    /// None that the zone knows of: it delegates the name.
    Delegated(Delegation<'a>),
    /// None: the DNAME of this name leads to a name that is too long (RFC 6672, section 2.2).
    TooLong(zone::Node<'a>),
    /// Those of a name in no zone of ours, where it is known: of a Service by the name that Kubernetes
    /// itself gives it, or what resolvers said.
    Foreign(ForeignData<'a>),
}

/// Where a static zone leaves a name to others.
#[derive(Clone, Copy, Debug)]
pub struct Delegation<'a> {
    /// The name that owns NS.
    pub cut: zone::Node<'a>,
    /// Whether it is the name itself.
    pub is_cut: bool,
}

/// What answers at a service's name.
#[derive(Clone, Copy, Debug)]
pub struct ServiceData {
    /// The level of the location.
    pub level: Level,
    /// The tier of the shards that answer there; where none does, the addresses are those of a federation that
    /// fails open, or none.
    pub tier: Tier,
    /// Whether a cluster that has not said all it has may bring more.
    pub is_partial: bool,
}

/// What is known of a name in no zone of ours.
#[derive(Clone, Copy, Debug)]
pub struct ForeignData<'a> {
    /// Its addresses; none where it is left to others.
    pub addresses: AddressSet<'a>,
    /// The longest that they may live, and whatever leads to them, in seconds.
    pub limit: u32,
}

/// A name in a zone of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct ZoneName<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) zone: &'a DnsZone,
    pub(super) zone_id: ZoneId,
    pub(super) name: &'a QueryName,
    /// How many of its labels stand left of the apex.
    pub(super) left: usize,
}

/// What was found at a name.
#[derive(Clone, Debug)]
pub(super) struct Found<'a> {
    /// The published service whose name in a federation's domain it is, or leads to.
    pub(super) service: Option<FallbackChain<'a>>,
    pub(super) node: Node<'a>,
}

impl<'a> Found<'a> {
    #[inline(always)]
    fn node(node: Node<'a>) -> Self {
        Self { service: None, node }
    }
}

impl<'a> ZoneName<'a> {
    #[inline(always)]
    pub(super) fn new(snapshot: &'a Snapshot, name: &'a QueryName, located: &Located) -> Self {
        let (zone_id, left) = (located.zone, usize::from(located.left));
        Self { snapshot, zone: snapshot.zones.zone(zone_id), zone_id, name, left }
    }

    /// The same name as one of the zone where names of its own zone lead, if that lies inside clusters.
    pub(super) fn canonical(self) -> Self {
        match self.zone.kind {
            ZoneKind::InCluster { canonical } => {
                Self { zone: self.snapshot.zones.zone(canonical), zone_id: canonical, ..self }
            }
            ZoneKind::Federated | ZoneKind::Static => self,
        }
    }

    /// What the name is to an asker, in a zone of any kind. For who is not in a hurry: queries know the
    /// kind before.
    #[inline(never)]
    pub(super) fn look_up(
        &self,
        located: &Located,
        asker: &Asker,
        gathered: &mut AddressBuffer,
    ) -> Found<'a> {
        match self.zone.kind {
            ZoneKind::Federated => self.look_up_federated(located.service.as_ref(), gathered),
            ZoneKind::Static => self.look_up_static(located.service.as_ref(), gathered),
            ZoneKind::InCluster { canonical } => {
                let canonical = self.snapshot.zones.zone(canonical);
                self.look_up_in_cluster(located.service.as_ref(), asker, canonical)
            }
        }
    }

    /// Whether a name server or another zone of ours stands below the name (RFC 8020: no name is
    /// denied below which another one exists).
    fn is_above_zone_or_host(&self) -> bool {
        let is_above = |other: &[u8]| is_within(other, self.name.wire());
        let zone = self.zone;
        zone.children.iter().any(|child| is_above(child.wire()))
            || zone.hosts.iter().any(|host| is_above(host.name.wire()))
    }
}

/// What a name in a zone of ours is to one asker.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// The zone.
    pub zone: &'a DnsZone,
    /// How many of the name's labels stand left of its apex.
    pub left: usize,
    /// Who asks, where that matters: of names inside clusters.
    pub asker: Option<Asker>,
    /// The published service whose name in a federation's domain it is, or whose name there it leads
    /// to.
    pub service: Option<FallbackChain<'a>>,
    /// What it is. The addresses of [`Data::Service`] are in what was given to gather them.
    pub node: Node<'a>,
}

/// What `name` is in `snapshot`, by the very steps of [`answer`](super::answer), so that an explanation
/// can not tell another story; `None` for a name in none of our zones. Who asks matters for names
/// inside clusters alone.
pub fn look_up<'a>(
    snapshot: &'a Snapshot,
    name: &'a QueryName,
    asking: &Asking<'_>,
    gathered: &mut AddressBuffer,
) -> Option<Lookup<'a>> {
    let located = Located::new(snapshot, name)?;
    let zone_name = ZoneName::new(snapshot, name, &located);
    let asker = snapshot.askers.asker(asking);
    let Found { service, node } = zone_name.look_up(&located, &asker, gathered);
    let ZoneName { zone, left, .. } = zone_name;
    let asker = zone.is_in_cluster().then_some(asker);
    Some(Lookup { zone, left, asker, service, node })
}
