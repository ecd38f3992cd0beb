//! The one function behind every transport: a packet in, a packet out.
//!
//! In: a snapshot, a request, scratch space. Out: a reply and its outcome. It can not wait, can
//! not fail and allocates nothing. A packet is decoded, its name looked up, what that is an alias of followed,
//! and the reply assembled: nothing is written before all is known. What is wrong with a packet is told in
//! the order in which it wins: length, QR, opcode, sections, EDNS version, QDCOUNT, class, meta-type, zone.
//! Does not know sockets, clusters or how the snapshot came to be.

mod request;
mod replies;
mod decode;
mod response;
mod lookup;
mod follow;
mod assemble;

use std::array;

use crate::core::asker::Asking;
use crate::core::compiled::AddressBuffer;
use crate::core::name::QueryName;
use crate::core::snapshot::{Snapshot, ZoneId, ZoneKind};

use assemble::{Assembler, QueryContext};
use decode::{Decoded, Keyed, MOST, fetch};
use follow::{Asked, Names, follow_names};
use lookup::ZoneName;
pub use lookup::{
    Alias, Data, End, FallbackChain, ForeignData, Lookup, Node, ServiceData, look_up,
};
pub use replies::{Replied, Replies};
pub use request::{Outcome, Reply, Request, Transport};
use response::{Response, largest};

/// What a worker keeps between packets, so that answering allocates nothing.
#[derive(Debug, Default)]
pub struct Scratch {
    decoded: [Decoded; MOST],
    room: Room,
}

/// Room for what the answer to one packet is made of.
#[derive(Debug)]
struct Room {
    gathered: AddressBuffer,
    names: Names,
}

impl Default for Room {
    fn default() -> Self {
        Self { gathered: AddressBuffer::default(), names: array::from_fn(|_| QueryName::default()) }
    }
}

/// Answers one packet.
pub fn answer(
    snapshot: &Snapshot,
    request: &Request<'_>,
    scratch: &mut Scratch,
    reply: &mut Reply<'_>,
) -> Outcome {
    let decoded = &mut scratch.decoded[0];
    decoded.read(snapshot, request.packet, request.transport);
    answer_decoded(snapshot, request, decoded, &mut scratch.room, reply)
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
        for decoded in &mut scratch.decoded {
            let Some(request) = ahead.next() else { break };
            decoded.read(snapshot, request.packet, request.transport);
            count += 1;
        }
        let batch = &scratch.decoded[..count];
        match count {
            0 => return,
            1 => {}
            _ => fetch(snapshot, batch),
        }
        for decoded in batch {
            let Some(request) = requests.next() else { return };
            let largest = largest(snapshot, request.transport);
            let Some(room) = replies.room(largest) else { return };
            let mut reply = Reply::new(room);
            let outcome =
                answer_decoded(snapshot, &request, decoded, &mut scratch.room, &mut reply);
            let len = reply.len;
            replies.push(outcome, len);
        }
    }
}

