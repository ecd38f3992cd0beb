//! A hostname as the name that ExternalName Services stand for, to askers inside their clusters.
//!
//! In: what is known of the hostname. Out: [`ResolvedAlias`]. Does not know Services, nor which names are
//! asked for.

use std::net::IpAddr;
use std::time::Duration;

use crate::core::time::Moment;

use super::{HostnameFacts, PATIENCE};

/// What is known of the name that an ExternalName Service stands for: nothing, addresses, or a way
/// back to us.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ResolvedAlias {
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// For how long they may be kept, in seconds; `None` where that is not known.
    pub ttl: Option<u32>,
    /// The name in one of our zones that it is an alias of, which holds in place of addresses.
    pub home: Option<Box<str>>,
}

impl HostnameFacts {
    /// What askers inside a cluster with this limit are told of it, who are told of it only where
    /// one of its Services stands for it.
    pub(in crate::core::state) fn resolved_alias(
        &self,
        limit: Option<Duration>,
        now: Moment,
        is_own: impl Fn(&str) -> bool,
    ) -> ResolvedAlias {
        let addresses: Vec<_> = self.counted(limit, now).collect();
        if self.is_own || addresses.is_empty() {
            return ResolvedAlias::default();
        }
        let ttl = self.lifetime();
        match self.aliases.iter().find(|alias| is_own(alias)) {
            Some(home) => ResolvedAlias { addresses: Vec::new(), ttl, home: Some(home.clone()) },
            None => ResolvedAlias { addresses, ttl, home: None },
        }
    }

    /// Tries in a row that brought no address, where those are a matter of complaint.
    pub(in crate::core::state) fn is_hopeless(&self) -> bool {
        !self.is_own && (self.is_gone || self.failures >= PATIENCE)
    }
}
