//! Assemble what a static zone holds: its RRsets, delegations, DNAMEs, and addresses that a name has from another.
//!
//! In: a name of such a zone that was found. Out: the response. Names are compressed where RFC 3597, section 4,
//! lets them be. Does not know how names are looked up.

use crate::core::compiled::{AddressBuffer, AddressSet};
use crate::core::name::{QueryName, first_name, is_within};
use crate::core::wire::compression::KnownNames;
use crate::core::wire::writer::{Pointer, Writer};
use crate::core::wire::{Rcode, RecordType};
use crate::core::zone::{self, ALIAS, Cover, NamesIn, RrSet, names_in};

use super::super::follow::NameChain;
use super::super::lookup::{Data, Delegation, ForeignData, Node, WrittenAlias, ZoneName};
use super::super::response::Section;
use super::apex::NS_TTL;
use super::{Assembler, Whole};

/// Most names of an RRset whose addresses stand beside it.
const MOST_TARGETS: usize = 16;

/// A name in an answer's data whose addresses are told beside it.
#[derive(Clone, Copy, Debug)]
struct Target<'z> {
    name: &'z [u8],
    /// Where it stands.
    at: Pointer,
}

type Targets<'z> = [Option<Target<'z>>; MOST_TARGETS];

impl Assembler<'_, '_> {
    /// A name that owns RRsets, or is made of a wildcard that does.
    #[inline(never)]
    pub(super) fn written(&mut self, last: &ZoneName<'_>, node: zone::Node<'_>) {
        let is_apex = last.left == 0;
        match self.query.record_type {
            RecordType::ANY if !node.is_empty() => {
                let ttl = node.sets().map(|set| set.ttl).min().unwrap_or_default();
                self.hinfo(ttl);
            }
            RecordType::SOA if is_apex => {
                let ttl = last.zone.soa.map_or(0, |soa| soa.ttl);
                self.soa(Section::Answer, last.zone_id, ttl);
            }
            RecordType::DS if is_apex => self.signer(last),
            // It is ours alone, and stands for addresses.
            RecordType(ALIAS) => self.nodata(last),
            record_type => match node.set(record_type) {
                Some(set) => self.answer_set(last, set),
                None => self.nodata(last),
            },
        }
    }

    /// The TTL of a negative answer, in seconds.
    pub(super) fn negative_ttl(&self, last: &ZoneName<'_>) -> u32 {
        let ours = self.query.snapshot.negative_ttl;
        match last.zone.soa {
            None => ours,
            Some(soa) if last.is_federated() => soa.negative_ttl().min(ours),
            Some(soa) => soa.negative_ttl(),
        }
    }

    /// RFC 3658, section 2.2.1.1: DS stands on the parent's side of the cut, which says what there is.
    pub(super) fn signer(&mut self, last: &ZoneName<'_>) {
        let Some(parent) = last.zone.parent else { return self.nodata(last) };
        let zone = self.query.snapshot.zones.zone(parent);
        let found = zone.records.as_deref().and_then(|it| it.find(last.zone.apex.wire()));
        let of_cut = found.filter(|it| it.is_exact && !matches!(it.cover, Some(Cover::Dname(_))));
        let set = of_cut.and_then(|it| it.closest.set(RecordType::DS));
        match set {
            Some(set) => self.answer_set(last, set),
            None => {
                let ours = self.query.snapshot.negative_ttl;
                let ttl = zone.soa.map_or(ours, |soa| soa.negative_ttl());
                self.soa(Section::Authority, parent, ttl);
            }
        }
    }

    /// Writes an RRset as the answer, and the addresses of the names in it.
    fn answer_set(&mut self, last: &ZoneName<'_>, set: RrSet<'_>) {
        let mut known = self.known(last.name);
        let targets = self.set(Section::Answer, self.owner, set, &mut known);
        if !self.response.is_full() {
            self.additional(last, &targets, |_| true);
        }
    }

    /// The names that stand in the message.
    fn known(&self, last: &QueryName) -> KnownNames {
        let (mut known, wire) = (KnownNames::default(), last.wire());
        let Whole { start, literal, tail, .. } = self.whole;
        known.add(start.position(), &wire[..literal.min(wire.len())]);
        if let Some(behind) = wire.get(literal..) {
            known.add(tail.position(), behind);
        }
        known
    }

