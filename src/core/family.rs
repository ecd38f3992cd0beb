//! Families of addresses, where what holds of one does not hold of the other.
//!
//! In: an address. Out: its family. Does not know what is counted or asked by family.

use std::net::IpAddr;

/// A family of addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// IPv4: records of type A.
    V4,
    /// IPv6: records of type AAAA.
    V6,
}

impl Family {
    /// Both, in the order of [`Family::index`].
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// The family of an address.
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// The position in [`Family::ALL`].
    pub fn index(self) -> usize {
        usize::from(self == Self::V6)
    }
}
