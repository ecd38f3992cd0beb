//! What a worker has at hand to answer packets: scratch space, dice and a buffer for replies.
//!
//! In: packets of one batch. Out: replies, and a tally of what became of them.
//! Does not know sockets.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::counters::Tally;
use crate::core::answer::{Outcome, Reply, Request, Scratch, Transport, answer, answer_all};
use crate::core::event::Moment;
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;

/// The longest message that DNS can carry.
pub(super) const MESSAGE: usize = u16::MAX as usize;

/// A worker's place of work.
pub(super) struct Desk {
    scratch: Scratch,
    draws: Draws,
    reply: Box<[u8]>,
}

impl Desk {
    pub(super) fn new() -> Self {
        let reply = vec![0; MESSAGE].into_boxed_slice();
        Self { scratch: Scratch::default(), draws: Draws::new(), reply }
    }

    /// The reply to `packet`; `None` where it deserves none.
    pub(super) fn answer(&mut self, batch: &mut Batch<'_>, packet: Packet<'_>) -> Option<&[u8]> {
        let request = batch.request(packet, self.draws.next());
        let mut reply = Reply::new(&mut self.reply);
        let outcome = answer(batch.snapshot, &request, &mut self.scratch, &mut reply);
        let len = reply.octets().len();
        batch.tally.count(outcome, len);
        match outcome {
            Outcome::Answered { .. } => Some(&self.reply[..len]),
            Outcome::Dropped => None,
        }
    }

    /// Answers packets together. `packet` gives the one with a number below `count`, and who sent it;
    /// `send` takes its reply, where it deserves one, and tells whether that was sent.
    pub(super) fn answer_all<'p>(
        &mut self,
        batch: &mut Batch<'_>,
        (count, packet): (usize, impl Fn(usize) -> (&'p [u8], IpAddr)),
        mut send: impl FnMut(usize, &[u8]) -> bool,
    ) {
        let mut tally = std::mem::take(&mut batch.tally);
        let request = |number| {
            let (octets, client) = packet(number);
            batch.request(Packet { octets, client }, self.draws.next())
        };
        let replied = |number, outcome, reply: &[u8]| {
            tally.count(outcome, reply.len());
            let is_reply = matches!(outcome, Outcome::Answered { .. });
            tally.unsent += u64::from(is_reply && !send(number, reply));
        };
        let buffer = &mut self.reply;
        answer_all(batch.snapshot, (count, request), &mut self.scratch, buffer, replied);
        batch.tally = tally;
    }
}

/// One message of a client's.
#[derive(Clone, Copy)]
pub(super) struct Packet<'p> {
    /// Without the length octets of a stream.
    pub(super) octets: &'p [u8],
    pub(super) client: IpAddr,
}

/// Packets that are answered at one moment from one snapshot.
pub(super) struct Batch<'s> {
    pub(super) snapshot: &'s Snapshot,
    pub(super) transport: Transport,
    pub(super) now: Moment,
    /// The cluster whose own listener they came to.
    pub(super) listener: Option<&'s Label>,
    pub(super) tally: Tally,
}

impl Batch<'_> {
    fn request<'r>(&'r self, packet: Packet<'r>, draw: u64) -> Request<'r> {
        let Self { transport, listener, now, .. } = *self;
        let Packet { octets: packet, client } = packet;
        Request { packet, transport, client, listener, now, draw }
    }
}

/// Desks that the connections of a listener share. A desk is in use only while frames are being
/// answered, never while a connection waits: there are as many as threads at work, not as
/// connections.
#[derive(Default)]
pub(super) struct Desks {
    free: Mutex<Vec<Desk>>,
}

impl Desks {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Desk) -> T) -> T {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = free().pop();
        let mut desk = taken.unwrap_or_else(Desk::new);
        let result = work(&mut desk);
        free().push(desk);
        result
    }
}

/// Cheap dice (splitmix64): they choose where the rotation of addresses starts, no secret.
struct Draws {
    state: u64,
}

impl Draws {
    fn new() -> Self {
        // The standard library seeds its hashers from the operating system.
        Self { state: RandomState::new().build_hasher().finish() }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_spread_evenly() {
        let mut draws = Draws::new();
        let mut seen = [0_u32; 3];
        for _ in 0..3000 {
            seen[(draws.next() % 3) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
    }

    #[test]
    fn workers_draw_differently() {
        assert_ne!(Draws::new().next(), Draws::new().next());
    }
}
