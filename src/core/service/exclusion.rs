//! Exclusions: why a shard answers nowhere.
//!
//! In: nothing. Out: reasons, in the order in which they win, and their words. Does not know who looked.

use std::fmt;

/// Why a shard does not answer, the first reason that holds in this order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Exclusion {
    /// The cluster has no Service of that name.
    NoService,
    /// The Service is of another type than LoadBalancer.
    NotLoadBalancer,
    /// The cluster may not publish this namespace.
    NamespaceRefused,
    /// Annotation `fedns.dev/publish: "false"`.
    OptedOut,
    /// The federation takes only labelled Services, and this one is not.
    NotLabelled,
    /// The Service is being deleted.
    Deleting,
    /// The operator has drained it, and hard.
    DrainedHard,
    /// The load balancer has no address yet.
    NoAddress,
    /// Every address it names is refused.
    AddressesRefused,
    /// Its load balancer is given by a hostname that has no known addresses.
    HostnameUnresolved,
    /// No endpoint is ready.
    NoReadyEndpoint,
}

impl Exclusion {
    /// Whether a shard left out for this reason is still published: its service's names exist.
    pub fn is_published(self) -> bool {
        match self {
            Self::NoService
            | Self::NotLoadBalancer
            | Self::NamespaceRefused
            | Self::OptedOut
            | Self::NotLabelled
            | Self::Deleting => false,
            Self::DrainedHard
            | Self::NoAddress
            | Self::AddressesRefused
            | Self::HostnameUnresolved
            | Self::NoReadyEndpoint => true,
        }
    }
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoService => "no Service of that name",
            Self::NotLoadBalancer => "not of type LoadBalancer",
            Self::NamespaceRefused => "the cluster may not publish this namespace",
            Self::OptedOut => "opted out by annotation fedns.dev/publish",
            Self::NotLabelled => "not labelled fedns.dev/publish",
            Self::Deleting => "being deleted",
            Self::DrainedHard => "drained hard",
            Self::NoAddress => "no load-balancer address yet",
            Self::AddressesRefused => "its addresses are refused",
            Self::HostnameUnresolved => "its load-balancer hostname is not resolved",
            Self::NoReadyEndpoint => "no ready endpoint",
        })
    }
}
