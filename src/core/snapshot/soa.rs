//! What the SOA of a static zone says (RFC 1035, section 3.3.13).
//!
//! In: its data in wire form. Out: names and numbers. Does not know which serial is answered.

use crate::core::name::first_name;

/// The numbers of an SOA.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Soa {
    /// The TTL of the record itself, in seconds.
    pub ttl: u32,
    /// The serial that stands in the file: the least that is answered.
    pub serial: u32,
    /// How often secondaries ask, in seconds.
    pub refresh: u32,
    /// How soon they ask again after a failure, in seconds.
    pub retry: u32,
    /// How long they go on without an answer, in seconds.
    pub expire: u32,
    /// The TTL of negative answers (RFC 2308, section 4), in seconds.
    pub minimum: u32,
}

/// An SOA as it was read.
pub(super) struct Read<'d> {
    pub(super) primary: &'d [u8],
    pub(super) mailbox: &'d [u8],
    pub(super) soa: Soa,
}

impl Soa {
    /// Reads data whose names are whole. The TTL is not among them.
    pub(super) fn read(data: &[u8]) -> Option<Read<'_>> {
        let (primary, rest) = data.split_at(first_name(data).len());
        let (mailbox, numbers) = rest.split_at(first_name(rest).len());
        let (numbers, _) = numbers.as_chunks::<4>();
        let [serial, refresh, retry, expire, minimum] = *numbers else { return None };
        let number = u32::from_be_bytes;
        let soa = Self {
            ttl: 0,
            serial: number(serial),
            refresh: number(refresh),
            retry: number(retry),
            expire: number(expire),
            minimum: number(minimum),
        };
        Some(Read { primary, mailbox, soa })
    }

    /// The TTL of a negative answer (RFC 2308, section 5), in seconds.
    pub fn negative_ttl(&self) -> u32 {
        self.ttl.min(self.minimum)
    }
}
