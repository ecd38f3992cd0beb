//! The one function behind every transport: a packet in, a packet out.
//!
//! In: a snapshot, a request, scratch space. Out: a reply and its outcome. It can not wait, can
//! not fail and allocates nothing. The checks stand here in the order in which they win (DESIGN,
//! section 9): length, QR, opcode, sections, EDNS version, QDCOUNT, class, meta-type, zone.
//! Does not know sockets, clusters or how the snapshot came to be.

mod request;
mod replies;
mod reading;
mod response;
mod walk;
mod negative;
mod apex;
mod federated;
mod in_cluster;
mod external;
mod sight;

use crate::core::answers::Gathered;
use crate::core::asker::Asking;
use crate::core::name::QueryName;
use crate::core::snapshot::{DnsZone, Host, Snapshot, ZoneId, ZoneKind};
use crate::core::wire::RecordType;
use crate::core::wire::writer::Pointer;

pub use in_cluster::InCluster;
pub use negative::Absence;
use reading::{Found, MOST, Reading, fetch};
pub use replies::{Replied, Replies};
pub use request::{Outcome, Reply, Request, Transport};
use response::{Response, largest};
pub use sight::{Inside, Sight, sight};
pub use walk::{End, Walk};

/// What a worker keeps between packets, so that answering allocates nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    readings: [Reading; MOST],
    gathered: Gathered,
}

/// What is answered inside one of our zones.
struct Asked<'a> {
    snapshot: &'a Snapshot,
    /// The zone, and its number.
    zone: &'a DnsZone,
    zone_id: ZoneId,
    /// The question's name, and how many of its labels stand left of the apex.
    name: &'a QueryName,
    left: usize,
    record_type: RecordType,
    /// Where rotation starts.
    draw: u64,
    /// Where the apex stands, if an alias led out of the question's zone into this one.
    apex: Option<Pointer>,
}

/// Answers one packet.
pub fn answer(
    snapshot: &Snapshot,
    request: &Request<'_>,
    scratch: &mut Scratch,
    reply: &mut Reply<'_>,
) -> Outcome {
    let reading = &mut scratch.readings[0];
    reading.read(snapshot, request.packet);
    answer_reading(snapshot, request, reading, &mut scratch.gathered, reply)
}

/// Answers several packets, each as [`answer`] would, in less time: what they look up is waited for
/// together. Those from the front are answered, as many as `replies` has room for, and at least one;
/// what was in `replies` goes.
pub fn answer_all<'p>(
    snapshot: &Snapshot,
    requests: impl Iterator<Item = Request<'p>> + Clone,
    scratch: &mut Scratch,
    replies: &mut Replies,
) {
    replies.clear();
    let (mut ahead, mut requests) = (requests.clone(), requests);
    loop {
        let mut count = 0;
        for reading in &mut scratch.readings {
            let Some(request) = ahead.next() else { break };
            reading.read(snapshot, request.packet);
            count += 1;
        }
        let readings = &scratch.readings[..count];
        match count {
            0 => return,
            1 => {}
            _ => fetch(snapshot, readings),
        }
        for reading in readings {
            let Some(request) = requests.next() else { return };
            let largest = largest(snapshot, request.transport);
            let Some(room) = replies.room(largest) else { return };
            let mut reply = Reply::new(room);
            let gathered = &mut scratch.gathered;
            let outcome = answer_reading(snapshot, &request, reading, gathered, &mut reply);
            let len = reply.len;
            replies.push(outcome, len);
        }
    }
}

/// Answers a packet that was read with the same snapshot.
// One copy for packets alone and together, into which all that it calls is drawn.
#[inline(never)]
fn answer_reading(
    snapshot: &Snapshot,
    request: &Request<'_>,
    reading: &Reading,
    gathered: &mut Gathered,
    reply: &mut Reply<'_>,
) -> Outcome {
    reply.len = 0;
    let Reading { is_query: true, query, .. } = reading else { return Outcome::Dropped };
    let Some(mut response) = Response::new(snapshot, request, query, reply.buffer) else {
        return Outcome::Dropped;
    };
    match &reading.found {
        Ok(found) => {
            let name = &reading.name;
            let asked = Asked::new(snapshot, name, found, request.draw);
            match asked.zone.kind {
                ZoneKind::InCluster { canonical } => {
                    let Request { client, listener, .. } = *request;
                    let asking = Asking { client, listener, id: query.asker_id(request.packet) };
                    asked.decide_in_cluster(&asking, canonical, gathered, &mut response);
                }
                ZoneKind::Federated => asked.decide(found, gathered, &mut response),
            }
        }
        Err(rcode) => response.refuse(*rcode),
    }
    let (len, outcome) = response.finish();
    reply.len = len;
    outcome
}

/// What a name inside one of our zones is.
enum Named<'a> {
    Apex,
    Host(&'a Host),
    Service(Walk<'a>),
    Nothing(Absence),
}

impl<'a> Asked<'a> {
    fn new(snapshot: &'a Snapshot, name: &'a QueryName, found: &Found, draw: u64) -> Self {
        let (zone_id, left) = (found.zone, usize::from(found.left));
        let (zone, record_type) = (snapshot.zones.zone(zone_id), found.record_type);
        Self { snapshot, zone, zone_id, name, left, record_type, draw, apex: None }
    }

    /// Answers for a name of a federation's domain.
    fn decide(&self, found: &Found, gathered: &mut Gathered, response: &mut Response<'_>) {
        match self.named(found) {
            Named::Apex => self.at_apex(Pointer::QUESTION, response),
            Named::Host(host) => self.at_host(host, Pointer::QUESTION, response),
            Named::Service(walk) => self.at_service(&walk, gathered, response),
            Named::Nothing(absence) => self.at_no_service(absence, response),
        }
    }

    // On the way of every answer: what it gives is large, and costs a tenth of one to hand over.
    #[inline(always)]
    fn named(&self, found: &Found) -> Named<'a> {
        if self.left == 0 {
            return Named::Apex;
        }
        if let Some(host) = self.zone.host(self.name.wire()) {
            return Named::Host(host);
        }
        let walk = |keyed| Walk::find(self.snapshot, self.zone, self.name, keyed);
        match found.service.as_ref().and_then(walk) {
            Some(walk) => Named::Service(walk),
            None => Named::Nothing(self.absence()),
        }
    }

    /// The same, for who is not in a hurry.
    #[inline(never)]
    fn named_apart(&self, found: &Found) -> Named<'a> {
        self.named(found)
    }
}
