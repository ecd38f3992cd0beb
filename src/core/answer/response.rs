//! A reply while it is written: header, question, records, OPT.
//!
//! In: what the query asked for and took; records. Out: the octets of one message within the
//! size that the client takes. Too large for UDP becomes TC without records.
//! Does not know which names exist.

use std::time::Duration;

use crate::core::snapshot::Snapshot;
use crate::core::topology::Level;
use crate::core::wire::query::{Edns, HEADER, Keepalive, OPTION_KEEPALIVE, Query, Question};
use crate::core::wire::writer::{Pointer, Writer};
use crate::core::wire::{Rcode, RecordType};

use super::request::{Outcome, Request, Transport};

/// Largest UDP message without EDNS (RFC 1035, section 4.2.1); less is not asked for with it
/// either (RFC 6891, section 6.2.3).
const MIN_UDP: usize = 512;
/// Octets of an OPT record without options.
const OPT: usize = 11;
/// Octets of an option whose data are one number of 16 bits.
const OPTION: usize = 6;
/// The unit of the idle time-out that is told (RFC 7828, section 3.1), in milliseconds.
const KEEPALIVE_UNIT: u128 = 100;
/// RFC 8914, section 4.4: the data may be out of date.
const STALE: u16 = 3;
/// RFC 8914, section 4.15: the server is not ready to answer.
const NOT_READY: u16 = 14;

const OPTION_EXTENDED_ERROR: u16 = 15;

const QR: u8 = 0x80;
const AA: u8 = 0x04;
const TC: u8 = 0x02;

/// Octets of the longest reply that a client may get.
pub(super) fn largest(snapshot: &Snapshot, transport: Transport) -> usize {
    match transport {
        Transport::Udp => snapshot.max_udp_size.max(MIN_UDP),
        Transport::Tcp => usize::from(u16::MAX),
    }
}

/// Which section a record goes to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Section {
    Answer,
    Authority,
    Additional,
}

/// An RRset while it is written: its records have one owner, one type and one TTL (RFC 2181, section
/// 5.2), and differ in their data.
pub(super) struct RrSet<'r, 'b> {
    response: &'r mut Response<'b>,
    section: Section,
    owner: Pointer,
    record_type: RecordType,
    /// In seconds.
    ttl: u32,
}

/// Which addresses of a set are answered, and in which order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotation {
    /// Where it starts, modulo the size of the set.
    pub(super) draw: u64,
    /// How many are answered at most.
    pub(super) most: usize,
}

impl RrSet<'_, '_> {
    /// Writes the one record that there is, its data through `data`.
    #[inline(always)]
    pub(super) fn record(mut self, data: impl FnOnce(&mut Writer<'_>)) {
        self.add(data);
    }

    /// Writes a record, its data through `data`.
    #[inline(always)]
    pub(super) fn add(&mut self, data: impl FnOnce(&mut Writer<'_>)) {
        let Self { response, section, owner, record_type, ttl } = self;
        response.writer.record(*owner, *record_type, *ttl);
        response.writer.data(data);
        response.counts[*section as usize] += 1;
    }

    /// Writes all records: of addresses, rotated.
    pub(super) fn addresses<const N: usize>(self, set: &[[u8; N]], rotation: Rotation) {
        let Self { response, section, owner, record_type, ttl } = self;
        let mut count = set.len().min(rotation.most);
        if response.transport == Transport::Tcp {
            // There is no larger transport to go to: as many as one message holds.
            count = count.min(response.writer.room() / (12 + N));
        }
        let start = if set.is_empty() { 0 } else { (rotation.draw % set.len() as u64) as usize };
        let rotated = set[start..].iter().chain(&set[..start]).take(count);
        response.writer.addresses(owner, record_type, ttl, rotated);
        response.counts[section as usize] += count as u16;
    }
}

pub(super) struct Response<'b> {
    writer: Writer<'b>,
    transport: Transport,
    /// The header's third octet, as far as it is known.
    flags: u8,
    question_end: usize,
    question_count: u16,
    counts: [u16; 3],
    rcode: Rcode,
    level: Option<Level>,
    /// Octets that are kept free for OPT and what it is to hold; none where there is to be no OPT.
    reserved: u8,
    /// The DO bit (RFC 3225), where it stands in OPT.
    dnssec_ok: u8,
    payload: u16,
    extended_errors: ExtendedErrors,
    /// The idle time-out that is told, where it is asked for, in the option's unit.
    keepalive: Option<u16>,
}

/// Which extended errors are told (RFC 8914).
#[derive(Clone, Copy, Debug, Default)]
struct ExtendedErrors {
    is_stale: bool,
    is_not_ready: bool,
}

impl ExtendedErrors {
    fn is_empty(self) -> bool {
        !self.is_stale && !self.is_not_ready
    }

