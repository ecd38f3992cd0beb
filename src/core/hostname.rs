//! Hostnames of load balancers and of ExternalName Services: what came of asking a resolver for one,
//! and which ones are wanted.
//!
//! In: what the world was told. Out: values for `State::resolve`, and requests to the world.
//! Does not know resolvers, services, or what follows from an answer.

use std::net::IpAddr;
use std::time::Duration;

use crate::core::family::Family;

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
    /// It has addresses, or none of one family while nobody says anything of the other.
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
    /// The family that is still waited for: what was known of it stays as it is, and more is said soon.
    pub awaited: Option<Family>,
    /// The names that its CNAMEs led through: lower-cased, without the final dot.
    pub aliases: Vec<Box<str>>,
    /// The least TTL of the records that say so, in seconds; `None` where nobody told.
    pub ttl: Option<u32>,
}

/// What the world is asked to do about a hostname.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ResolveRequest {
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
