//! Numbers in the octets of records and leaves: little-endian, unaligned.
//!
//! In: octets and a position. Out: the number that stands there.
//! Does not know what it counts. Octets that end before it are a fault of ours, and panic.

/// The `N` octets that stand at `at`.
// One look at the length, not one for each octet: a look-up reads a dozen numbers.
#[inline(always)]
fn octets_at<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    *octets[at..].first_chunk().expect("records and leaves are written whole")
}

pub(super) fn read_u16(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(octets_at(octets, at))
}

pub(super) fn read_u32(octets: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(octets_at(octets, at))
}

pub(super) fn read_u64(octets: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(octets_at(octets, at))
}
