//! Assemble: what was found becomes answer, authority and additional sections.
//!
//! In: the node at the question's name, or the chain that it leads to. Out: the response, with its code. Each
//! RRset is written from its beginning to its end. Does not know how names are looked up.

use crate::core::compiled::{AddressBuffer, AddressSet};
use crate::core::snapshot::{DnsZone, Host, Snapshot, ZoneId};
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::follow::{Chain, Link, ServiceEnd, Target};
use super::lookup::{Data, End, FallbackChain, ForeignData, Found, Node, ServiceData, ZoneName};
use super::response::{Response, Rotation, Section};

/// TTL of NS and name servers' addresses, in seconds.
const NS_TTL: u32 = 3600;
/// TTL of the SOA itself, in seconds: as often as secondaries ask.
const SOA_TTL: u32 = 60;
/// SOA values of a zone that fedns makes itself, in seconds: secondaries ask once a minute and
/// go on for two weeks without us.
const REFRESH: u32 = 60;
const RETRY: u32 = 30;
const EXPIRE: u32 = 14 * 24 * 3600;
/// RFC 8482, section 4.2: what ANY is answered with.
const HINFO: &[u8] = b"\x07RFC8482\x00";
/// Most name servers whose addresses stand beside their names.
const MOST_GLUE: usize = 16;

/// What is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct QueryContext<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) record_type: RecordType,
    /// Where rotation starts.
    pub(super) draw: u64,
}