/// Answers a packet that was decoded with the same snapshot.
// One copy for packets alone and together, into which all that it calls is drawn.
#[inline(never)]
fn answer_decoded(
    snapshot: &Snapshot,
    request: &Request<'_>,
    decoded: &Decoded,
    room: &mut Room,
    reply: &mut Reply<'_>,
) -> Outcome {
    reply.len = 0;
    let Decoded { is_query: true, query, record_type, .. } = decoded else {
        return Outcome::Dropped;
    };
    let Some(mut response) = Response::new(snapshot, request, query, reply.buffer) else {
        return Outcome::Dropped;
    };
    match &decoded.located {
        Ok(located) => {
            let name = ZoneName::new(snapshot, &decoded.name, located);
            let Request { draw, now, .. } = *request;
            let (record_type, in_cluster_ttl) = (*record_type, snapshot.in_cluster_ttl);
            let context = QueryContext { snapshot, record_type, draw, now, in_cluster_ttl };
            match name.zone.kind {
                ZoneKind::Federated => {
                    let gathered = &mut room.gathered;
                    let found = name.look_up_federated(located.service.as_ref(), gathered);
                    let mut assembler = Assembler::new(context, &name, &mut response);
                    match (&found.service, &found.node) {
                        (None, node) => assembler.end(&name, node),
                        (Some(service), Node::Alias(Alias::Wider { to, is_guess })) => {
                            let alias = Alias::Wider { to: *to, is_guess: *is_guess };
                            fall_back(&mut assembler, &name, service, alias, gathered);
                        }
                        (Some(service), node) => {
                            assembler.service_at(&name, service, node, gathered);
                        }
                    }
                }
                ZoneKind::InCluster { canonical } => {
                    let Request { client, listener, .. } = *request;
                    let asking = Asking { client, listener, id: query.asker_id(request.packet) };
                    let found = InCluster { name, service: located.service.as_ref(), canonical };
                    context.answer_in_cluster(found, &asking, room, &mut response);
                }
            }
        }
        Err(rcode) => response.refuse(*rcode),
    }
    let (len, outcome) = response.finish();
    reply.len = len;
    outcome
}

/// Answers for a service's name at a location where no shard answers.
// Apart, so that names that are no alias do not carry it.
#[inline(never)]
fn fall_back<'a>(
    assembler: &mut Assembler<'_, '_>,
    name: &ZoneName<'a>,
    service: &FallbackChain<'a>,
    alias: Alias<'a>,
    gathered: &mut AddressBuffer,
) {
    let fallback = service.follow(Node::Alias(alias), gathered, assembler.now());
    assembler.fallback(name, service, &fallback, gathered);
}

/// A name in a zone inside clusters.
struct InCluster<'a> {
    name: ZoneName<'a>,
    /// The service whose name it may be.
    service: Option<&'a Keyed>,
    /// The zone where the names lead.
    canonical: ZoneId,
}

impl<'a> QueryContext<'a> {
    /// Answers for a name in a zone inside clusters.
    // Apart, so that other names do not carry it.
    #[inline(never)]
    fn answer_in_cluster(
        mut self,
        InCluster { name, service, canonical }: InCluster<'a>,
        asking: &Asking<'_>,
        room: &'a mut Room,
        response: &mut Response<'_>,
    ) {
        let Room { gathered, names } = room;
        let asker = self.snapshot.askers.asker(asking);
        let canonical = self.snapshot.zones.zone(canonical);
        let found = name.look_up_in_cluster(service, &asker, canonical);
        let is_own =
            matches!(found.node, Node::Data(Data::InCluster(_)) | Node::Alias(Alias::External(_)));
        if is_own && asker.cluster.is_some_and(|it| self.snapshot.silent.contains(it)) {
            response.stale();
        }
        let unknown = &self.snapshot.unknown;
        // What the asker's own cluster has goes before all else.
        let is_told = matches!(found.node, Node::Data(Data::InCluster(_)) | Node::Alias(_));
        let may_change = is_told || matches!(found.node, Node::EmptyNonTerminal);
        if may_change && unknown.is_own_missed(asker.cluster, asker.is_by_source()) {
            self.in_cluster_ttl = self.in_cluster_ttl.min(self.snapshot.negative_ttl);
            response.incomplete();
        }
        let now = self.now;
        let mut assembler = Assembler::new(self, &name, response);
        // By reference: what was found is large.
        match (&found.service, &found.node) {
            (Some(service), _) => {
                let node = service.node(service.location, gathered);
                let fallback = service.follow(node, gathered, now);
                assembler.canonical(&name.canonical(), service, &fallback, gathered);
            }
            (None, node @ Node::Alias(_)) => {
                let asked = Asked { asker: &asker, now };
                let chain = follow_names(name, node.clone(), asked, names, gathered);
                assembler.names(&chain, gathered);
            }
            (None, node) => assembler.end(&name, node),
        }
    }
}
