//! Answers packets, with what a worker keeps for that: scratch space, dice and a buffer for replies.
//!
//! In: packets of one batch. Out: replies, and a tally of what became of them.
//! Does not know sockets.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::counters::BatchTally;
use crate::core::answer::{Replied, Replies, Request, Scratch, Transport, answer_all};
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::core::time::Moment;

/// The longest message that DNS can carry.
pub(super) const MESSAGE: usize = u16::MAX as usize;

/// Packets whose replies are written before they are sent, at most. Fewer where replies are long: a
/// message's room holds at least fifteen of the longest that UDP may be configured to carry.
const TOGETHER: usize = 64;

/// Octets that every network takes whole, as every client does (RFC 1035, section 2.3.4).
const SHORT: usize = 512;

/// Answers packets for one worker at a time.
pub(super) struct Responder {
    scratch: Scratch,
    draws: Draws,
    replies: Replies,
    /// Room for one reply that every client and every network takes.
    short: Replies,
}

impl Responder {
    pub(super) fn new() -> Self {
        let (replies, short) = (Replies::new(TOGETHER, MESSAGE), Replies::new(1, SHORT));
        Self { scratch: Scratch::default(), draws: Draws::new(), replies, short }
    }

    /// The reply to `packet`; `None` where it deserves none.
    pub(super) fn answer(&mut self, batch: &mut Batch<'_>, packet: Packet<'_>) -> Option<&[u8]> {
        let replies = self.answer_all(batch, std::iter::once(packet));
        let replied = replies.iter().next()?;
        replied.is_answered().then_some(replied.octets)
    }

    /// The reply to `packet` where the first one was too large for the network: whatever fits, mostly TC and
    /// nothing else. The packet is not counted again.
    pub(super) fn shorten(&mut self, batch: &mut Batch<'_>, packet: Packet<'_>) -> Option<&[u8]> {
        let request = batch.request(packet, self.draws.draw());
        let request = std::iter::once(request);
        answer_all(batch.snapshot, request, &mut self.scratch, &mut self.short);
        batch.tally.truncated += 1;
        let replied = self.short.iter().next()?;
        replied.is_answered().then_some(replied.octets)
    }

    /// Answers packets together: those from the front whose replies there is room for, and at least
    /// one. What became of them is in their order.
    pub(super) fn answer_all<'p>(
        &mut self,
        batch: &mut Batch<'_>,
        packets: impl Iterator<Item = Packet<'p>> + Clone,
    ) -> &Replies {
        let draws = Draws { state: self.draws.draw() };
        let requests = packets.zip(draws).map(|(packet, draw)| batch.request(packet, draw));
        answer_all(batch.snapshot, requests, &mut self.scratch, &mut self.replies);
        for Replied { outcome, octets } in self.replies.iter() {
            batch.tally.count(outcome, octets.len());
        }
        &self.replies
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
    /// How long the connection may be idle that they came over.
    pub(super) idle: Duration,
    /// The cluster whose own listener they came to.
    pub(super) listener: Option<&'s Label>,
    pub(super) tally: BatchTally,
}

impl Batch<'_> {
    fn request<'r>(&'r self, packet: Packet<'r>, draw: u64) -> Request<'r> {
        let Self { transport, listener, now, idle, .. } = *self;
        let Packet { octets: packet, client } = packet;
        Request { packet, transport, client, idle, listener, now, draw }
    }
}

/// Responders that the connections of a listener share. One is in use only while frames are being
/// answered, never while a connection waits: there are as many as threads at work, not as
/// connections.
#[derive(Default)]
pub(super) struct Responders {
    free: Mutex<Vec<Responder>>,
}

impl Responders {
    pub(super) fn with<T>(&self, work: impl FnOnce(&mut Responder) -> T) -> T {
        let free = || self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = free().pop();
        let mut responder = taken.unwrap_or_else(Responder::new);
        let result = work(&mut responder);
        free().push(responder);
        result
    }
}

/// Cheap dice (splitmix64): they choose where the rotation of addresses starts, no secret.
#[derive(Clone)]
struct Draws {
    state: u64,
}

impl Draws {
    fn new() -> Self {
        // The standard library seeds its hashers from the operating system.
        Self { state: RandomState::new().build_hasher().finish() }
    }

    fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl Iterator for Draws {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        Some(self.draw())
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
            seen[(draws.draw() % 3) as usize] += 1;
        }
        assert!(seen.iter().all(|count| (800..1200).contains(count)), "{seen:?}");
    }

    #[test]
    fn workers_draw_differently() {
        assert_ne!(Draws::new().draw(), Draws::new().draw());
    }
}