    /// Writes an RRset; gives the names in it that have addresses. Addresses are rotated.
    fn set<'z>(
        &mut self,
        section: Section,
        owner: Pointer,
        set: RrSet<'z>,
        known: &mut KnownNames,
    ) -> Targets<'z> {
        let (mut targets, mut count) = ([None; MOST_TARGETS], 0);
        let RrSet { record_type, ttl, .. } = set;
        let is_address = matches!(record_type, RecordType::A | RecordType::AAAA);
        let size = if is_address { set.records().count() as u64 } else { 1 };
        let start = (self.query.draw % size.max(1)) as usize;
        let mut written = self.response.rrset(section, owner, record_type, ttl);
        for data in set.records().skip(start).chain(set.records().take(start)) {
            let mut at = None;
            written.add(|writer| at = write_data(writer, record_type, data, known));
            if let (Some(name), Some(slot)) = (target(record_type, data), targets.get_mut(count)) {
                // RFC 9460, section 2.5: the root stands for the owner.
                let is_owner = name.len() == 1 && record_type != RecordType::MX;
                *slot = at.filter(|_| !is_owner).map(|at| Target { name, at });
                count += 1;
            }
        }
        targets
    }

    /// Writes the addresses of names of the zone beside the answer, as far as they fit.
    fn additional(
        &mut self,
        last: &ZoneName<'_>,
        targets: &Targets<'_>,
        wanted: impl Fn(&[u8]) -> bool,
    ) {
        for Target { name, at } in targets.iter().flatten().filter(|it| wanted(it.name)) {
            let before = self.response.written();
            self.addresses_beside(last, name, *at);
            if self.response.is_full() {
                return self.response.restore(before);
            }
        }
    }

    /// Writes the addresses that the zone holds of a name, glue too.
    fn addresses_beside(&mut self, last: &ZoneName<'_>, name: &[u8], at: Pointer) {
        let mut known = KnownNames::default();
        let is_ours = name.len() >= last.zone.apex.wire().len()
            && name[name.len() - last.zone.apex.wire().len()..]
                .eq_ignore_ascii_case(last.zone.apex.wire());
        let found = last.zone.records.as_deref().filter(|_| is_ours).and_then(|it| it.find(name));
        let is_there =
            |it: &zone::Found<'_>| it.is_exact && !matches!(it.cover, Some(Cover::Dname(_)));
        for record_type in [RecordType::A, RecordType::AAAA] {
            if let Some(set) = found.filter(is_there).and_then(|it| it.closest.set(record_type)) {
                self.set(Section::Additional, at, set, &mut known);
            }
        }
        let mut hosts = last.zone.hosts.iter();
        if found.is_none_or(|it| !it.is_exact)
            && let Some(host) = hosts.find(|it| it.name.wire().eq_ignore_ascii_case(name))
        {
            let (section, rotation) = (Section::Additional, self.rotation());
            let set = self.response.rrset(section, at, RecordType::A, NS_TTL);
            set.addresses(&host.v4, rotation);
            let set = self.response.rrset(section, at, RecordType::AAAA, NS_TTL);
            set.addresses(&host.v6, rotation);
        }
    }

    /// Sends who asks to those to whom the zone delegates the name (RFC 1034, section 4.2.1).
    #[inline(never)]
    pub(super) fn referral(&mut self, last: &ZoneName<'_>, delegation: Delegation<'_>) {
        let Delegation { cut, is_cut } = delegation;
        if is_cut && self.query.record_type == RecordType::DS {
            return match cut.set(RecordType::DS) {
                Some(set) => self.answer_set(last, set),
                None => self.nodata(last),
            };
        }
        let Some(set) = cut.set(RecordType::NS) else { return self.response.not_ready() };
        self.response.delegated();
        let start = last.name.start(last.left - cut.depth());
        let (owner, name) = (self.whole.at(start), &last.name.wire()[start..]);
        let mut known = self.known(last.name);
        let targets = self.set(Section::Authority, owner, set, &mut known);
        // RFC 9471, section 3.1: without the addresses of those in the delegated zone nobody gets there.
        let is_needed = |target: &[u8]| is_within(&lowered(target)[..target.len()], name);
        for Target { name, at } in targets.iter().flatten().filter(|it| is_needed(it.name)) {
            self.addresses_beside(last, name, *at);
        }
        if !self.response.is_full() {
            self.additional(last, &targets, |target| !is_needed(target));
        }
    }

    /// A DNAME leads to a name that is too long (RFC 6672, section 2.2).
    pub(super) fn too_long(&mut self, last: &ZoneName<'_>, owner: zone::Node<'_>) {
        self.response.authoritative(Rcode::YXDOMAIN);
        if let Some(set) = owner.set(RecordType::DNAME) {
            let at = self.whole.at(last.name.start(last.left - owner.depth()));
            self.set(Section::Answer, at, set, &mut KnownNames::default());
        }
    }

    /// Writes the DNAME that makes an alias, before that (RFC 6672, section 3.1).
    pub(super) fn dname(&mut self, alias: &WrittenAlias<'_>, ttl: u32) {
        let set = alias.dname.and_then(|owner| owner.set(RecordType::DNAME));
        if let Some(set) = set {
            let at = self.whole.at(alias.start[0].len());
            self.set(Section::Answer, at, set.with_ttl(ttl), &mut KnownNames::default());
        }
    }

    /// Writes the CNAME to a name, whose end is that of the question's name as far as the two are the same.
    pub(super) fn alias_to(&mut self, question: &QueryName, name: &QueryName, ttl: u32) {
        let (asked, all) = (question.label_count(), name.label_count());
        let is_same = |count: &usize| question.label(asked - count) == name.label(all - count);
        let shared = (1..=asked.min(all)).take_while(is_same).count();
        let tail = Pointer::into_question(question.start(asked - shared));
        let literal = if shared == 0 { name.wire().len() } else { name.start(all - shared) };
        self.alias(ttl, |writer| {
            writer.octets(&name.wire()[..literal]);
            if shared > 0 {
                writer.pointer(tail);
            }
        });
        // Some decoders do not like a pointer to a pointer.
        if literal == 0 {
            self.owner = tail;
        }
        self.whole = Whole { start: self.owner, len: name.wire().len(), literal, tail };
    }

    /// The last name of `chain` has the addresses of the name that `from` leads to: those, under its own name.
    pub(super) fn addresses_of(
        &mut self,
        chain: &NameChain<'_>,
        from: &NameChain<'_>,
        gathered: &AddressBuffer,
    ) {
        let ttl = from.links().map(|link| link.ttl).min().unwrap_or_default();
        let host = |set| (set, ttl.min(NS_TTL));
        let (set, ttl) = match (&from.found.service, &from.fallback) {
            (Some(service), Some(fallback)) => {
                if fallback.is_guess() {
                    return self.response.not_ready();
                }
                self.note_end(service, &fallback.end);
                let is_there = matches!(fallback.node, Node::Data(Data::Service(_)));
                let set = if is_there { gathered.set() } else { AddressSet::default() };
                (set, ttl.min(service.ttl(&fallback.end)))
            }
            _ => match &from.found.node {
                Node::Unknown => return self.response.not_ready(),
                Node::Data(Data::Written(node)) => {
                    return match node.set(self.query.record_type) {
                        Some(set) => {
                            let set = set.with_ttl(ttl.min(set.ttl));
                            let known = &mut KnownNames::default();
                            _ = self.set(Section::Answer, self.owner, set, known);
                        }
                        None => self.no_address(&chain.last),
                    };
                }
                Node::Data(Data::Apex(Some(server)) | Data::NameServer(server)) => {
                    host(server.addresses())
                }
                Node::Data(Data::InCluster(set)) => (*set, ttl),
                Node::Data(Data::Foreign(ForeignData { addresses, limit })) => {
                    (*addresses, ttl.min(*limit))
                }
                _ => (AddressSet::default(), ttl),
            },
        };
        if !self.addresses(set, ttl) {
            self.no_address(&chain.last);
        }
    }

    /// The other name may have addresses at any moment.
    fn no_address(&mut self, last: &ZoneName<'_>) {
        let ttl = self.negative_ttl(last).min(self.query.snapshot.negative_ttl);
        self.soa(Section::Authority, last.zone_id, ttl);
    }
}

