//! The fallback of one service's names outwards: zone -> region -> world.
//!
//! In: a snapshot and a name with a service's shape. Out: what the service's name is at a location: an
//! alias of the one a level wider, or what answers there; where the chain of them ends, and the TTL of
//! all of it. Queries, explanations and master files all take these steps.
//! Does not know record types, packets or clusters.

use crate::core::compiled::{AddressBuffer, View};
use crate::core::name::grammar::{InnerName, ServiceName};
use crate::core::name::{MAX_NAME, QueryName};
use crate::core::policy::{SPARE_TTL, WhenAllDown};
use crate::core::service::Tier;
use crate::core::snapshot::{DnsZone, Federated, InForce, Snapshot};
use crate::core::time::Moment;
use crate::core::topology::PlaceMap;

use super::super::decode::Keyed;
use super::inner_name::is_above_service;
use super::{Alias, Data, Node, ServiceData, ZoneName};

/// Where a fallback chain ends, and what limits all that leads there.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// The location: the first at which a shard answers, else the world.
    pub at: usize,
    /// The tier of the shards that answer there; [`Tier::Out`] where none does.
    pub tier: Tier,
    /// The longest that what stands there may live, in seconds, and so every record that leads
    /// there; `u32::MAX` where nothing limits it.
    pub limit: u32,
}

impl End {
    /// Whether a shard answers there.
    pub fn is_healthy(&self) -> bool {
        self.tier != Tier::Out
    }
}

/// A published service, as a name of it was read.
#[derive(Clone, Debug)]
pub struct FallbackChain<'a> {
    /// The federation.
    pub federation: &'a Federated,
    /// Which label of the name is what.
    pub shape: ServiceName,
    /// The location that the name asks for, as a position in the map of places.
    pub location: usize,
    pub(super) snapshot: &'a Snapshot,
    pub(super) zone: &'a DnsZone,
    name: &'a QueryName,
    view: View<'a>,
}

/// A name with a service's shape, and the location that it asks for.
struct Named<'a> {
    snapshot: &'a Snapshot,
    zone: &'a DnsZone,
    name: &'a QueryName,
    shape: ServiceName,
    location: usize,
}

impl<'a> FallbackChain<'a> {
    /// The published service that a name of this shape, inside `zone`, stands for.
    pub(super) fn find(
        snapshot: &'a Snapshot,
        zone: &'a DnsZone,
        name: &'a QueryName,
        Keyed { shape, hash }: &Keyed,
    ) -> Option<Self> {
        // The record is far away in memory: what follows is done while it is on its way.
        let record = snapshot.table.find_hashed(name.labels(shape.key()), *hash)?;
        let location = snapshot.places.find(name.labels(shape.location()))?;
        Self::at(Named { snapshot, zone, name, shape: *shape, location }, record)
    }

    /// The published service that a name inside clusters, `svc.ns.F.svc.<clusterDomain>`, stands
    /// for, at a location of `zone`, the zone of F's domain. Its first four labels are those that
    /// canonical names start with.
    pub(super) fn from_in_cluster(
        inside: &ZoneName<'a>,
        zone: &'a DnsZone,
        Keyed { shape, hash }: &Keyed,
        location: usize,
    ) -> Option<Self> {
        let ZoneName { snapshot, name, .. } = *inside;
        let record = snapshot.table.find_hashed(name.labels(shape.key()), *hash)?;
        Self::at(Named { snapshot, zone, name, shape: *shape, location }, record)
    }

    // Both that call it are on the way of every answer.
    #[inline(always)]
    fn at(named: Named<'a>, record: &'a [u8]) -> Option<Self> {
        let Named { snapshot, zone, name, shape, location } = named;
        let federation = zone.federation(name.label(shape.federation()))?;
        let view = View::new(record, federation.view)?;
        Some(Self { federation, shape, location, snapshot, zone, name, view })
    }

