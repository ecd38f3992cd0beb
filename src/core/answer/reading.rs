//! A packet, read: what it asks, of which zone, and the look-up that its answer begins with.
//!
//! In: a snapshot and a packet. Out: [`Reading`], which is answered from the same snapshot. Packets
//! of a batch are all read before the first is answered: what they look up lies anywhere in memory,
//! and so they wait for it together and not one after the other.
//! Does not know what is answered.

use std::hint::black_box;

use crate::core::name::QueryName;
use crate::core::name::grammar::ServiceName;
use crate::core::snapshot::{Snapshot, ZoneId, ZoneMatch};
use crate::core::wire::query::{Class, Query, Question};
use crate::core::wire::{Rcode, RecordType};

/// A packet that was read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) name: QueryName,
    /// Whether the packet is to be answered at all.
    pub(super) is_query: bool,
    pub(super) query: Query,
    /// What it asks for, or the code that says why nothing is.
    pub(super) found: Result<Found, Rcode>,
}

/// A question inside one of our zones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) record_type: RecordType,
    /// How many labels stand left of the zone's apex.
    pub(super) left: u8,
    pub(super) zone: ZoneId,
    pub(super) service: Option<Keyed>,
}

/// A name with the shape of a service's name, and the hash of that service's key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyed {
    pub(super) shape: ServiceName,
    pub(super) hash: u64,
}

impl Default for Reading {
    fn default() -> Self {
        let (name, query) = Default::default();
        Self { name, is_query: false, query, found: Err(Rcode::REFUSED) }
    }
}

impl Reading {
    /// Reads a packet.
    // One copy, into which all that it calls is drawn: two would call it instead.
    #[inline(never)]
    pub(super) fn read(&mut self, snapshot: &Snapshot, packet: &[u8]) {
        self.is_query = self.query.read(packet, &mut self.name);
        if self.is_query {
            self.found = refusal(&self.query).and_then(|question| {
                Found::new(snapshot, &self.name, question.record_type).ok_or(Rcode::REFUSED)
            });
        }
    }

    /// The hash that its answer's look-ups begin with, if there are any, and whether it is one for a
    /// name inside clusters.
    fn hash(&self, snapshot: &Snapshot) -> Option<(u64, bool)> {
        let found = self.is_query.then_some(self.found.as_ref().ok()).flatten()?;
        match &found.service {
            Some(keyed) => Some((keyed.hash, false)),
            None if found.left == 2 && snapshot.zones.zone(found.zone).is_in_cluster() => {
                Some((snapshot.table.hash(self.name.labels(0..2)), true))
            }
            None => None,
        }
    }
}

impl Found {
    /// What a name is, if it is in one of our zones.
    #[inline(always)]
    pub(super) fn new(
        snapshot: &Snapshot,
        name: &QueryName,
        record_type: RecordType,
    ) -> Option<Self> {
        let ZoneMatch { zone, left } = snapshot.zones.find(name)?;
        let is_inside = snapshot.zones.zone(zone).is_in_cluster();
        // Ports and protocols are not published, so nothing stands below a service's name.
        let shape = ServiceName::read(name, left).filter(|it| !is_inside && it.service() == 0);
        let service =
            shape.map(|shape| Keyed { hash: snapshot.table.hash(name.labels(shape.key())), shape });
        // A name has 127 labels at most, and what is small costs an answer less to hand on.
        Some(Self { record_type, left: left as u8, zone, service })
    }
}

/// Brings what is looked up for `readings`, [`MOST`] at most, close to the processor.
pub(super) fn fetch(snapshot: &Snapshot, readings: &[Reading]) {
    let Snapshot { table, local, .. } = snapshot;
    // Inside clusters the asker's own cluster is looked at first; the hash is the same.
    let mut awaited = [(table, 0, 0); 2 * MOST];
    let mut count = 0;
    for (hash, is_inside) in readings.iter().filter_map(|reading| reading.hash(snapshot)) {
        for table in [Some(table), is_inside.then_some(local)].into_iter().flatten() {
            awaited[count] = (table, hash, 0);
            count += 1;
        }
    }
    let awaited = &mut awaited[..count];
    for (table, hash, at) in awaited.iter_mut() {
        *at = table.load_slot(*hash);
    }
    for (table, hash, at) in awaited {
        black_box(table.load_record(*hash, *at));
    }
}

/// Most readings that are fetched for at once. Processors wait for some ten places in memory at once,
/// and what was fetched for the first has to be there still when the last is answered.
pub(super) const MOST: usize = 16;

/// The question of a query that keeps the rules, or the code that says which it breaks.
fn refusal(query: &Query) -> Result<Question, Rcode> {
    if query.opcode != 0 {
        return Err(Rcode::NOTIMP);
    }
    if query.is_malformed {
        return Err(Rcode::FORMERR);
    }
    // RFC 6891, section 6.1.3: the only version there is, is 0.
    if query.edns.is_some_and(|edns| edns.version > 0) {
        return Err(Rcode::BADVERS);
    }
    let Some(question) = query.question else {
        // RFC 7873, section 5.4: no question and a COOKIE option asks for a cookie alone.
        let is_for_cookie =
            query.question_count == 0 && query.edns.is_some_and(|edns| edns.has_cookie);
        return Err(if is_for_cookie { Rcode::NOERROR } else { Rcode::FORMERR });
    };
    if question.class != Class::IN {
        return Err(Rcode::REFUSED);
    }
    match question.record_type {
        RecordType::AXFR | RecordType::IXFR => Err(Rcode::REFUSED),
        RecordType::MAILA | RecordType::MAILB | RecordType::TKEY => Err(Rcode::NOTIMP),
        // RFC 9824, section 3.4, and RFC 6895, section 3.1: these are never the type of a question.
        RecordType(0) | RecordType::OPT | RecordType::TSIG | RecordType::NXNAME => {
            Err(Rcode::FORMERR)
        }
        _ => Ok(question),
    }
}
