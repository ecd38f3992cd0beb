//! The one function behind every transport: a packet in, a packet out.
//!
//! In: a snapshot, a request, scratch space. Out: a reply and its outcome. It can not wait, can
//! not fail and allocates nothing. The checks stand here in the order in which they win (DESIGN,
//! section 9): length, QR, opcode, sections, EDNS version, QDCOUNT, class, meta-type, zone.
//! Does not know sockets, clusters or how the snapshot came to be.

mod request;
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
use crate::core::name::grammar::ServiceName;
use crate::core::snapshot::{DnsZone, Host, Snapshot};
use crate::core::wire::query::{Class, Query, Question};
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

pub use in_cluster::InCluster;
pub use negative::Absence;
pub use request::{Outcome, Reply, Request, Transport};
use response::Response;
pub use sight::{Inside, Sight, sight};
pub use walk::Walk;

/// What a worker keeps between packets, so that answering allocates nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    name: QueryName,
    gathered: Gathered,
}

/// What is answered inside one of our zones.
struct Asked<'a> {
    snapshot: &'a Snapshot,
    /// The zone, and its position.
    zone: &'a DnsZone,
    zone_index: usize,
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
    reply.len = 0;
    let Some(query) = Query::read(request.packet, &mut scratch.name) else {
        return Outcome::Dropped;
    };
    let Some(mut response) = Response::new(snapshot, request, &query, reply.buffer) else {
        return Outcome::Dropped;
    };
    match refusal(&query) {
        Ok(question) => decide(snapshot, request, (&query, &question), scratch, &mut response),
        Err(rcode) => response.refuse(rcode),
    }
    let (len, outcome) = response.finish();
    reply.len = len;
    outcome
}

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

/// Finds the zone and what the name is in it.
fn decide(
    snapshot: &Snapshot,
    request: &Request<'_>,
    (query, question): (&Query, &Question),
    scratch: &mut Scratch,
    response: &mut Response<'_>,
) {
    let name = &scratch.name;
    let Some((zone_index, left)) = snapshot.zones.find(name) else {
        return response.refuse(Rcode::REFUSED);
    };
    let zone = snapshot.zones.zone(zone_index);
    let record_type = question.record_type;
    let draw = request.draw;
    let asked = Asked { snapshot, zone, zone_index, name, left, record_type, draw, apex: None };
    if let Some(home) = zone.home {
        let Request { client, listener, .. } = *request;
        let asking = Asking { client, listener, id: query.asker_id(request.packet) };
        return asked.decide_in_cluster(&asking, home, &mut scratch.gathered, response);
    }
    match asked.named() {
        Named::Apex => asked.at_apex(response),
        Named::Host(host) => asked.at_host(host, Pointer::QUESTION, response),
        Named::Service(walk) => asked.at_service(&walk, &mut scratch.gathered, response),
        Named::Nothing(absence) => asked.at_no_service(absence, response),
    }
}

/// What a name inside one of our zones is.
enum Named<'a> {
    Apex,
    Host(&'a Host),
    Service(Walk<'a>),
    Nothing(Absence),
}

impl<'a> Asked<'a> {
    /// The same, for who is not in a hurry.
    #[inline(never)]
    fn named_apart(&self) -> Named<'a> {
        self.named()
    }

    // On the way of every answer: what it gives is large, and costs a tenth of one to hand over.
    #[inline(always)]
    fn named(&self) -> Named<'a> {
        if self.left == 0 {
            return Named::Apex;
        }
        if let Some(host) = self.zone.host(self.name.wire()) {
            return Named::Host(host);
        }
        let shape = ServiceName::read(self.name, self.left);
        match shape.and_then(|shape| Walk::find(self.snapshot, self.zone, self.name, shape)) {
            Some(walk) => Named::Service(walk),
            None => Named::Nothing(self.absence()),
        }
    }
}