    /// The labels that every name of the service starts with, in wire form.
    pub fn stem(&self) -> &'a [u8] {
        self.name.labels(self.shape.stem())
    }

    /// Where in the name it was read from the name of a location stands, with all behind it, if it does: of
    /// zone.region.S the name already holds region.S.
    #[inline(always)]
    pub(in super::super) fn in_question(&self, location: &[u8]) -> Option<usize> {
        let asked = self.shape.location();
        let is_there =
            asked.len() == 2 && *self.name.labels(asked.start + 1..asked.end) == *location;
        is_there.then(|| self.name.start(asked.start + 1))
    }

    /// Gathers the addresses of the active shards that answer at a location: none where no shard is active.
    pub fn gather(&self, at: usize, gathered: &mut AddressBuffer) {
        let clusters = &self.snapshot.places.location(at).clusters;
        gathered.clear();
        if clusters.may_share(self.view.clusters()) {
            gathered.gather(self.view.healthy(), clusters);
        }
    }

    /// What the service's name at a location is; what answers there is gathered.
    // On the way of every answer.
    #[inline(always)]
    pub fn node(&self, at: usize, gathered: &mut AddressBuffer) -> Node<'a> {
        self.gather(at, gathered);
        let (location, is_guess) = (self.snapshot.places.location(at), self.is_guess(at));
        let level = location.level;
        if !gathered.is_empty() {
            let data = ServiceData { level, tier: Tier::Active, is_partial: is_guess };
            return Node::Data(Data::Service(data));
        }
        if at != PlaceMap::GLOBAL {
            return Node::Alias(Alias::Wider { to: self.wider(at), is_guess });
        }
        if is_guess {
            return Node::Unknown;
        }
        self.world_without_active(gathered)
    }

    /// What the service's name is in the world where no shard is active; what answers there is gathered. Nothing of
    /// this depends on who asks, nor on a draw.
    #[inline(never)]
    fn world_without_active(&self, gathered: &mut AddressBuffer) -> Node<'a> {
        let tier = self.gather_spare(gathered);
        let level = self.snapshot.places.location(PlaceMap::GLOBAL).level;
        let data = ServiceData { level, tier, is_partial: false };
        if tier != Tier::Out {
            return Node::Data(Data::Service(data));
        }
        let fails_open = self.gather_when_all_down(gathered);
        // RFC 8020: where labels coincide, other services stand below the global name.
        match self.federation.when_all_down {
            WhenAllDown::Nxdomain if !fails_open && !self.is_above_service() => Node::Nothing,
            _ => Node::Data(Data::Service(data)),
        }
    }

    /// Gathers who answers at the world's name while no shard is active: shards that stand by, else those in
    /// reserve. Gives their tier; [`Tier::Out`] where there is none.
    pub fn gather_spare(&self, gathered: &mut AddressBuffer) -> Tier {
        let clusters = &self.snapshot.places.location(PlaceMap::GLOBAL).clusters;
        let [healthy, standby, reserve] =
            [self.view.healthy(), self.view.standby(), self.view.reserve()];
        gathered.clear();
        gathered.gather(standby, clusters);
        if !gathered.is_empty() {
            return Tier::Standby;
        }
        gathered.gather(reserve, clusters);
        if let Some(overrides) = &self.snapshot.overrides {
            for list in [healthy, standby, reserve] {
                gathered.add(list, &overrides.reserve);
            }
        }
        if gathered.is_empty() { Tier::Out } else { Tier::Reserve }
    }

    fn is_above_service(&self) -> bool {
        is_above_service(self.snapshot, self.zone, self.name, self.shape.stem().end)
    }

    /// The end of the chain at a location where the service's name is `node`.
    #[inline(always)]
    pub fn end_at(&self, at: usize, node: &Node<'_>, now: Moment) -> End {
        let tier = match node {
            Node::Data(Data::Service(data)) => data.tier,
            _ => Tier::Out,
        };
        let mut limit = self.limit(at, tier);
        if let Some(overrides) = &self.snapshot.overrides {
            limit = limit.min(self.limit_of_overrides(overrides, at, now));
        }
        End { at, tier, limit }
    }

    /// How long it is until the operator's word may make another answer of what stands at an end, in seconds, 5 at
    /// least; `None` where no word of his is about it.
    pub fn overrides_end_in(&self, end: &End, now: Moment) -> Option<u32> {
        let overrides = self.snapshot.overrides.as_ref()?;
        Some(self.limit_of_overrides(overrides, end.at, now)).filter(|limit| *limit != u32::MAX)
    }

    /// How long it is until the operator's word may make another answer of it. Who is drained stands there all the
    /// same, and in all that is wider too: so the end limits what leads there.
    #[inline(never)]
    fn limit_of_overrides(&self, overrides: &InForce, at: usize, now: Moment) -> u32 {
        let standing = &self.snapshot.places.location(at).standing;
        overrides.limit(self.name.labels(self.shape.key()), self.view, standing, now)
    }

    fn limit(&self, at: usize, tier: Tier) -> u32 {
        let mut limit = match tier {
            Tier::Active => u32::MAX,
            // Who is better may be back at any moment.
            Tier::Standby | Tier::Reserve => SPARE_TTL,
            // It rests on nothing healthy, so neither addresses nor the way to them may last.
            Tier::Out => self.federation.when_all_down.limit().unwrap_or(u32::MAX),
        };
        // A cluster that was never read may bring another answer with each moment. Where it may stand, it
        // counts in all that is wider too, so that what leads there is limited by the end.
        if self.is_missed(at) {
            limit = limit.min(self.snapshot.negative_ttl);
        }
        if self.view.is_limited() { limit.min(self.limit_of_hostnames(at)) } else { limit }
    }

    /// What hostnames limit at a location: those that addresses there come from, and those that
    /// keep addresses out as long as nobody has asked for them.
    #[inline(never)]
    fn limit_of_hostnames(&self, at: usize) -> u32 {
        let clusters = &self.snapshot.places.location(at).clusters;
        let here = self.view.limits().filter(|limit| clusters.contains(limit.cluster));
        here.map(|it| it.seconds(self.snapshot.negative_ttl)).min().unwrap_or(u32::MAX)
    }

    /// Whether an answer leaves out a shard whose hostname has not been asked for yet.
    pub fn is_pending(&self, end: &End) -> bool {
        let clusters = &self.snapshot.places.location(end.at).clusters;
        self.view.limits().any(|it| it.ttl.is_none() && clusters.contains(it.cluster))
    }

    /// Whether what is answered rests on the last word of a cluster that is silent: an address of
    /// its, or that it has none at a place where it stands.
    pub fn rests_on_silence(&self, &End { at: end, tier, .. }: &End) -> bool {
        let silent = &self.snapshot.silent;
        if silent.is_empty() {
            return false;
        }
        let clusters = |at| &self.snapshot.places.location(at).clusters;
        let mut at = self.location;
        while at != end {
            if clusters(at).shares(silent) {
                return true;
            }
            at = self.wider(at);
        }
        let healthy = self.view.healthy();
        match tier {
            Tier::Active => healthy.has_of(clusters(end), silent),
            // That no active shard is left is the word of all who stand there.
            Tier::Standby | Tier::Reserve => {
                self.snapshot.places.location(end).standing.shares(silent)
            }
            Tier::Out => {
                let fails_open = self.federation.when_all_down.fails_open();
                clusters(end).shares(silent) || (fails_open && healthy.has_of(silent, silent))
            }
        }
    }

    /// The location one level wider whose name exists: it fits into 255 octets and no zone of
    /// ours, and no name of a static one, owns it.
    pub fn wider(&self, at: usize) -> usize {
        let places = &self.snapshot.places;
        let wider = places.location(at).wider.unwrap_or(PlaceMap::GLOBAL);
        if self.exists(wider) { wider } else { PlaceMap::GLOBAL }
    }

    /// Whether the service's name at a location is a name of this zone.
    pub fn exists(&self, at: usize) -> bool {
        let location = &self.snapshot.places.location(at).wire;
        self.fits(at)
            && !self.zone.is_cut(self.stem(), location)
            && !self.zone.is_written(self.stem(), location)
    }

    /// Whether the service's name at a location is no longer than names can be.
    pub fn fits(&self, at: usize) -> bool {
        let location = &self.snapshot.places.location(at).wire;
        self.stem().len() + location.len() + self.zone.apex.wire().len() <= MAX_NAME
    }

    /// Whether "no shard answers here" would be a guess: a cluster that may stand there has not
    /// said what it has.
    #[inline(always)]
    pub fn is_guess(&self, at: usize) -> bool {
        self.snapshot.unknown.is_any_awaited() && self.may_change(at)
    }

    /// Whether what is answered here goes without a cluster that was never read and may stand here.
    #[inline(always)]
    pub fn is_missed(&self, at: usize) -> bool {
        self.snapshot.unknown.is_any_missed() && self.may_change(at)
    }

    /// Whether a name of the service that ends up as no name, because all is down, may come to stand above others:
    /// a cluster that was never read may bring a place that is called like its federation.
    pub(in super::super) fn may_stand_above(&self, end: &End) -> bool {
        let is_denied = !end.is_healthy()
            && self.snapshot.unknown.is_any_missed()
            && matches!(self.federation.when_all_down, WhenAllDown::Nxdomain);
        let is_federation = |at: usize| self.zone.federation(self.name.label(at)).is_some();
        is_denied
            && InnerName::readings(self.name, self.shape.stem().end)
                .any(|reading| reading.federation.is_some_and(is_federation))
    }

    #[inline(never)]
    fn may_change(&self, at: usize) -> bool {
        let Snapshot { unknown, places, .. } = self.snapshot;
        let namespace = self.name.label(self.shape.key().start + 1);
        unknown.may_change(namespace, places.location(at))
    }

    /// Whether where the chain ends is not known yet: a cluster that may answer on the way has not
    /// said what it has.
    pub fn is_guessed(&self, end: &End) -> bool {
        let mut at = self.location;
        while at != end.at {
            if self.is_guess(at) {
                return true;
            }
            at = self.wider(at);
        }
        end.tier != Tier::Active && self.is_guess(at)
    }

    /// The TTL that shards or the federation ask for, in seconds, before anything shortens it.
    pub fn full_ttl(&self) -> u32 {
        self.view.ttl().unwrap_or(self.federation.ttl)
    }

    /// The TTL of the chain and of what stands at its end, in seconds.
    pub fn ttl(&self, end: &End) -> u32 {
        self.full_ttl().min(end.limit)
    }

    /// The TTL of the alias at a location of the chain, in seconds. That of a zone-only name may come to lead
    /// elsewhere though what stands at the end stays.
    pub fn alias_ttl(&self, at: usize, end: &End) -> u32 {
        let ttl = self.ttl(end);
        if self.is_missed(at) { ttl.min(self.snapshot.negative_ttl) } else { ttl }
    }

    /// The longest that what leads to the chain's first name may live, in seconds.
    pub(in super::super) fn limit_to(&self, end: &End) -> u32 {
        let is_missed = self.is_missed(self.location);
        if is_missed { end.limit.min(self.snapshot.negative_ttl) } else { end.limit }
    }

    /// Gathers what is answered at the world's name while nothing is healthy: the addresses of a
    /// federation that fails open. Gives whether it does.
    pub fn gather_when_all_down(&self, gathered: &mut AddressBuffer) -> bool {
        gathered.clear();
        // Who is drained hard is not given even now.
        let out = self.snapshot.overrides.as_ref().map(|overrides| &overrides.out);
        match self.federation.when_all_down {
            WhenAllDown::All => gathered.add_all(self.view.published(), out),
            WhenAllDown::Last => gathered.add_all(self.view.last_healthy(), out),
            WhenAllDown::Nodata | WhenAllDown::Nxdomain => return false,
        }
        // Shards that were active when their clusters fell silent and were withdrawn.
        gathered.add_all(self.view.healthy(), out);
        true
    }
}
