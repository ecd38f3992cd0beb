//! State files as octets: what a file of the last known good state looks like.
//!
//! ```text
//! file:    magic 8 octets | format u16 | kind u8 | 0 | sections | the end
//! section: tag u8 | length u32 | checksum u32 | octets
//! the end: a section of tag 0 whose octets are the checksum of all that stands before it
//! ```
//!
//! In: sections. Out: octets, written piece by piece; and back, or why not. Numbers are
//! little-endian, checksums CRC-32. Readers skip tags that they do not know.
//! Does not know what a section says, or disks.

use std::ops::Range;

use crc32fast::Hasher;

const MAGIC: [u8; 8] = *b"fedns\0st";
/// The format that is written, and the only one that is read. It goes up whenever facts that were
/// kept would be read as others (`tests/core/state_files.rs` holds a file of this format).
pub const FORMAT: u16 = 4;
const HEADER: usize = MAGIC.len() + 4;
/// Octets before those of a section.
const SECTION: usize = 9;
const END: u8 = 0;

/// What a file holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// What one cluster said.
    Cluster = 1,
    /// What is kept by service and belongs to no cluster.
    Services = 2,
    /// The serials of all apexes, and until when clusters were heard.
    Serials = 3,
    /// Which clusters registries have registered.
    Registrations = 4,
    /// What changed of a cluster behind its file.
    Journal = 5,
    /// What changed, and when.
    Events = 6,
    /// What operators said of which shards answer.
    Overrides = 7,
}

/// Why a file can not be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unusable {
    /// It is no file of ours, or its first octets are gone.
    #[error("it is no state file")]
    NotOurs,
    /// Another version of the program wrote it.
    #[error("it has format {0}, and this version reads format {FORMAT}")]
    OtherFormat(u16),
    /// It has the name of a file that holds something else.
    #[error("it holds something else than its name says")]
    OtherKind,
    /// Octets are missing or have changed.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// It speaks of something else than is configured: of what.
    #[error("it was read from {0}, and the configuration names another source")]
    Foreign(String),
}

/// Makes a file, a section after the other.
#[derive(Debug)]
pub struct Encoder {
    whole: Hasher,
}

impl Encoder {
    /// Begins a file, whose first octets go to `out`.
    pub fn start(kind: Kind, out: &mut Vec<u8>) -> Self {
        let mut encoder = Self { whole: Hasher::new() };
        let at = out.len();
        out.extend_from_slice(&MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
        out.extend_from_slice(&[kind as u8, 0]);
        encoder.whole.update(&out[at..]);
        encoder
    }

    /// Adds a section. `tag` is not 0.
    pub fn section(&mut self, tag: u8, octets: &[u8], out: &mut Vec<u8>) {
        let at = out.len();
        let length = u32::try_from(octets.len()).expect("sections are written in small pieces");
        out.push(tag);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&checksum(tag, octets).to_le_bytes());
        out.extend_from_slice(octets);
        self.whole.update(&out[at..]);
    }

    /// Ends the file; gives its [`whole_checksum`].
    pub fn end(mut self, out: &mut Vec<u8>) -> u32 {
        let whole = self.whole.clone().finalize();
        self.section(END, &whole.to_le_bytes(), out);
        whole
    }
}

/// The checksum of all that stands in a file, by which it is told from any other one; 0 of what is none.
pub fn whole_checksum(file: &[u8]) -> u32 {
    file.last_chunk().map_or(0, |last| u32::from_le_bytes(*last))
}

fn checksum(tag: u8, octets: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(&[tag]);
    hasher.update(octets);
    hasher.finalize()
}

/// Where the sections of a file of some kind stand, each with its tag, after every checksum was
/// held against them.
///
/// # Errors
/// Says why the file can not be used.
pub fn sections(file: &[u8], kind: Kind) -> Result<Vec<(u8, Range<usize>)>, Unusable> {
    let Some((header, mut rest)) = file.split_at_checked(HEADER) else {
        return Err(Unusable::NotOurs);
    };
    if header[..MAGIC.len()] != MAGIC {
        return Err(Unusable::NotOurs);
    }
    let format = u16::from_le_bytes([header[8], header[9]]);
    if format != FORMAT {
        return Err(Unusable::OtherFormat(format));
    }
    if header[10] != kind as u8 {
        return Err(Unusable::OtherKind);
    }
    let mut found = Vec::new();
    loop {
        let at = file.len() - rest.len();
        let Some((head, tail)) = rest.split_at_checked(SECTION) else {
            return Err(Unusable::Damaged("its end is missing"));
        };
        let tag = head[0];
        let length = u32::from_le_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let Some((octets, behind)) = tail.split_at_checked(length) else {
            return Err(Unusable::Damaged("its end is missing"));
        };
        if head[5..] != checksum(tag, octets).to_le_bytes() {
            return Err(Unusable::Damaged("a checksum does not fit"));
        }
        if tag == END {
            let mut whole = Hasher::new();
            whole.update(&file[..at]);
            return match octets == whole.finalize().to_le_bytes() && behind.is_empty() {
                true => Ok(found),
                false => Err(Unusable::Damaged("the checksum of the whole does not fit")),
            };
        }
        found.push((tag, at + SECTION..at + SECTION + length));
        rest = behind;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = Encoder::start(Kind::Services, &mut out);
        encoder.section(1, b"one", &mut out);
        encoder.section(9, b"", &mut out);
        encoder.section(1, b"three", &mut out);
        encoder.end(&mut out);
        out
    }

    #[test]
    fn sections_come_back_in_their_order() {
        let file = file();
        let found = sections(&file, Kind::Services).expect("whole");
        let found: Vec<_> = found.into_iter().map(|(tag, at)| (tag, &file[at])).collect();
        let wanted: [(u8, &[u8]); 3] = [(1, b"one"), (9, b""), (1, b"three")];
        assert_eq!(found, wanted);
        assert_eq!(sections(&file, Kind::Cluster), Err(Unusable::OtherKind));
    }

    #[test]
    fn a_file_cut_anywhere_or_with_more_behind_it_is_refused() {
        let file = file();
        for length in 0..file.len() {
            assert!(sections(&file[..length], Kind::Services).is_err(), "{length} octets");
        }
        assert!(sections(&[&file[..], b"x"].concat(), Kind::Services).is_err());
    }

    #[test]
    fn a_file_with_any_bit_flipped_is_refused() {
        let file = file();
        for bit in 0..8 * file.len() {
            let mut flipped = file.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(sections(&flipped, Kind::Services).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn another_format_is_named() {
        let mut file = file();
        file[8] = 7;
        assert_eq!(sections(&file, Kind::Services), Err(Unusable::OtherFormat(7)));
    }
}