    /// Their codes.
    fn codes(self) -> impl Iterator<Item = u16> + Clone {
        let stale = self.is_stale.then_some(STALE);
        stale.into_iter().chain(self.is_not_ready.then_some(NOT_READY))
    }
}

/// What was written of a response at some moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    len: usize,
    counts: [u16; 3],
}

impl<'b> Response<'b> {
    /// Starts a reply with header and question. `None` where the buffer is shorter than the
    /// shortest message every client takes.
    pub(super) fn new(
        snapshot: &Snapshot,
        request: &Request<'_>,
        query: &Query,
        buffer: &'b mut [u8],
    ) -> Option<Self> {
        if buffer.len() < MIN_UDP {
            return None;
        }
        let (edns, largest) = (query.edns, largest(snapshot, request.transport));
        let (limit, keepalive) = match request.transport {
            Transport::Udp => {
                let payload = edns.map_or(MIN_UDP, |edns| usize::from(edns.payload).max(MIN_UDP));
                (payload.min(largest), None)
            }
            Transport::Tcp => (largest, edns.and_then(|edns| keepalive(edns, request.idle))),
        };
        let reserved = match (edns, keepalive) {
            (None, _) => 0,
            (Some(_), None) => OPT,
            (Some(_), Some(_)) => OPT + OPTION,
        };
        let limit = limit.min(buffer.len());
        let mut writer = Writer::new(buffer, limit - reserved);
        // The question goes back as it came, octet by octet: its case is the client's (0x20).
        let end = query.question.map_or(HEADER, Question::end);
        writer.octets(&request.packet[..end]);
        Some(Self {
            writer,
            transport: request.transport,
            flags: QR | query.opcode << 3 | u8::from(query.recursion_desired),
            question_end: end,
            question_count: u16::from(query.question.is_some()),
            counts: [0; 3],
            rcode: Rcode::NOERROR,
            level: None,
            reserved: reserved as u8,
            dnssec_ok: edns.map_or(0, |edns| u8::from(edns.dnssec_ok) << 7),
            payload: snapshot.max_udp_size as u16,
            extended_errors: ExtendedErrors::default(),
            keepalive,
        })
    }

    /// Says no more than a code: nothing but question and OPT.
    pub(super) fn refuse(&mut self, rcode: Rcode) {
        self.rewind();
        self.flags &= !AA;
        (self.rcode, self.level) = (rcode, None);
    }

    /// Says that the answer is not known yet. What was written is taken back.
    pub(super) fn not_ready(&mut self) {
        self.refuse(Rcode::SERVFAIL);
        self.extended_errors = ExtendedErrors { is_stale: false, is_not_ready: true };
    }

    /// Says that the answer rests on facts that may have changed: nothing is heard of a cluster.
    pub(super) fn stale(&mut self) {
        self.extended_errors.is_stale = true;
    }

    /// Says that the answer goes without a cluster that was never read and could change it.
    pub(super) fn incomplete(&mut self) {
        self.extended_errors.is_not_ready = true;
    }

    /// Says that the answer comes from a zone of ours.
    pub(super) fn authoritative(&mut self, rcode: Rcode) {
        self.flags |= AA;
        self.rcode = rcode;
    }

    /// Says at which level addresses were found.
    pub(super) fn answered_at(&mut self, level: Level) {
        self.level = Some(level);
    }

    /// Begins an RRset.
    #[inline(always)]
    pub(super) fn rrset(
        &mut self,
        section: Section,
        owner: Pointer,
        record_type: RecordType,
        ttl: u32,
    ) -> RrSet<'_, 'b> {
        RrSet { response: self, section, owner, record_type, ttl }
    }

    /// Where the next record starts, to come back to it with [`Response::forget_from`].
    pub(super) fn mark(&self) -> usize {
        self.writer.len()
    }

    /// Whether something did not fit.
    pub(super) fn is_full(&self) -> bool {
        self.writer.is_full()
    }

