//! Our messages, written once from left to right into a transport's buffer.
//!
//! In: names, records, a limit. Out: octets with compression. What does not fit is not written
//! and remembered: the caller decides between truncation and fewer records.
//! Does not know zones or questions.

use crate::core::name::is_within;
use crate::core::wire::RecordType;
use crate::core::wire::query::Class;

/// A position in a message that compression may point to: below 16,384.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Pointer(u16);

impl Pointer {
    /// The question's name, in every message of ours.
    pub const QUESTION: Self = Self(12);

    /// The part of the question's name that starts `offset` octets into it.
    pub fn into_question(offset: usize) -> Self {
        // A name has at most 255 octets, so the sum stays far below 16,384.
        Self(12 + offset as u16)
    }

    /// The part that starts `offset` octets into a name written here. Both stand far below 16,384.
    pub fn into_name(self, offset: usize) -> Self {
        Self(self.0 + offset as u16)
    }

    /// The position in the message.
    pub fn position(self) -> usize {
        usize::from(self.0)
    }

    /// The position `at`, which is below 16,384.
    pub(super) fn at(at: u16) -> Self {
        Self(at)
    }

    fn octets(self) -> [u8; 2] {
        (0xc000 | self.0).to_be_bytes()
    }
}

/// Writes octets up to a limit.
#[derive(Debug)]
pub struct Writer<'b> {
    buffer: &'b mut [u8],
    len: usize,
    limit: usize,
    is_full: bool,
}

impl<'b> Writer<'b> {
    /// Writes into `buffer`, at most `limit` octets.
    pub fn new(buffer: &'b mut [u8], limit: usize) -> Self {
        let limit = limit.min(buffer.len());
        Self { buffer, len: 0, limit, is_full: false }
    }

    /// How many octets are written.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing is written yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The message so far.
    pub fn written(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// How many octets still fit.
    pub fn room(&self) -> usize {
        self.limit - self.len
    }

    /// Whether something did not fit.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// Forgets what was written behind `len`, and that something did not fit.
    pub fn rewind(&mut self, len: usize) {
        self.len = len.min(self.len);
        self.is_full = false;
    }

    /// Moves the limit: room that was kept for the end of the message may be used now.
    pub fn extend_limit(&mut self, octets: usize) {
        self.limit = (self.limit + octets).min(self.buffer.len());
    }

    /// Writes `octets` whole or not at all.
    pub fn octets(&mut self, octets: &[u8]) {
        match self.buffer[..self.limit].get_mut(self.len..self.len + octets.len()) {
            Some(room) => {
                room.copy_from_slice(octets);
                self.len += octets.len();
            }
            None => self.is_full = true,
        }
    }

    /// Writes octets over ones that are written already.
    pub fn overwrite(&mut self, at: usize, octets: &[u8]) {
        debug_assert!(at + octets.len() <= self.len, "only what is written can be overwritten");
        self.buffer[at..at + octets.len()].copy_from_slice(octets);
    }

    /// Writes a compression pointer.
    pub fn pointer(&mut self, pointer: Pointer) {
        self.octets(&pointer.octets());
    }

    /// The pointer to what is written next, if compression reaches there.
    pub fn here(&self) -> Option<Pointer> {
        (self.len < 0x4000).then_some(Pointer(self.len as u16))
    }

    /// Writes the head of a record of class IN, all but the length of its data.
    pub fn record(&mut self, owner: Pointer, record_type: RecordType, ttl: u32) {
        self.octets(&record_head(owner, record_type, ttl));
    }

    /// Writes the data of a record through `write`, with its length before it.
    pub fn data(&mut self, write: impl FnOnce(&mut Self)) {
        let at = self.len;
        self.octets(&[0, 0]);
        write(self);
        if !self.is_full {
            let length = (self.len - at - 2) as u16;
            self.overwrite(at, &length.to_be_bytes());
        }
    }

    /// Writes records of one RRset whose data all have `N` octets, as many as `records` gives.
    pub fn addresses<'a, const N: usize>(
        &mut self,
        owner: Pointer,
        record_type: RecordType,
        ttl: u32,
        records: impl Iterator<Item = &'a [u8; N]>,
    ) {
        let mut head = [0; 12];
        head[..10].copy_from_slice(&record_head(owner, record_type, ttl));
        head[10..].copy_from_slice(&(N as u16).to_be_bytes());
        let size = head.len() + N;
        let mut rooms = self.buffer[self.len..self.limit].chunks_exact_mut(size);
        for data in records {
            let Some(room) = rooms.next() else {
                self.is_full = true;
                return;
            };
            room[..head.len()].copy_from_slice(&head);
            room[head.len()..].copy_from_slice(data);
            self.len += size;
        }
    }

    /// Writes the name `wire`, whose part equal to `suffix` is replaced by `pointer`.
    pub fn name(&mut self, wire: &[u8], suffix: &[u8], pointer: Pointer) {
        if is_within(wire, suffix) {
            self.octets(&wire[..wire.len() - suffix.len()]);
            self.pointer(pointer);
        } else {
            self.octets(wire);
        }
    }
}

fn record_head(owner: Pointer, record_type: RecordType, ttl: u32) -> [u8; 10] {
    let [owner1, owner2] = owner.octets();
    let [type1, type2] = record_type.0.to_be_bytes();
    let [class1, class2] = Class::IN.0.to_be_bytes();
    let [ttl1, ttl2, ttl3, ttl4] = ttl.to_be_bytes();
    [owner1, owner2, type1, type2, class1, class2, ttl1, ttl2, ttl3, ttl4]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_whole_pieces_or_none_and_remembers() {
        let mut buffer = [0; 16];
        let mut writer = Writer::new(&mut buffer, 5);
        writer.octets(b"abc");
        writer.octets(b"def");
        assert!(writer.is_full());
        assert_eq!((writer.len(), writer.room()), (3, 2));
        writer.rewind(1);
        assert!(!writer.is_full());
        assert_eq!(writer.len(), 1);
    }
}