/// Writes the data of a record; gives where the name in it stands, if it has one for which addresses are told.
fn write_data(
    writer: &mut Writer<'_>,
    record_type: RecordType,
    data: &[u8],
    known: &mut KnownNames,
) -> Option<Pointer> {
    let Some(NamesIn { before, count }) = names_in(record_type.0) else {
        let at = writer.here();
        writer.octets(data);
        let before = data.len() - target(record_type, data)?.len();
        // The target of a binding stands before its parameters.
        let before = if is_binding(record_type) { 2 } else { before };
        return at.map(|at| at.into_name(before));
    };
    let (head, mut rest) = data.split_at(before.min(data.len()));
    writer.octets(head);
    let mut at = None;
    for _ in 0..count {
        let name = first_name(rest);
        at = writer.compressed(name, known);
        rest = &rest[name.len()..];
    }
    writer.octets(rest);
    at
}

fn is_binding(record_type: RecordType) -> bool {
    matches!(record_type, RecordType::SVCB | RecordType::HTTPS)
}

/// The name in data of a record whose addresses are told beside it: of NS, MX, SRV, SVCB and HTTPS.
fn target(record_type: RecordType, data: &[u8]) -> Option<&[u8]> {
    let before = match record_type {
        RecordType::NS => 0,
        RecordType::MX | RecordType::SVCB | RecordType::HTTPS => 2,
        RecordType::SRV => 6,
        _ => return None,
    };
    data.get(before..).map(first_name)
}

/// A name in lower case.
fn lowered(name: &[u8]) -> [u8; 256] {
    let mut lowered = [0; 256];
    for (to, from) in lowered.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    lowered
}