    /// Says that the answer comes from no zone of ours, unless a record of one was written.
    pub(super) fn delegated(&mut self) {
        if self.counts[Section::Answer as usize] == 0 {
            self.flags &= !AA;
        }
    }

    /// What was written so far, to come back to it with [`Response::restore`].
    pub(super) fn written(&self) -> Written {
        Written { len: self.writer.len(), counts: self.counts }
    }

    /// Takes back what was written since.
    pub(super) fn restore(&mut self, written: Written) {
        self.writer.rewind(written.len);
        self.counts = written.counts;
    }

    /// Takes back the records of a section written since `mark`.
    pub(super) fn forget_from(&mut self, mark: usize, section: Section) {
        self.writer.rewind(mark);
        self.counts[section as usize] = 0;
    }

    fn rewind(&mut self) {
        self.writer.rewind(self.question_end);
        self.counts = [0; 3];
    }

    /// Completes the message; gives its length and what became of the packet.
    // In place: to move it here first would be one percent of an answer.
    pub(super) fn finish(&mut self) -> (usize, Outcome) {
        let is_truncated = self.writer.is_full();
        if is_truncated {
            // RFC 2181, section 9: what is left of a truncated RRset is of no use.
            self.rewind();
            self.flags |= TC;
            self.level = None;
        }
        self.write_opt();
        let [answers, authorities, additionals] = self.counts;
        let counts = [self.question_count, answers, authorities, additionals];
        // All but the id, which stays the query's.
        let mut header = [self.flags, (self.rcode.0 & 0x0f) as u8, 0, 0, 0, 0, 0, 0, 0, 0];
        for (octets, count) in header[2..].chunks_exact_mut(2).zip(counts) {
            octets.copy_from_slice(&count.to_be_bytes());
        }
        self.writer.overwrite(2, &header);
        let outcome = Outcome::Answered { rcode: self.rcode, level: self.level, is_truncated };
        (self.writer.len(), outcome)
    }

    /// RFC 6891, section 6.1.1: OPT in every reply to a query with OPT. No option that was sent
    /// comes back, but that the client is told its idle time-out where it asks for it.
    fn write_opt(&mut self) {
        if self.reserved == 0 {
            return;
        }
        self.writer.extend_limit(usize::from(self.reserved));
        self.counts[Section::Additional as usize] += 1;
        if self.extended_errors.is_empty() && self.keepalive.is_none() {
            self.writer.octets(&self.opt(0));
        } else {
            self.write_options();
        }
    }

    /// An OPT record without its options, which have so many octets.
    #[inline(always)]
    fn opt(&self, length: usize) -> [u8; OPT] {
        let [payload1, payload2] = self.payload.to_be_bytes();
        let extended = (self.rcode.0 >> 4) as u8;
        let [type1, type2] = RecordType::OPT.0.to_be_bytes();
        let dnssec_ok = self.dnssec_ok;
        [0, type1, type2, payload1, payload2, extended, 0, dnssec_ok, 0, 0, length as u8]
    }

    /// Writes OPT with options.
    // Apart, so that replies without any do not carry them.
    #[inline(never)]
    fn write_options(&mut self) {
        let reserved = usize::from(self.reserved);
        // RFC 8914, section 3: an extended error helps people. It is no reason to cut an answer.
        let room = self.writer.room().saturating_sub(reserved) / OPTION;
        let told = self.extended_errors.codes().take(room);
        let length = told.clone().count() * OPTION + reserved - OPT;
        self.writer.octets(&self.opt(length));
        for code in told {
            self.writer.octets(&option(OPTION_EXTENDED_ERROR, code));
        }
        if let Some(units) = self.keepalive {
            self.writer.octets(&option(OPTION_KEEPALIVE, units));
        }
    }
}

/// An option whose data are one number: an extended error without text (RFC 8914, section 2), or an idle
/// time-out (RFC 7828, section 3.1).
fn option(code: u16, value: u16) -> [u8; OPTION] {
    let ([code1, code2], [value1, value2]) = (code.to_be_bytes(), value.to_be_bytes());
    [code1, code2, 0, 2, value1, value2]
}

/// The idle time-out that a client is told who asks for it over TCP.
fn keepalive(edns: Edns, idle: Duration) -> Option<u16> {
    let units = || u16::try_from(idle.as_millis() / KEEPALIVE_UNIT).unwrap_or(u16::MAX);
    (edns.keepalive == Keepalive::Asked).then(units)
}
