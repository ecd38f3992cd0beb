//! Negative answers: NODATA, NXDOMAIN, and "not known yet".
//!
//! In: a name that owns nothing of what was asked. Out: the rcode and the zone's SOA, without
//! which a negative answer could not be cached (RFC 2308, section 3).
//! Does not know what a service holds.

use std::ops::Range;

use crate::core::answers::has_namespace;
use crate::core::name::grammar::{InnerName, SVC, ServiceName};
use crate::core::name::{is_host_label, is_within};
use crate::core::snapshot::{DnsZone, ZoneId};
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::Asked;
use super::response::{Response, Section};

/// SOA values of a zone that fedns makes itself, in seconds: secondaries ask once a minute and
/// go on for two weeks without us.
const REFRESH: u32 = 60;
const RETRY: u32 = 30;
const EXPIRE: u32 = 14 * 24 * 3600;

/// What a name is that owns nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Absence {
    /// Something stands below it, so that it exists.
    Inner,
    /// Whether it exists is known to clusters that have not spoken yet.
    NotKnown,
    /// It does not exist.
    Nothing,
}

impl Asked<'_> {
    /// What a name below the apex is that is neither a name server's nor a published service's.
    pub(super) fn absence(&self) -> Absence {
        if self.is_inner_name() {
            Absence::Inner
        } else if self.snapshot.unknown.has_names && self.may_exist() {
            Absence::NotKnown
        } else {
            Absence::Nothing
        }
    }

    /// Answers for a name that owns nothing.
    pub(super) fn at_no_service(&self, absence: Absence, response: &mut Response<'_>) {
        match absence {
            Absence::Inner => self.nodata(response),
            Absence::NotKnown => response.not_ready(),
            Absence::Nothing => self.nxdomain(response),
        }
    }

    /// The name exists and has no record of the type (RFC 2308, section 2.2).
    pub(super) fn nodata(&self, response: &mut Response<'_>) {
        response.authoritative(Rcode::NOERROR);
        self.write_soa(Section::Authority, self.snapshot.negative_ttl, response);
    }

    /// The name does not exist (RFC 2308, section 2.1).
    pub(super) fn nxdomain(&self, response: &mut Response<'_>) {
        response.authoritative(Rcode::NXDOMAIN);
        self.write_soa(Section::Authority, self.snapshot.negative_ttl, response);
    }

    /// Writes the SOA of this zone; its minimum is the TTL of negative answers.
    pub(super) fn write_soa(&self, section: Section, ttl: u32, response: &mut Response<'_>) {
        self.write_soa_of(self.zone_id, section, ttl, response);
    }

    /// Writes the SOA of a zone at or above the question's name.
    pub(super) fn write_soa_of(
        &self,
        zone_id: ZoneId,
        section: Section,
        ttl: u32,
        response: &mut Response<'_>,
    ) {
        let zone = self.snapshot.zones.zone(zone_id);
        let apex = self.pointer_to(zone);
        response.record(section, apex, RecordType::SOA, ttl, |writer| {
            let primary = zone.nameservers.first().unwrap_or(&zone.apex);
            writer.name(primary.wire(), zone.apex.wire(), apex);
            writer.name(zone.mailbox.wire(), zone.apex.wire(), apex);
            let minimum = self.snapshot.negative_ttl;
            for value in [self.snapshot.serials[zone_id.index()], REFRESH, RETRY, EXPIRE, minimum] {
                writer.octets(&value.to_be_bytes());
            }
        });
    }

    /// The pointer to the apex of this zone or of one above: inside the question's name, but where
    /// an alias led here.
    pub(super) fn pointer_to(&self, zone: &DnsZone) -> Pointer {
        let length = zone.apex.wire().len();
        match self.apex {
            Some(apex) => apex.into_name(self.zone.apex.wire().len() - length),
            None => Pointer::into_question(self.name.wire().len() - length),
        }
    }

    /// Whether something exists below the name, so that it exists itself.
    fn is_inner_name(&self) -> bool {
        self.is_above_zone_or_host() || self.is_above_service(self.left)
    }

    /// Whether a name server or another zone of ours stands below the name (RFC 8020: no name is
    /// denied below which another one exists).
    pub(super) fn is_above_zone_or_host(&self) -> bool {
        let is_above = |other: &[u8]| is_within(other, self.name.wire());
        let zone = self.zone;
        zone.children.iter().any(|child| is_above(child.wire()))
            || zone.hosts.iter().any(|host| is_above(host.name.wire()))
    }

    /// Whether the question's first `left` labels, standing before the apex, are a name that
    /// published services stand below.
    pub(super) fn is_above_service(&self, left: usize) -> bool {
        InnerName::readings(self.name, left).any(|reading| {
            let labels = self.name.labels(reading.location.clone());
            self.snapshot.places.find(labels).is_some() && self.has_below(&reading)
        })
    }

    /// Whether a published service makes this inner name exist.
    fn has_below(&self, reading: &InnerName) -> bool {
        let snapshot = self.snapshot;
        let Some(federation) = reading.federation else {
            return self.zone.federations.iter().any(|it| snapshot.has_published.contains(it.view));
        };
        let federation = self.zone.federation(self.name.label(federation));
        federation.is_some_and(|federation| match reading.namespace {
            Some(namespace) => {
                let label = self.name.labels(namespace..namespace + 1);
                has_namespace(&snapshot.table, label, federation.view)
            }
            None => snapshot.has_published.contains(federation.view),
        })
    }

    /// Whether the name has a shape in which a cluster could still make it exist.
    fn may_exist(&self) -> bool {
        let is_label = |at: usize| is_host_label(self.name.label(at));
        let is_ours = |at: usize| self.zone.federation(self.name.label(at)).is_some();
        let is_place =
            |mut labels: Range<usize>| labels.all(|at| is_label(at) && self.name.label(at) != SVC);
        let is_service = ServiceName::read(self.name, self.left).is_some_and(|it| {
            let has_no_port = it.service() == 0;
            has_no_port
                && it.key().all(is_label)
                && is_ours(it.federation())
                && is_place(it.location())
        });
        is_service
            || InnerName::readings(self.name, self.left).any(|reading| {
                reading.namespace.is_none_or(is_label)
                    && reading.federation.is_none_or(is_ours)
                    && is_place(reading.location)
            })
    }
}
