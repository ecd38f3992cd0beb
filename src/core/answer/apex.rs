//! What a zone owns itself: its SOA, its name servers, and their addresses.
//!
//! In: a question about the apex or a name server. Out: its records.
//! Does not know services.

use crate::core::snapshot::Host;
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::Asked;
use super::response::{Response, Section};

/// TTL of NS and name servers' addresses, in seconds.
const NS_TTL: u32 = 3600;
/// TTL of the SOA itself, in seconds: as often as secondaries ask.
const SOA_TTL: u32 = 60;
/// RFC 8482, section 4.2: what ANY is answered with.
const HINFO: &[u8] = b"\x07RFC8482\x00";

impl Asked<'_> {
    /// The apex itself, which stands at `owner`.
    pub(super) fn at_apex(&self, owner: Pointer, response: &mut Response<'_>) {
        response.authoritative(Rcode::NOERROR);
        match self.record_type {
            RecordType::SOA => self.write_soa(Section::Answer, SOA_TTL, response),
            RecordType::NS => self.write_nameservers(owner, response),
            RecordType::ANY => self.write_hinfo(NS_TTL, owner, response),
            // RFC 3658, section 2.2.1.1: DS stands on the parent's side of the cut. Neither of
            // our zones is signed, so there is none; but it is the parent that says so.
            RecordType::DS => {
                let side = self.zone.parent.unwrap_or(self.zone_id);
                let ttl = self.snapshot.negative_ttl;
                self.write_soa_of(side, Section::Authority, ttl, response);
            }
            // A name server may be called like the apex itself.
            _ => match self.zone.host(self.name.wire()) {
                Some(host) => self.at_host(host, owner, response),
                None => self.nodata(response),
            },
        }
    }

    /// A name server inside the zone, whose name stands at `owner`.
    pub(super) fn at_host(&self, host: &Host, owner: Pointer, response: &mut Response<'_>) {
        response.authoritative(Rcode::NOERROR);
        match self.record_type {
            RecordType::A if !host.v4.is_empty() => {
                self.write_host(RecordType::A, host, Section::Answer, owner, response);
            }
            RecordType::AAAA if !host.v6.is_empty() => {
                self.write_host(RecordType::AAAA, host, Section::Answer, owner, response);
            }
            RecordType::ANY => self.write_hinfo(NS_TTL, owner, response),
            _ => self.nodata(response),
        }
    }

    fn write_nameservers(&self, owner: Pointer, response: &mut Response<'_>) {
        let apex = self.zone.apex.wire();
        // The additional section is a courtesy: where it does not fit it is left out whole.
        let mut glue: [Option<(&Host, Pointer)>; 16] = [None; 16];
        for (index, server) in self.zone.nameservers.iter().enumerate() {
            let mut at = owner;
            response.record(Section::Answer, owner, RecordType::NS, NS_TTL, |writer| {
                at = writer.here().unwrap_or(at);
                writer.name(server.wire(), apex, owner);
            });
            if let (Some(slot), Some(host)) = (glue.get_mut(index), self.zone.host(server.wire())) {
                *slot = Some((host, at));
            }
        }
        if response.is_full() {
            return;
        }
        let mark = response.mark();
        for (host, owner) in glue.into_iter().flatten() {
            self.write_host(RecordType::A, host, Section::Additional, owner, response);
            self.write_host(RecordType::AAAA, host, Section::Additional, owner, response);
        }
        if response.is_full() {
            response.forget_from(mark, Section::Additional);
        }
    }

    /// Writes the addresses of one family: A or AAAA.
    fn write_host(
        &self,
        record_type: RecordType,
        host: &Host,
        section: Section,
        owner: Pointer,
        response: &mut Response<'_>,
    ) {
        let (kind, rotation) = ((record_type, NS_TTL), (self.draw, self.snapshot.max_addresses));
        if record_type == RecordType::A {
            response.addresses(section, owner, kind, &host.v4, rotation);
        } else {
            response.addresses(section, owner, kind, &host.v6, rotation);
        }
    }

    /// Answers ANY where the name owns records.
    pub(super) fn write_hinfo(&self, ttl: u32, owner: Pointer, response: &mut Response<'_>) {
        response.record(Section::Answer, owner, RecordType::HINFO, ttl, |writer| {
            writer.octets(HINFO);
        });
    }
}
