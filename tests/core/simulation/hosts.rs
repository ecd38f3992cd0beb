//! Hostnames of load balancers: what came of asking for one, and what counts of that.
//!
//! In: what a resolver says. Out: addresses that an answer may give. Does not know ground state.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use fedns::core::hostname::{Answer, Finding};

/// How many hostnames there are; services and clusters share them.
pub(crate) const HOSTS: usize = 6;
/// NXDOMAIN is a fact when it is said again after so long.
const DENIAL_HOLDS: Duration = Duration::from_secs(30);

/// A hostname by its number.
pub(crate) fn hostname(number: usize) -> Box<str> {
    format!("h{number}.example.net").into()
}

/// An answer with these addresses.
pub(crate) fn answered(addresses: &[Ipv4Addr]) -> Finding {
    let addresses = addresses.iter().copied().map(IpAddr::V4).collect();
    Finding::Answered(Answer { addresses, ..Answer::default() })
}

/// What is known of a hostname.
#[derive(Clone, Debug, Default)]
pub(crate) struct Host {
    pub(crate) is_tried: bool,
    /// Its last good addresses.
    pub(crate) good: Vec<Ipv4Addr>,
    failing_since: Option<Duration>,
    denied_since: Option<Duration>,
}

impl Host {
    /// One that an earlier run kept the addresses of: it fails since the restart.
    pub(crate) fn kept(good: Vec<Ipv4Addr>, now: Duration) -> Self {
        match good.is_empty() {
            true => Self::default(),
            false => Self { is_tried: true, good, failing_since: Some(now), denied_since: None },
        }
    }

    pub(crate) fn learn(&mut self, now: Duration, finding: &Finding) {
        self.is_tried = true;
        match finding {
            Finding::Answered(answer) => {
                let v4 = |address: &IpAddr| match address {
                    IpAddr::V4(address) => *address,
                    IpAddr::V6(_) => unreachable!("the dice know no IPv6"),
                };
                let good = answer.addresses.iter().map(v4).collect();
                *self = Self { is_tried: true, good, ..Self::default() };
            }
            Finding::Failed(_) => _ = self.failing_since.get_or_insert(now),
            Finding::Denied => {
                self.failing_since.get_or_insert(now);
                if now - *self.denied_since.get_or_insert(now) >= DENIAL_HOLDS {
                    (self.good, self.failing_since) = (Vec::new(), None);
                }
            }
        }
    }

    /// The addresses that count for a cluster with this limit.
    pub(crate) fn counts(&self, limit: Option<Duration>, now: Duration) -> &[Ipv4Addr] {
        let is_over = |since: Duration| limit.is_some_and(|limit| now >= since + limit);
        if self.failing_since.is_some_and(is_over) { &[] } else { &self.good }
    }
}
