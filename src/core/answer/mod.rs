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

use crate::core::asker::{Asker, Asking};
use crate::core::compiled::AddressBuffer;
use crate::core::name::QueryName;
use crate::core::snapshot::{Snapshot, ZoneId, ZoneKind};
use crate::core::wire::RecordType;
use crate::core::zone::ALIAS;

use assemble::{Assembler, QueryContext};
use decode::{Decoded, Keyed, MOST, fetch};
use follow::{Asked, Names, follow_names};
use lookup::ZoneName;
pub use lookup::{
    Alias, Data, Delegation, End, FallbackChain, ForeignData, Lookup, Node, ServiceData,
    WrittenAlias, look_up,
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
    /// For the names by which a name has the addresses of another one.
    alias_names: Names,
}

impl Default for Room {
    fn default() -> Self {
        let names = || array::from_fn(|_| QueryName::default());
        Self { gathered: AddressBuffer::default(), names: names(), alias_names: names() }
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
                ZoneKind::Static => {
                    let Request { client, listener, .. } = *request;
                    let asking = Asking { client, listener, id: query.asker_id(request.packet) };
                    let service = located.service.as_ref();
                    let name = InStaticZone { name, service };
                    context.answer_static(name, &asking, room, &mut response);
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

/// The name whose addresses are those of a name of a static zone.
fn alias_target<'a>(node: &Node<'a>) -> Option<WrittenAlias<'a>> {
    let Node::Data(Data::Written(owner)) = node else { return None };
    let set = owner.set(RecordType(ALIAS))?;
    Some(WrittenAlias { start: [&[], &[]], rest: set.first(), ttl: set.ttl, dname: None })
}

/// A name in a static zone.
struct InStaticZone<'a> {
    name: ZoneName<'a>,
    /// The service whose name it may be.
    service: Option<&'a Keyed>,
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
        // By reference: what was found is large.
        match (&found.service, &found.node) {
            (Some(service), _) => {
                let gathered = &mut room.gathered;
                let node = service.node(service.location, gathered);
                let fallback = service.follow(node, gathered, now);
                let mut assembler = Assembler::new(self, &name, response);
                assembler.canonical(&name.canonical(), service, &fallback, gathered);
            }
            (None, node @ Node::Alias(_)) => {
                self.answer_names(name, node.clone(), &asker, room, response);
            }
            (None, node) => Assembler::new(self, &name, response).end(&name, node),
        }
    }

    /// Answers for a name in a static zone.
    // Apart, so that other names do not carry it.
    #[inline(never)]
    fn answer_static(
        self,
        InStaticZone { name, service }: InStaticZone<'a>,
        asking: &Asking<'_>,
        room: &'a mut Room,
        response: &mut Response<'_>,
    ) {
        let found = name.look_up_static(service, &mut room.gathered);
        match (&found.service, &found.node) {
            (Some(service), Node::Alias(Alias::Wider { to, is_guess })) => {
                let alias = Alias::Wider { to: *to, is_guess: *is_guess };
                let mut assembler = Assembler::new(self, &name, response);
                fall_back(&mut assembler, &name, service, alias, &mut room.gathered);
            }
            (Some(service), node) => {
                let mut assembler = Assembler::new(self, &name, response);
                assembler.service_at(&name, service, node, &room.gathered);
            }
            (None, node) if matches!(node, Node::Alias(_)) || alias_target(node).is_some() => {
                let asker = self.snapshot.askers.asker(asking);
                self.answer_names(name, node.clone(), &asker, room, response);
            }
            (None, node) => Assembler::new(self, &name, response).end(&name, node),
        }
    }

    /// Answers for a name that is an alias of others, or has the addresses of another one.
    fn answer_names(
        self,
        name: ZoneName<'a>,
        node: Node<'a>,
        asker: &Asker,
        room: &'a mut Room,
        response: &mut Response<'_>,
    ) {
        let Room { gathered, names, alias_names } = room;
        let asked = Asked { asker, now: self.now };
        let chain = follow_names(name, node, asked, names, gathered);
        let is_address = matches!(self.record_type, RecordType::A | RecordType::AAAA);
        let target = alias_target(&chain.found.node).filter(|_| is_address);
        let target = target.filter(|_| chain.found.service.is_none());
        let addresses = target.map(|alias| {
            let alias = Node::Alias(Alias::Written(alias));
            follow_names(chain.last, alias, asked, alias_names, gathered)
        });
        let mut assembler = Assembler::new(self, &name, response);
        assembler.names(&chain, gathered, addresses.as_ref());
    }
}
