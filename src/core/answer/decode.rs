//! A packet, decoded: what it asks, of which zone, and the look-up that its answer begins with.
//!
//! In: a snapshot and a packet. Out: [`Decoded`], which is answered from the same snapshot. Packets
//! of a batch are all decoded before the first is answered: what they look up lies anywhere in memory,
//! and so they wait for it together and not one after the other.
//! Does not know what is answered.

use std::hint::black_box;

use crate::core::name::QueryName;
use crate::core::name::grammar::ServiceName;
use crate::core::snapshot::{Snapshot, ZoneId, ZoneMatch};
use crate::core::wire::query::{Class, Edns, Keepalive, Query, Question};
use crate::core::wire::{Rcode, RecordType};

use super::request::Transport;

/// A packet that was decoded.
#[derive(Debug)]
pub(super) struct Decoded {
    pub(super) name: QueryName,
    /// Whether the packet is to be answered at all.
    pub(super) is_query: bool,
    pub(super) query: Query,
    pub(super) record_type: RecordType,
    /// Where the name lies that it asks for, or the code that says why nothing is answered.
    pub(super) located: Result<Located, Rcode>,
}

/// Where a name lies that is in one of our zones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Located {
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

impl Default for Decoded {
    fn default() -> Self {
        let (name, query) = Default::default();
        let (record_type, located) = (RecordType(0), Err(Rcode::REFUSED));
        Self { name, is_query: false, query, record_type, located }
    }
}

impl Decoded {
    /// Reads a packet.
    // One copy, into which all that it calls is drawn: two would call it instead.
    #[inline(never)]
    pub(super) fn read(&mut self, snapshot: &Snapshot, packet: &[u8], transport: Transport) {
        self.is_query = self.query.read(packet, &mut self.name);
        if self.is_query {
            self.located = refusal(&self.query, transport).and_then(|question| {
                self.record_type = question.record_type;
                Located::new(snapshot, &self.name).ok_or(Rcode::REFUSED)
            });
        }
    }

    /// What its answer's look-ups begin with, if there are any.
    fn first_key(&self, snapshot: &Snapshot) -> Option<FirstKey> {
        let located = self.is_query.then_some(self.located.as_ref().ok()).flatten()?;
        let hash = located.service.as_ref()?.hash;
        Some(FirstKey { hash, is_in_cluster: snapshot.zones.zone(located.zone).is_in_cluster() })
    }
}

/// What the look-ups for an answer begin with.
struct FirstKey {
    hash: u64,
    /// Whether it is that of a name inside clusters.
    is_in_cluster: bool,
}

/// Where the records that a packet's look-ups begin with stand in their leaves.
#[derive(Clone, Copy, Debug, Default)]
struct RecordPlaces {
    canonical: usize,
    in_cluster: usize,
}

impl Located {
    /// Where a name lies, if it is in one of our zones.
    #[inline(always)]
    pub(super) fn new(snapshot: &Snapshot, name: &QueryName) -> Option<Self> {
        let ZoneMatch { zone, left } = snapshot.zones.find(name)?;
        Some(Self::within(snapshot, name, zone, left))
    }

    /// Where a name lies that stands `left` labels below the apex of a zone.
    #[inline(always)]
    pub(super) fn within(snapshot: &Snapshot, name: &QueryName, zone: ZoneId, left: usize) -> Self {
        // Ports and protocols are not published, so nothing stands below a service's name.
        let shape = match snapshot.zones.zone(zone).is_in_cluster() {
            true => (left == 2).then_some(ServiceName::IN_CLUSTER),
            false => ServiceName::read(name, left).filter(|it| it.service() == 0),
        };
        let service =
            shape.map(|shape| Keyed { hash: snapshot.table.hash(name.labels(shape.key())), shape });
        // A name has 127 labels at most, and what is small costs an answer less to hand on.
        Self { left: left as u8, zone, service }
    }
}

/// Brings what is looked up for `packets`, [`MOST`] at most, close to the processor.
pub(super) fn fetch(snapshot: &Snapshot, packets: &[Decoded]) {
    let Snapshot { table, in_cluster, .. } = snapshot;
    let mut places = [RecordPlaces::default(); MOST];
    for (packet, places) in packets.iter().zip(&mut places) {
        let Some(FirstKey { hash, is_in_cluster }) = packet.first_key(snapshot) else { continue };
        places.canonical = table.load_slot(hash);
        // Inside clusters the asker's own cluster is looked at first; the hash is the same.
        if is_in_cluster {
            places.in_cluster = in_cluster.load_slot(hash);
        }
    }
    for (packet, places) in packets.iter().zip(places) {
        let Some(FirstKey { hash, is_in_cluster }) = packet.first_key(snapshot) else { continue };
        black_box(table.load_record(hash, places.canonical));
        if is_in_cluster {
            black_box(in_cluster.load_record(hash, places.in_cluster));
        }
    }
}

/// Most packets that are fetched for at once. Processors wait for some ten places in memory at once,
/// and what was fetched for the first has to be there still when the last is answered.
pub(super) const MOST: usize = 16;

/// The question of a query that keeps the rules, or the code that says which it breaks.
fn refusal(query: &Query, transport: Transport) -> Result<Question, Rcode> {
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
    // RFC 7828, section 3.2.1: the option of a query has no data. Section 3.3.1: over UDP it is
    // ignored, whatever it is.
    let is_malformed = |edns: Edns| edns.keepalive == Keepalive::Malformed;
    if transport == Transport::Tcp && query.edns.is_some_and(is_malformed) {
        return Err(Rcode::FORMERR);
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
