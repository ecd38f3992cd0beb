//! Assemble: what was found becomes answer, authority and additional sections.
//!
//! In: the node at the question's name, or the chain that it leads to. Out: the response, with its code. Each
//! RRset is written from its beginning to its end. Does not know how names are looked up.

mod apex;
mod static_zone;

use crate::core::compiled::{AddressBuffer, AddressSet};
use crate::core::snapshot::{DnsZone, Snapshot, ZoneId};
use crate::core::time::Moment;
use crate::core::wire::writer::{Pointer, Writer};
use crate::core::wire::{Rcode, RecordType};

use super::follow::{Fallback, Link, NameChain, Source};
use super::lookup::{Alias, Data, End, FallbackChain, ForeignData, Node, ServiceData, ZoneName};
use super::response::{Response, Rotation, Section};

/// SOA values of a zone that fedns makes itself, in seconds: secondaries ask once a minute and
/// go on for two weeks without us.
const REFRESH: u32 = 60;
const RETRY: u32 = 30;
const EXPIRE: u32 = 14 * 24 * 3600;
/// RFC 8482, section 4.2: what ANY is answered with.
const HINFO: &[u8] = b"\x07RFC8482\x00";

/// What is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryContext<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) record_type: RecordType,
    /// Where rotation starts.
    pub(super) draw: u64,
    /// When the question came.
    pub(super) now: Moment,
    /// The longest that records live that stand at names inside clusters, in seconds.
    pub(super) in_cluster_ttl: u32,
}

/// A response that is assembled.
pub(super) struct Assembler<'r, 'b> {
    query: QueryContext<'r>,
    response: &'r mut Response<'b>,
    /// The name that owns what is written next.
    owner: Pointer,
    /// The name that the last one written is the same as, or the same but for its location.
    whole: Whole,
}

/// Where a name stands in the message: its first labels, and the others, which are the last of the question's.
#[derive(Clone, Copy, Debug)]
struct Whole {
    start: Pointer,
    /// Octets of it all.
    len: usize,
    /// Octets that stand at `start`.
    literal: usize,
    /// Where the others stand.
    tail: Pointer,
}

impl Whole {
    /// One that stands in one piece.
    fn new(start: Pointer, len: usize) -> Self {
        Self { start, len, literal: len, tail: start }
    }

    /// The pointer to what stands so many octets behind its beginning.
    fn at(self, offset: usize) -> Pointer {
        match offset.checked_sub(self.literal) {
            Some(behind) => self.tail.into_name(behind),
            None => self.start.into_name(offset),
        }
    }
}

impl<'r, 'b> Assembler<'r, 'b> {
    /// Begins at the question's name.
    #[inline(always)]
    pub(super) fn new(
        query: QueryContext<'r>,
        question: &ZoneName<'_>,
        response: &'r mut Response<'b>,
    ) -> Self {
        response.authoritative(Rcode::NOERROR);
        let owner = Pointer::QUESTION;
        Self { query, response, owner, whole: Whole::new(owner, question.name.wire().len()) }
    }

    /// When the question came.
    pub(super) fn now(&self) -> Moment {
        self.query.now
    }

    /// The name is that of a service, which answers there or has nothing: `node`. What answers is gathered.
    #[inline(always)]
    pub(super) fn service_at(
        &mut self,
        name: &ZoneName<'_>,
        service: &FallbackChain<'_>,
        node: &Node<'_>,
        gathered: &AddressBuffer,
    ) {
        let end = service.end_at(service.location, node, self.query.now);
        self.note_end(service, &end);
        self.service_end(name, node, service.ttl(&end), gathered.set());
    }

    /// The name is that of a service, which falls back: CNAMEs, and what is at their end.
    pub(super) fn fallback(
        &mut self,
        name: &ZoneName<'_>,
        service: &FallbackChain<'_>,
        fallback: &Fallback<'_>,
        gathered: &AddressBuffer,
    ) {
        let ttl = service.ttl(&fallback.end);
        self.note_end(service, &fallback.end);
        let mut at = service.location;
        for step in fallback.steps() {
            if step.is_guess {
                return self.response.not_ready();
            }
            let alias_ttl = service.alias_ttl(at, &fallback.end);
            self.alias_wider(name, service, step.to, alias_ttl);
            at = step.to;
            if self.is_alias_asked() {
                return;
            }
        }
        self.service_end(name, &fallback.node, ttl, gathered.set());
    }

