//! Data of records as octets, read from the left.
//!
//! In: octets. Out: numbers, names and parts; `None` as soon as they are cut short. Does not know types.

/// Octets that are left to be read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire<'d>(pub(super) &'d [u8]);

impl<'d> Wire<'d> {
    pub(super) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'d [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn rest(&mut self) -> &'d [u8] {
        std::mem::take(&mut self.0)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn number8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[octet]| octet)
    }

    pub(super) fn number16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    pub(super) fn number32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Octets with their number, of 8 bits, before them.
    pub(super) fn counted(&mut self) -> Option<&'d [u8]> {
        let count = self.number8()?;
        self.take(usize::from(count))
    }

    /// A whole name, root included; none that is compressed.
    pub(super) fn name(&mut self) -> Option<&'d [u8]> {
        let mut at = 0;
        loop {
            match usize::from(*self.0.get(at)?) {
                0 => return self.take(at + 1),
                length @ 1..=63 if at + 1 + length < 255 => at += 1 + length,
                _ => return None,
            }
        }
    }
}
