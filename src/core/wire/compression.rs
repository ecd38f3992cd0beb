//! Compression of names (RFC 1035, section 4.1.4) against those that stand in a message already.
//!
//! In: names, and the octets that were written. Out: the names with their ends replaced by pointers.
//! What is known of a message is bounded, so that a name takes a bounded time. Does not know records.

use super::writer::{Pointer, Writer};

/// Most places that are remembered.
const MOST: usize = 48;
/// Places that pointers reach.
const REACH: usize = 0x4000;

/// Where labels of names start in a message.
#[derive(Clone, Copy, Debug)]
pub struct KnownNames {
    starts: [u16; MOST],
    len: usize,
}

impl Default for KnownNames {
    fn default() -> Self {
        Self { starts: [0; MOST], len: 0 }
    }
}

impl KnownNames {
    /// Remembers the labels of a name, or the first ones of it, that stand in the message at `at`.
    pub fn add(&mut self, at: usize, name: &[u8]) {
        let mut offset = 0;
        while let Some(&length @ 1..) = name.get(offset) {
            self.push(at + offset);
            offset += 1 + usize::from(length);
        }
    }

    fn push(&mut self, at: usize) {
        if at < REACH
            && let Some(slot) = self.starts.get_mut(self.len)
        {
            *slot = at as u16;
            self.len += 1;
        }
    }

    /// Where the name `suffix` stands in `message`, in letters of any case.
    fn find(&self, message: &[u8], suffix: &[u8]) -> Option<Pointer> {
        let starts = self.starts[..self.len].iter();
        let mut found = starts.copied().filter(|&start| stands_at(message, start.into(), suffix));
        found.next().map(Pointer::at)
    }
}

/// Whether the name at `at` in `message` is `name`, which is whole. Pointers of ours lead back.
fn stands_at(message: &[u8], mut at: usize, mut name: &[u8]) -> bool {
    loop {
        match message.get(at..) {
            Some([high @ 0xc0..=0xff, low, ..]) => {
                let to = usize::from(high & 0x3f) << 8 | usize::from(*low);
                if to >= at {
                    return false;
                }
                at = to;
            }
            Some([length, rest @ ..]) => {
                let size = usize::from(*length);
                if name.first() != Some(length) {
                    return false;
                }
                if size == 0 {
                    return true;
                }
                let (Some(here), Some(there)) = (rest.get(..size), name.get(1..=size)) else {
                    return false;
                };
                if !here.eq_ignore_ascii_case(there) {
                    return false;
                }
                (at, name) = (at + 1 + size, &name[1 + size..]);
            }
            _ => return false,
        }
    }
}

impl Writer<'_> {
    /// Writes a whole name, its end replaced by a pointer to where that stands already, and remembers
    /// what of it was written. Gives where the name stands now, if pointers reach there.
    pub fn compressed(&mut self, name: &[u8], known: &mut KnownNames) -> Option<Pointer> {
        let (mut offset, start) = (0, self.here());
        while let Some(&length @ 1..) = name.get(offset) {
            if let Some(pointer) = known.find(self.written(), &name[offset..]) {
                self.pointer(pointer);
                return if offset == 0 { Some(pointer) } else { start };
            }
            let end = offset + 1 + usize::from(length);
            let at = self.len();
            self.octets(name.get(offset..end).unwrap_or_default());
            if self.is_full() {
                return None;
            }
            known.push(at);
            offset = end;
        }
        self.octets(&[0]);
        start
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_names_are_written_once() {
        let mut buffer = [0; 100];
        let mut writer = Writer::new(&mut buffer, 100);
        let mut known = KnownNames::default();
        writer.octets(b"\x01a\x02bc\x00");
        known.add(0, b"\x01a\x02bc\x00");
        writer.compressed(b"\x01x\x02BC\x00", &mut known);
        writer.compressed(b"\x01y\x01X\x02bc\x00", &mut known);
        writer.compressed(b"\x00", &mut known);
        writer.compressed(b"\x02xa\x02bc\x01a\x00", &mut known);
        assert_eq!(
            writer.written(),
            b"\x01a\x02bc\x00\x01x\xc0\x02\x01y\xc0\x06\x00\x02xa\x02bc\x01a\x00"
        );
    }

    #[test]
    fn what_did_not_fit_is_not_remembered() {
        let mut buffer = [0; 3];
        let mut writer = Writer::new(&mut buffer, 3);
        let mut known = KnownNames::default();
        writer.compressed(b"\x01x\x02BC\x00", &mut known);
        assert!(writer.is_full() && known.len == 1);
    }
}