    /// The name is an alias of a service's canonical one, in the zone of `canonical`.
    pub(super) fn canonical(
        &mut self,
        canonical: &ZoneName<'_>,
        service: &FallbackChain<'_>,
        fallback: &Fallback<'_>,
        gathered: &AddressBuffer,
    ) {
        let snapshot = self.query.snapshot;
        let (stem, apex) = (service.stem(), canonical.zone.apex.wire());
        let location = &*snapshot.places.location(service.location).wire;
        // What limits the end of an answer limits what leads there.
        let ttl = self.query.in_cluster_ttl.min(service.limit_to(&fallback.end));
        self.alias(ttl, |writer| {
            writer.octets(stem);
            writer.octets(location);
            writer.octets(apex);
        });
        self.whole = Whole::new(self.owner, stem.len() + location.len() + apex.len());
        if !self.is_alias_asked() {
            self.fallback(canonical, service, fallback, gathered);
        }
    }

    /// The name is an alias of others: CNAMEs, and what is at their end. `addresses` is where the name at the end
    /// has its addresses from, if those of another name are its own.
    pub(super) fn names(
        &mut self,
        chain: &NameChain<'_>,
        gathered: &AddressBuffer,
        addresses: Option<&NameChain<'_>>,
    ) {
        for Link { name, ttl, source } in chain.links() {
            let ttl = match source {
                Source::Written(alias) => {
                    self.dname(alias, *ttl);
                    *ttl
                }
                Source::External | Source::Resolved(_) => self.query.in_cluster_ttl.min(*ttl),
            };
            self.alias_to(chain.question, name, ttl);
            if self.is_alias_asked() {
                return;
            }
        }
        match (&chain.found.service, &chain.fallback) {
            (Some(service), Some(fallback)) => match chain.found.node {
                Node::Alias(Alias::Canonical) => {
                    self.canonical(&chain.last.canonical(), service, fallback, gathered);
                }
                _ => self.fallback(&chain.last, service, fallback, gathered),
            },
            _ => match addresses {
                Some(from) => self.addresses_of(chain, from, gathered),
                None => self.end(&chain.last, &chain.found.node),
            },
        }
    }

    /// Whether a CNAME answers the question. RFC 1034, section 3.6.2: one that is asked for is not followed.
    /// RFC 8482, section 4.1: of ANY one RRset is enough.
    fn is_alias_asked(&self) -> bool {
        matches!(self.query.record_type, RecordType::CNAME | RecordType::ANY)
    }

    /// Says what makes the end of a chain doubtful, if anything does.
    #[inline(always)]
    fn note_end(&mut self, service: &FallbackChain<'_>, end: &End) {
        let Snapshot { silent, unknown, .. } = self.query.snapshot;
        if !silent.is_empty() || unknown.is_any_missed() {
            self.note_doubts(service, end);
        }
    }

    // Apart, so that answers while every cluster is read and heard do not carry it.
    #[inline(never)]
    fn note_doubts(&mut self, service: &FallbackChain<'_>, end: &End) {
        if service.rests_on_silence(end) {
            self.response.stale();
        }
        let is_missed = service.is_missed(end.at) || service.is_missed(service.location);
        if is_missed || service.may_stand_above(end) {
            self.response.incomplete();
        }
    }

