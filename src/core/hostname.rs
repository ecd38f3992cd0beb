//! Hostnames of load balancers and of ExternalName Services: what came of asking a resolver for one,
//! and which ones are wanted.
//!
//! In: what the world was told. Out: values for `State::resolve`, and wishes for the world.
//! Does not know resolvers, services, or what follows from an answer.

use std::net::IpAddr;
use std::time::Duration;

/// What came of asking for one hostname once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Resolution {
    /// What was said.
    pub finding: Finding,
    /// How long until it is asked again.
    pub again_in: Duration,
}

/// What a resolver said of a hostname.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// It has addresses.
    Answered(Answer),
    /// It does not exist (NXDOMAIN). Said once this is no fact yet.
    Denied,
    /// Nobody could say, or there is no address at all: why. This is never a fact.
    Failed(Box<str>),
}

/// The addresses of a hostname.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Answer {
    /// Both families, in no order.
    pub addresses: Vec<IpAddr>,
    /// The family that nobody could say anything about: its last good addresses stay.
    pub failed: Option<Family>,
    /// The names that its CNAMEs led through: lower-cased, without the final dot.
    pub aliases: Vec<Box<str>>,
    /// The least TTL of the records that say so, in seconds; `None` where nobody told.
    pub ttl: Option<u32>,
}

/// A family of addresses.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Family {
    /// IPv4, records of type A.
    V4,
    /// IPv6, records of type AAAA.
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

/// What the world is asked to do about a hostname.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Wish {
    /// Ask for it, from now on.
    Ask(Box<str>),
    /// Ask for it no more.
    Forget(Box<str>),
}

/// What one cluster may rely on of a hostname.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Known {
    /// Nobody has asked for it yet.
    Untried,
    /// What it is.
    Addresses {
        /// Its addresses; none where it has none, or none that count.
        found: Vec<IpAddr>,
        /// The TTL with which they were answered, in seconds; `None` where nobody told.
        ttl: Option<u32>,
    },
}
