//! Assemble what a zone of any kind owns itself: SOA and NS at its apex, and its name servers' addresses.
//!
//! In: the apex or a name server that was found. Out: the response. Does not know services.

use crate::core::snapshot::Host;
use crate::core::wire::RecordType;
use crate::core::wire::writer::Pointer;

use super::super::lookup::ZoneName;
use super::super::response::Section;
use super::Assembler;

/// TTL of NS and name servers' addresses, in seconds.
pub(super) const NS_TTL: u32 = 3600;
/// TTL of the SOA itself, in seconds: as often as secondaries ask.
const SOA_TTL: u32 = 60;
/// Most name servers whose addresses stand beside their names.
const MOST_GLUE: usize = 16;

impl Assembler<'_, '_> {
    /// The apex of a zone.
    #[inline(never)]
    pub(super) fn apex(&mut self, last: &ZoneName<'_>, host: Option<&Host>) {
        match self.query.record_type {
            RecordType::SOA => self.soa(Section::Answer, last.zone_id, SOA_TTL),
            RecordType::NS => self.name_servers(last),
            RecordType::ANY => self.hinfo(NS_TTL),
            RecordType::DS => self.signer(last),
            _ => match host {
                Some(host) => self.name_server(last, host),
                None => self.nodata(last),
            },
        }
    }

    /// A name server inside a zone.
    #[inline(never)]
    pub(super) fn name_server(&mut self, last: &ZoneName<'_>, host: &Host) {
        // Without addresses it is a name server all the same.
        if self.query.record_type == RecordType::ANY {
            self.hinfo(NS_TTL);
        } else if !self.addresses(host.addresses(), NS_TTL) {
            self.nodata(last);
        }
    }

    #[inline(never)]
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
}

/// A name server of a zone in the zone, and where its name stands in the message.
#[derive(Clone, Copy)]
struct Glue<'h> {
    host: &'h Host,
    at: Pointer,
}
