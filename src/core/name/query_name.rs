//! The name of a question, read from a packet without allocating.
//!
//! In: octets of a packet. Out: the name lower-cased in wire form, with where its labels start.
//! The question's own case stays in the packet, where the reply points to (0x20).
//! Does not know which names exist.

use std::ops::Range;

use super::{MAX_LABEL, MAX_NAME};

/// Labels that can start in the first 255 octets of what claims to be a name. Of a name the last is
/// the root; the 128th of others starts at octet 254, which is noticed behind it.
const MAX_STARTS: usize = MAX_NAME.div_ceil(2);

/// Octets that are lowered at a step.
const STEP: usize = 32;
/// Room for the longest name, in whole steps.
const ROOM: usize = MAX_NAME.next_multiple_of(STEP);

/// The name of a question. Made once by a worker, filled again for each packet.
#[derive(Clone, Debug)]
pub struct QueryName {
    wire: [u8; ROOM],
    len: usize,
    starts: [u8; MAX_STARTS],
    label_count: usize,
}

/// Why octets are no name of a question.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BadQueryName {
    /// A compression pointer or a label type that RFC 1035 leaves undefined. A question comes
    /// first in the packet: there is nothing that it could point to.
    LabelType,
    /// More than 255 octets.
    TooLong,
    /// The packet ends inside the name.
    Truncated,
}

impl Default for QueryName {
    fn default() -> Self {
        Self { wire: [0; ROOM], len: 1, starts: [0; MAX_STARTS], label_count: 0 }
    }
}

impl QueryName {
    /// Reads the name that starts at `at` in `packet`; gives the position behind it.
    ///
    /// # Errors
    /// Names with pointers, over 255 octets or cut short.
    pub fn read(&mut self, packet: &[u8], at: usize) -> Result<usize, BadQueryName> {
        let rest = packet.get(at..).ok_or(BadQueryName::Truncated)?;
        // As much of it as a name can be: what leads out of that is too long, or cut short.
        let room = &rest[..rest.len().min(MAX_NAME)];
        let (mut position, mut count) = (0, 0);
        loop {
            let Some(&length) = room.get(position) else {
                let is_cut = rest.len() < MAX_NAME;
                return Err(if is_cut { BadQueryName::Truncated } else { BadQueryName::TooLong });
            };
            if usize::from(length) > MAX_LABEL {
                return Err(BadQueryName::LabelType);
            }
            if length == 0 {
                break;
            }
            // Labels start two octets apart at least, so `count` stays inside `starts`.
            self.starts[count] = position as u8;
            count += 1;
            position += 1 + usize::from(length);
        }
        let name = &room[..position + 1];
        lower(name, &mut self.wire);
        (self.len, self.label_count) = (name.len(), count);
        Ok(at + name.len())
    }

    /// The whole name in wire form, lower-cased, root octet included.
    pub fn wire(&self) -> &[u8] {
        &self.wire[..self.len]
    }

    /// How many labels stand before the root.
    pub fn label_count(&self) -> usize {
        self.label_count
    }

    /// Label `index` from the left, without its length octet.
    pub fn label(&self, index: usize) -> &[u8] {
        let start = self.start(index);
        &self.wire[start + 1..self.start(index + 1)]
    }

    /// Labels `range`, counted from the left, in wire form: length octets included, no root.
    pub fn labels(&self, range: Range<usize>) -> &[u8] {
        &self.wire[self.start(range.start)..self.start(range.end)]
    }

    /// The rightmost `count` labels and the root, in wire form. `count <= label_count()`.
    pub fn suffix(&self, count: usize) -> &[u8] {
        &self.wire[self.start(self.label_count - count)..self.len]
    }

    /// Where label `index` starts in the wire form; for the index behind the last, where the
    /// root octet stands.
    pub fn start(&self, index: usize) -> usize {
        if index < self.label_count { usize::from(self.starts[index]) } else { self.len - 1 }
    }
}

/// Copies a name in lower case. Whole steps are lowered, beyond the name too, where nobody looks: of
/// steps of a known length the compiler makes a few instructions each.
fn lower(name: &[u8], lowered: &mut [u8; ROOM]) {
    lowered[..name.len()].copy_from_slice(name);
    let (steps, _) = lowered.as_chunks_mut::<STEP>();
    for step in &mut steps[..name.len().div_ceil(STEP)] {
        // Length octets are below 64 and so never taken for the letters A (65) to Z (90).
        step.make_ascii_lowercase();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_lowers_a_name() {
        let mut name = QueryName::default();
        assert_eq!(name.read(b"xx\x03WwW\x07Example\x00rest", 2), Ok(15));
        assert_eq!(name.wire(), b"\x03www\x07example\x00");
        assert_eq!(name.label(1), b"example");
        assert_eq!(name.suffix(1), b"\x07example\x00");
        assert_eq!(name.labels(0..1), b"\x03www");
        assert_eq!(name.labels(2..2), b"");
    }

    #[test]
    fn refuses_pointers_long_and_cut_names() {
        let mut name = QueryName::default();
        assert_eq!(name.read(b"\xc0\x0c", 0), Err(BadQueryName::LabelType));
        assert_eq!(name.read(b"\x03ab", 0), Err(BadQueryName::Truncated));
        assert_eq!(name.read(b"\x02ab", 0), Err(BadQueryName::Truncated));
        let longest = [[1, b'a']; 127].concat();
        assert_eq!(name.read(&[&longest[..], &[0]].concat(), 0), Ok(255));
        assert_eq!(name.label_count(), 127);
        assert_eq!(
            name.read(&[&longest[..], &[1, b'a', 0]].concat(), 0),
            Err(BadQueryName::TooLong)
        );
    }

    #[test]
    fn lowers_every_octet_at_every_position() {
        for length in 0..=MAX_NAME {
            for first in (0..=255).step_by(17) {
                let name: Vec<u8> = (0..length).map(|at| (first + at) as u8).collect();
                // What an earlier name has left is none of this one.
                let mut lowered = [b'Z'; ROOM];
                lower(&name, &mut lowered);
                assert_eq!(lowered[..length], name.to_ascii_lowercase());
            }
        }
    }
}