/// A response that is assembled.
pub(super) struct Assembler<'r, 'b> {
    query: QueryContext<'r>,
    response: &'r mut Response<'b>,
    /// The name that owns what is written next.
    owner: Pointer,
    /// The last name that stands in the message whole, and how many octets it has: the question's, or one
    /// that an alias led to.
    whole: Pointer,
    whole_len: usize,
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
        let (owner, whole_len) = (Pointer::QUESTION, question.name.wire().len());
        Self { query, response, owner, whole: owner, whole_len }
    }

    /// The question's name is no alias.
    #[inline(always)]
    pub(super) fn found(
        &mut self,
        question: &ZoneName<'_>,
        found: &Found<'_>,
        gathered: &AddressBuffer,
    ) {
        let mut ttl = u32::MAX;
        if let Some(service) = &found.service {
            let end = service.end_at(service.location, &found.node);
            ttl = service.ttl(&end);
            self.note_silence(service, &end);
        }
        self.end(question, &found.node, ttl, gathered.set());
    }

    /// The question's name is an alias: CNAMEs, and what is at their end.
    pub(super) fn chain(&mut self, chain: &Chain<'_>, gathered: &AddressBuffer) {
        // RFC 1034, section 3.6.2: a CNAME asked for is not followed. RFC 8482, section 4.1: of ANY
        // one RRset is enough.
        let is_asked = matches!(self.query.record_type, RecordType::CNAME | RecordType::ANY);
        for (at, link) in chain.links().enumerate() {
            self.enter(chain, at);
            if let Target::Wider { is_guess: true, .. } = link.target {
                return self.response.not_ready();
            }
            self.alias(link, chain);
            if is_asked {
                return;
            }
        }
        self.enter(chain, chain.links().count());
        let ttl = chain.service.as_ref().map_or(u32::MAX, |it| it.service.ttl(&it.end));
        self.end(&chain.last, &chain.node, ttl, gathered.set());
    }

    /// Notes on what the service rests that the chain leads to, if `at` aliases led to its name.
    fn enter(&mut self, chain: &Chain<'_>, at: usize) {
        if let Some(ServiceEnd { service, end, first }) = &chain.service
            && *first == at
        {
            self.note_silence(service, end);
        }
    }

    #[inline(always)]
    fn note_silence(&mut self, service: &FallbackChain<'_>, end: &End) {
        if service.rests_on_silence(end) {
            self.response.stale();
        }
    }

    /// Writes a CNAME, and goes on with the name that it leads to.
    fn alias(&mut self, link: &Link<'_>, chain: &Chain<'_>) {
        let apex = match link.target {
            Target::Wider { .. } => self.pointer_to(chain.last.zone),
            Target::Canonical(_) | Target::External(_) | Target::Resolved { .. } => self.owner,
        };
        let service = chain.service.as_ref().map(|it| &it.service);
        let places = &self.query.snapshot.places;
        let mut here = self.owner;
        let mut whole_len = self.whole_len;
        let set = self.response.rrset(Section::Answer, self.owner, RecordType::CNAME, link.ttl);
        set.record(|writer| {
            here = writer.here().unwrap_or(here);
            match (link.target, service) {
                (Target::External(name) | Target::Resolved { name, .. }, _) => {
                    writer.octets(name.wire());
                    whole_len = name.wire().len();
                }
                (Target::Canonical(at), Some(service)) => {
                    let (stem, location) = (service.stem(), &*places.location(at).wire);
                    let apex = chain.last.zone.apex.wire();
                    writer.octets(stem);
                    writer.octets(location);
                    writer.octets(apex);
                    whole_len = stem.len() + location.len() + apex.len();
                }
                (Target::Wider { to, .. }, Some(service)) => {
                    writer.octets(service.stem());
                    let location = &*places.location(to).wire;
                    match service.in_question(location) {
                        Some(start) => writer.pointer(Pointer::into_question(start)),
                        None => {
                            writer.octets(location);
                            writer.pointer(apex);
                        }
                    }
                }
                // A chain without a service has no alias of it.
                (Target::Canonical(_) | Target::Wider { .. }, None) => {}
            }
        });
        self.owner = here;
        if !matches!(link.target, Target::Wider { .. }) {
            (self.whole, self.whole_len) = (here, whole_len);
        }
    }

    /// What is at the end, which stands at a name of `zone`. `ttl` is that of a service's addresses, and
    /// `gathered` those.
    #[inline(always)]
    fn end(&mut self, last: &ZoneName<'_>, node: &Node<'_>, ttl: u32, gathered: AddressSet<'_>) {
        match node {
            Node::Data(Data::Service(data)) => self.service(last, *data, ttl, gathered),
            node => self.other(last, node),
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

    /// What is no service of a federation.
    fn other(&mut self, last: &ZoneName<'_>, node: &Node<'_>) {
        match node {
            Node::Data(Data::Apex(host)) => self.apex(last, *host),
            Node::Data(Data::NameServer(host)) => self.name_server(last, host),
            Node::Data(Data::InCluster(set)) => {
                if !self.addresses(*set, self.query.snapshot.in_cluster_ttl) {
                    self.nodata(last);
                }
            }
            // In no zone of ours there is nobody who could deny what is not known.
            Node::Data(Data::Foreign(ForeignData { addresses, limit })) => {
                self.addresses(*addresses, self.query.snapshot.in_cluster_ttl.min(*limit));
            }
            Node::Data(Data::Unready) | Node::EmptyNonTerminal => self.nodata(last),
            Node::Unknown => self.response.not_ready(),
            Node::Nothing => {
                // RFC 2308, section 2.1: the same with another code.
                self.response.authoritative(Rcode::NXDOMAIN);
                self.nodata(last);
            }
            // Both are at no end: one has its addresses gathered, of the other the chain is written.
            Node::Data(Data::Service(_)) | Node::Alias(_) => {}
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
    fn hinfo(&mut self, ttl: u32) {
        let set = self.response.rrset(Section::Answer, self.owner, RecordType::HINFO, ttl);
        set.record(|writer| writer.octets(HINFO));
    }

    /// The apex of a zone.
    fn apex(&mut self, last: &ZoneName<'_>, host: Option<&Host>) {
        match self.query.record_type {
            RecordType::SOA => self.soa(Section::Answer, last.zone_id, SOA_TTL),
            RecordType::NS => self.name_servers(last),
            RecordType::ANY => self.hinfo(NS_TTL),
            // RFC 3658, section 2.2.1.1: DS stands on the parent's side of the cut. Neither of
            // our zones is signed, so there is none; but it is the parent that says so.
            RecordType::DS => {
                let side = last.zone.parent.unwrap_or(last.zone_id);
                self.soa(Section::Authority, side, self.query.snapshot.negative_ttl);
            }
            _ => match host {
                Some(host) => self.name_server(last, host),
                None => self.nodata(last),
            },
        }
    }

    /// A name server inside a zone.
    fn name_server(&mut self, last: &ZoneName<'_>, host: &Host) {
        // Without addresses it is a name server all the same.
        if self.query.record_type == RecordType::ANY {
            self.hinfo(NS_TTL);
        } else if !self.addresses(host.addresses(), NS_TTL) {
            self.nodata(last);
        }
    }

    fn name_servers(&mut self, last: &ZoneName<'_>) {
        let (zone, owner) = (last.zone, self.owner);
        // The additional section is a courtesy: where it does not fit it is left out whole.
        let mut glue: [Option<Glue<'_>>; MOST_GLUE] = [None; MOST_GLUE];
        let mut set = self.response.rrset(Section::Answer, owner, RecordType::NS, NS_TTL);
        for (index, server) in zone.nameservers.iter().enumerate() {
            let mut at = owner;
            set.add(|writer| {
                at = writer.here().unwrap_or(at);
                writer.name(server.wire(), zone.apex.wire(), owner);
            });
            if let (Some(slot), Some(host)) = (glue.get_mut(index), zone.host(server.wire())) {
                *slot = Some(Glue { host, at });
            }
        }
        if self.response.is_full() {
            return;
        }
        let (mark, rotation) = (self.response.mark(), self.rotation());
        for Glue { host, at } in glue.into_iter().flatten() {
            let section = Section::Additional;
            let set = self.response.rrset(section, at, RecordType::A, NS_TTL);
            set.addresses(&host.v4, rotation);
            let set = self.response.rrset(section, at, RecordType::AAAA, NS_TTL);
            set.addresses(&host.v6, rotation);
        }
        if self.response.is_full() {
            self.response.forget_from(mark, Section::Additional);
        }
    }

    /// The name exists and has no record of the type (RFC 2308, section 2.2): writes the SOA without which a
    /// negative answer could not be cached (section 3).
    fn nodata(&mut self, last: &ZoneName<'_>) {
        self.soa(Section::Authority, last.zone_id, self.query.snapshot.negative_ttl);
    }

    /// Writes the SOA of a zone at or above the last name; its minimum is the TTL of negative answers.
    fn soa(&mut self, section: Section, zone_id: ZoneId, ttl: u32) {
        let snapshot = self.query.snapshot;
        let zone = snapshot.zones.zone(zone_id);
        let apex = self.pointer_to(zone);
        self.response.rrset(section, apex, RecordType::SOA, ttl).record(|writer| {
            let primary = zone.nameservers.first().unwrap_or(&zone.apex);
            writer.name(primary.wire(), zone.apex.wire(), apex);
            writer.name(zone.mailbox.wire(), zone.apex.wire(), apex);
            let minimum = snapshot.negative_ttl;
            for value in [snapshot.serials[zone_id.index()], REFRESH, RETRY, EXPIRE, minimum] {
                writer.octets(&value.to_be_bytes());
            }
        });
    }

    /// The pointer to the apex of a zone that the last whole name lies in.
    fn pointer_to(&self, zone: &DnsZone) -> Pointer {
        self.whole.into_name(self.whole_len - zone.apex.wire().len())
    }
}

/// A name server of a zone in the zone, and where its name stands in the message.
#[derive(Clone, Copy)]
struct Glue<'h> {
    host: &'h Host,
    at: Pointer,
}