    /// Writes a CNAME, and goes on with the name that it leads to, which `target` writes.
    #[inline(always)]
    fn alias(&mut self, ttl: u32, target: impl FnOnce(&mut Writer<'_>)) {
        let mut here = self.owner;
        let set = self.response.rrset(Section::Answer, self.owner, RecordType::CNAME, ttl);
        set.record(|writer| {
            here = writer.here().unwrap_or(here);
            target(writer);
        });
        self.owner = here;
    }

    /// Writes the CNAME to the service's name at a location, in the form that was asked.
    fn alias_wider(
        &mut self,
        name: &ZoneName<'_>,
        service: &FallbackChain<'_>,
        to: usize,
        ttl: u32,
    ) {
        let location = &*self.query.snapshot.places.location(to).wire;
        let apex = self.pointer_to(name.zone);
        self.alias(ttl, |writer| {
            writer.octets(service.stem());
            match service.in_question(location) {
                Some(start) => writer.pointer(Pointer::into_question(start)),
                None => {
                    writer.octets(location);
                    writer.pointer(apex);
                }
            }
        });
    }

    /// What is at a service's name. `ttl` is that of its addresses, and `gathered` those.
    #[inline(always)]
    fn service_end(
        &mut self,
        name: &ZoneName<'_>,
        node: &Node<'_>,
        ttl: u32,
        gathered: AddressSet<'_>,
    ) {
        match node {
            Node::Data(Data::Service(data)) => self.service(name, *data, ttl, gathered),
            node => self.end(name, node),
        }
    }

    /// A set of addresses is an answer, where it has what is asked for. Health is one decision
    /// for both families: a name with A can not be a CNAME for those who ask for AAAA (RFC 1034,
    /// section 3.6.2).
    #[inline(always)]
    fn service(&mut self, last: &ZoneName<'_>, data: ServiceData, ttl: u32, set: AddressSet<'_>) {
        let is_address = matches!(self.query.record_type, RecordType::A | RecordType::AAAA);
        if self.addresses(set, ttl) {
            self.response.answered_at(data.level);
        } else if data.is_partial && is_address {
            self.response.not_ready();
        } else {
            self.nodata(last);
        }
    }

    /// What is there of what is no service of a federation.
    #[inline(always)]
    pub(super) fn end(&mut self, last: &ZoneName<'_>, node: &Node<'_>) {
        match node {
            Node::Data(Data::Apex(host)) => self.apex(last, *host),
            Node::Data(Data::NameServer(host)) => self.name_server(last, host),
            Node::Data(Data::InCluster(set)) => {
                if !self.addresses(*set, self.query.in_cluster_ttl) {
                    self.nodata(last);
                }
            }
            // In no zone of ours there is nobody who could deny what is not known.
            Node::Data(Data::Foreign(ForeignData { addresses, limit })) => {
                self.addresses(*addresses, self.query.in_cluster_ttl.min(*limit));
            }
            Node::Data(Data::Unready) => self.nodata(last),
            Node::Data(Data::Written(node)) => self.written(last, *node),
            Node::Data(Data::Delegated(delegation)) => self.referral(last, *delegation),
            Node::Data(Data::TooLong(owner)) => self.too_long(last, *owner),
            Node::EmptyNonTerminal => {
                // Where labels coincide a service may come to be called like it.
                if self.query.snapshot.unknown.is_any_missed() && last.may_be_service() {
                    self.response.incomplete();
                }
                self.nodata(last);
            }
            // The others do not come here: services have their addresses gathered, of aliases the chain is
            // written. If one did, nobody should take an empty answer for the truth.
            Node::Unknown | Node::Data(Data::Service(_)) | Node::Alias(_) => {
                self.response.not_ready();
            }
            Node::Nothing => {
                // RFC 2308, section 2.1: the same with another code.
                self.response.authoritative(Rcode::NXDOMAIN);
                self.nodata(last);
            }
        }
    }

    /// Writes the RRset of addresses that is asked for; whether there is one. For ANY another one stands, where
    /// there are addresses.
    #[inline(always)]
    fn addresses(&mut self, set: AddressSet<'_>, ttl: u32) -> bool {
        let (record_type, rotation) = (self.query.record_type, self.rotation());
        let (section, owner) = (Section::Answer, self.owner);
        match record_type {
            RecordType::A if !set.v4.is_empty() => {
                self.response.rrset(section, owner, record_type, ttl).addresses(set.v4, rotation);
            }
            RecordType::AAAA if !set.v6.is_empty() => {
                self.response.rrset(section, owner, record_type, ttl).addresses(set.v6, rotation);
            }
            RecordType::ANY if !set.is_empty() => self.hinfo(ttl),
            _ => return false,
        }
        true
    }

    fn rotation(&self) -> Rotation {
        Rotation { draw: self.query.draw, most: self.query.snapshot.max_addresses }
    }

    /// Answers ANY where the name owns records.
    #[inline(never)]
    fn hinfo(&mut self, ttl: u32) {
        let set = self.response.rrset(Section::Answer, self.owner, RecordType::HINFO, ttl);
        set.record(|writer| writer.octets(HINFO));
    }

    /// The name exists and has no record of the type (RFC 2308, section 2.2): writes the SOA without which a
    /// negative answer could not be cached (section 3).
    #[inline(never)]
    fn nodata(&mut self, last: &ZoneName<'_>) {
        let ttl = self.negative_ttl(last);
        self.soa(Section::Authority, last.zone_id, ttl);
    }

    /// Writes the SOA of a zone at or above the last name; its minimum is the TTL of negative answers.
    fn soa(&mut self, section: Section, zone_id: ZoneId, ttl: u32) {
        let snapshot = self.query.snapshot;
        let zone = snapshot.zones.zone(zone_id);
        let apex = self.pointer_to(zone);
        let serial = snapshot.serials[zone_id.index()];
        let numbers = match zone.soa {
            None => [serial, REFRESH, RETRY, EXPIRE, snapshot.negative_ttl],
            Some(soa) => [serial, soa.refresh, soa.retry, soa.expire, soa.minimum],
        };
        self.response.rrset(section, apex, RecordType::SOA, ttl).record(|writer| {
            for name in [&zone.primary, &zone.mailbox] {
                writer.octets(&name.octets);
                if name.is_below {
                    writer.pointer(apex);
                }
            }
            writer.octets(numbers.map(u32::to_be_bytes).as_flattened());
        });
    }

    /// The pointer to the apex of a zone that the last whole name lies in.
    fn pointer_to(&self, zone: &DnsZone) -> Pointer {
        self.whole.at(self.whole.len - zone.apex.wire().len())
    }
}
