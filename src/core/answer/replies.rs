//! The replies to packets that are answered together.
//!
//! In: one reply after the other. Out: all of them, side by side in one buffer, so that they can be
//! sent at once. The room is bounded, and taken once. Does not know where they go.

use super::request::Outcome;

/// Replies to packets, in their order.
#[derive(Debug)]
pub struct Replies {
    buffer: Box<[u8]>,
    /// What became of the first `count` packets.
    ends: Box<[End]>,
    count: usize,
    /// Octets of the buffer that are written.
    used: usize,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Replied<'b> {
    /// In a word.
    pub outcome: Outcome,
    /// The reply's octets; empty when the packet is not to be answered.
    pub octets: &'b [u8],
}

impl Replied<'_> {
    /// Whether there is a reply to send.
    pub fn is_answered(&self) -> bool {
        matches!(self.outcome, Outcome::Answered { .. })
    }
}

/// How a packet was answered, and where its reply ends; it begins where the one before ends.
#[derive(Clone, Copy, Debug)]
struct End {
    outcome: Outcome,
    at: u32,
}

impl Replies {
    /// Room for the replies to `packets` packets, of `octets` octets together. As many octets as the
    /// longest reply has (65,535, or the largest one for UDP) are enough to get on with.
    pub fn new(packets: usize, octets: usize) -> Self {
        let end = End { outcome: Outcome::Dropped, at: 0 };
        Self {
            buffer: vec![0; octets].into_boxed_slice(),
            ends: vec![end; packets.max(1)].into_boxed_slice(),
            count: 0,
            used: 0,
        }
    }

    /// How many packets these are the replies to.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether they are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// What became of each packet.
    pub fn iter(&self) -> impl Iterator<Item = Replied<'_>> {
        let mut rest = &self.buffer[..self.used];
        let mut start = 0;
        self.ends[..self.count].iter().map(move |end| {
            let (octets, behind) = rest.split_at((end.at - start) as usize);
            (rest, start) = (behind, end.at);
            Replied { outcome: end.outcome, octets }
        })
    }

    pub(super) fn clear(&mut self) {
        (self.count, self.used) = (0, 0);
    }

    /// Where the next reply is written, unless one of `largest` octets may not fit. The first one
    /// has to make do with what there is.
    pub(super) fn room(&mut self, largest: usize) -> Option<&mut [u8]> {
        let is_free = self.count < self.ends.len();
        let room = self.buffer.get_mut(self.used..)?;
        (is_free && room.len() >= largest || self.count == 0).then_some(room)
    }

    /// Adds the reply that was written into the first `len` octets of the room.
    pub(super) fn push(&mut self, outcome: Outcome, len: usize) {
        self.used += len;
        if let Some(end) = self.ends.get_mut(self.count) {
            *end = End { outcome, at: self.used as u32 };
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(replies: &mut Replies, largest: usize, reply: &[u8]) -> bool {
        let Some(room) = replies.room(largest) else { return false };
        room[..reply.len()].copy_from_slice(reply);
        replies.push(Outcome::Dropped, reply.len());
        true
    }

    #[test]
    fn replies_lie_side_by_side_while_the_next_one_fits_for_certain() {
        let mut replies = Replies::new(8, 10);
        assert!(write(&mut replies, 6, b"ab"));
        assert!(write(&mut replies, 6, b""));
        assert!(write(&mut replies, 6, b"cde"));
        assert!(!write(&mut replies, 6, b"f"), "five octets are left");
        assert!(replies.iter().map(|it| it.octets).eq([&b"ab"[..], b"", b"cde"]));
        assert_eq!(replies.len(), 3);
        replies.clear();
        assert!(replies.is_empty());
        assert!(write(&mut replies, 60, b"gh"), "the first has what there is");
        assert!(!write(&mut replies, 60, b"i"));
        assert!(replies.iter().map(|it| it.octets).eq([b"gh"]));
    }

    #[test]
    fn no_more_packets_than_asked_for() {
        let mut replies = Replies::new(2, 100);
        assert_eq!((0..100).filter(|_| write(&mut replies, 1, b"")).count(), 2);
        assert_eq!(replies.len(), 2);
    }
}
