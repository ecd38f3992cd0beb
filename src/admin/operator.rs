//! Who changes something.
//!
//! In: how a connection came, and what let its request in. Out: words for logs.
//! Does not know what is changed.

use std::fmt;
use std::net::IpAddr;

use nix::unistd::{Uid, User};

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Peer {
    /// An address.
    Address(IpAddr),
    /// A process of this host that runs as this user (SO_PEERCRED, unix(7)).
    User(u32),
}

/// Who changes something; every request that may do so has one in its extensions.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Operator {
    /// Whoever bears the token of this name.
    Bearer(Box<str>),
    /// A user of this host, by number and, where there is one, name.
    User(u32, Option<Box<str>>),
}

impl Operator {
    /// The user of this number. Where names of users are looked up elsewhere, that blocks.
    pub(super) fn of_user(number: u32) -> Self {
        let user = User::from_uid(Uid::from_raw(number)).ok().flatten();
        Self::User(number, user.map(|user| user.name.escape_debug().to_string().into()))
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bearer(name) => write!(f, "the bearer of token {name}"),
            Self::User(number, Some(name)) => write!(f, "user {name} ({number})"),
            Self::User(number, None) => write!(f, "user {number}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_have_names_where_the_system_knows_them() {
        assert_eq!(Operator::of_user(0).to_string(), "user root (0)");
        assert_eq!(Operator::of_user(u32::MAX - 7).to_string(), "user 4294967288");
    }
}
