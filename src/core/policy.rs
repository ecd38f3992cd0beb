//! Policy: what the operator wants of federations and of each cluster.
//!
//! In: values that configuration has already checked. Out: what they mean for facts.
//! Does not know files, YAML or which objects exist.

mod eligibility;
mod when_silent;

use std::net::IpAddr;
use std::time::Duration;

use ipnet::IpNet;
use wildmatch::WildMatch;

use crate::core::hostname::Known;
use crate::core::name::{Label, Name};
use crate::core::overrides::Source;
use crate::core::service::{Drain, Exclusion, Ingress, ServiceFacts, ServiceType, Shard, Spare};
use crate::core::zone::WrittenZone;

pub use eligibility::Eligibility;
pub use when_silent::{SILENT_AFTER, WhenSilent};

/// TTL of a federation that gives none, in seconds: what Federation v1 gave.
pub const DEFAULT_TTL: u32 = 180;
/// What Kubernetes calls the domain inside a cluster.
pub const CLUSTER_DOMAIN: &str = "cluster.local";
/// No answer that fails open outlives this, in seconds: it rests on nothing healthy.
pub const ALL_DOWN_TTL: u32 = 30;
/// No answer of shards that stand by or are in reserve outlives this, in seconds.
pub const SPARE_TTL: u32 = 30;
/// What rests on a load balancer's hostname may live so long, in seconds, however short the TTL with which
/// it was answered: a cache between us and its server may have had it for nearly all of that.
pub const LEAST_HOSTNAME_TTL: u32 = 30;

/// What is answered at the global name when no shard is healthy anywhere.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WhenAllDown {
    /// Every published address: fail open.
    All,
    /// The last healthy set, of it what is still published; NODATA where none was seen.
    Last,
    /// NOERROR without records.
    #[default]
    Nodata,
    /// NXDOMAIN, as Federation v1.
    Nxdomain,
}

impl WhenAllDown {
    /// Whether addresses are answered that no healthy shard stands behind.
    pub fn fails_open(self) -> bool {
        matches!(self, Self::All | Self::Last)
    }

    /// What limits an answer that nothing healthy stands behind, in seconds.
    pub fn limit(self) -> Option<u32> {
        self.fails_open().then_some(ALL_DOWN_TTL)
    }
}

/// Which Services take part in a federation.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Publish {
    /// Every Service of type LoadBalancer that does not opt out.
    #[default]
    All,
    /// Of those, the ones labelled `fedns.dev/publish: "true"`.
    Labelled,
}

/// A name server of a zone that fedns makes itself.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Nameserver {
    /// Its host name.
    pub name: Name,
    /// Its addresses; those of a name inside the zone are answered.
    pub addresses: Vec<IpAddr>,
}

/// One federation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Federation {
    /// The label F of its names; unique.
    pub name: Label,
    /// The domain S of its names; several federations may share one.
    pub domain: Name,
    /// TTL of its answers where no Service asks for another, in seconds.
    pub ttl: u32,
    /// What is answered when nothing is healthy.
    pub when_all_down: WhenAllDown,
    /// Which Services take part.
    pub publish: Publish,
    /// NS of the domain; at least one, the first is the SOA's.
    pub nameservers: Vec<Nameserver>,
}

/// Who may say by EDNS option which cluster asks.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum TrustedClients {
    /// This host, and who asks from the clusters' own networks.
    #[default]
    Clusters,
    /// Who asks from one of these networks.
    Networks(Vec<IpNet>),
}

/// What holds for all answers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Policy {
    /// The federations, in the order of the configuration.
    pub federations: Vec<Federation>,
    /// The static zones, each apex once.
    pub static_zones: Vec<WrittenZone>,
    /// TTL of negative answers about federated names, in seconds.
    pub negative_ttl: u32,
    /// Most addresses of one family in one answer; 0 = no limit.
    pub max_addresses: usize,
    /// Largest reply over UDP, in octets.
    pub max_udp_size: u16,
    /// TTL of in-cluster answers, in seconds.
    pub in_cluster_ttl: u32,
    /// Whose word on the asking cluster is taken.
    pub trusted_clients: TrustedClients,
}

impl Policy {
    /// Whether a hostname (lower-cased, without the final dot) lies in a zone of ours: asking for
    /// it would be asking ourselves.
    pub fn owns(&self, hostname: &str) -> bool {
        let domains = self.federations.iter().map(|federation| &federation.domain);
        let mut apexes = domains.chain(self.static_zones.iter().map(|zone| &zone.apex));
        apexes.any(|apex| lies_in(hostname, apex))
    }

    /// Whether addresses are answered, in some federation, that no healthy shard stands behind.
    pub fn fails_open(&self) -> bool {
        self.federations.iter().any(|federation| federation.when_all_down.fails_open())
    }

    /// Whether names inside clusters stand for a Service that takes part, labelled or not.
    pub fn serves_inside(&self, is_labelled: bool) -> bool {
        self.federations.iter().any(|it| is_labelled || it.publish == Publish::All)
    }
}

/// Whether a hostname (lower-cased, without the final dot) lies in a domain.
fn lies_in(hostname: &str, domain: &Name) -> bool {
    let domain = domain.to_string();
    let rest = hostname.strip_suffix(domain.trim_end_matches('.'));
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            federations: Vec::new(),
            static_zones: Vec::new(),
            negative_ttl: 5,
            max_addresses: 30,
            max_udp_size: 1232,
            in_cluster_ttl: 5,
            trusted_clients: TrustedClients::default(),
        }
    }
}

/// What one cluster's entry says besides where its facts come from.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterPolicy {
    /// Overrides the nodes' region labels.
    pub region: Option<Label>,
    /// Overrides the nodes' zone labels; only together with `region`.
    pub zones: Vec<Label>,
    /// Globs of namespaces it may publish; empty = all.
    pub namespaces: Vec<WildMatch>,
    /// Networks whose addresses it may name; empty = all but special ones.
    pub addresses: Vec<IpNet>,
    /// Who asks from here is this cluster; empty = its nodes' addresses and pods' networks.
    pub networks: Vec<IpNet>,
    /// The domain of names inside it.
    pub cluster_domain: Name,
    /// What becomes of its shards when it falls silent.
    pub when_silent: WhenSilent,
    /// How long its facts count while it is silent; `None` = for ever.
    pub stale_limit: Option<Duration>,
    /// The share of its shards, in percent, whose absence from a list is doubted; `None` where a
    /// list is a fact, as what files say is.
    pub withdraw_guard: Option<u8>,
    /// How long the last good addresses of a hostname count that can not be resolved any more;
    /// `None` = for ever.
    pub hostname_stale_limit: Option<Duration>,
    /// That it is drained, and where that is said.
    pub drain: Option<EntryDrain>,
}

/// That a cluster is drained, as its own data says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EntryDrain {
    /// Until when, and why.
    pub drain: Drain,
    /// Where it is said.
    pub source: Source,
}

impl Default for ClusterPolicy {
    fn default() -> Self {
        Self {
            region: None,
            zones: Vec::new(),
            namespaces: Vec::new(),
            addresses: Vec::new(),
            networks: Vec::new(),
            cluster_domain: Name::parse(CLUSTER_DOMAIN).expect("it is a name"),
            when_silent: WhenSilent::default(),
            stale_limit: None,
            withdraw_guard: None,
            hostname_stale_limit: None,
            drain: None,
        }
    }
}

impl ClusterPolicy {
    /// Whether the cluster may publish services of `namespace`.
    pub fn admits_namespace(&self, namespace: &str) -> bool {
        self.namespaces.is_empty() || self.namespaces.iter().any(|glob| glob.matches(namespace))
    }

    /// Whether the cluster may name `address`. Loopback, link-local, multicast, broadcast and
    /// unspecified addresses reach nobody's load balancer: they are refused unless listed.
    pub fn admits_address(&self, address: IpAddr) -> bool {
        if self.addresses.is_empty() {
            !is_special(address)
        } else {
            self.addresses.iter().any(|network| network.contains(&address))
        }
    }
}

impl ClusterPolicy {
    /// Evaluates a shard of `namespace` in a federation that takes part as `publish` says; `known`
    /// says what is known of a hostname. Health is one decision for both families:
    /// a healthy shard answers with all its addresses.
    pub fn evaluate(
        &self,
        namespace: &str,
        shard: &Shard,
        publish: Publish,
        known: impl Fn(&str) -> Known,
    ) -> Eligibility {
        let Some(facts) = shard.facts() else {
            return Eligibility::unpublished(Exclusion::NoService);
        };
        if let Some(exclusion) = self.unpublished(namespace, facts, publish) {
            return Eligibility::unpublished(exclusion);
        }
        let (mut addresses, mut is_pending, mut is_unresolved) = (Vec::new(), false, false);
        let mut hostname_ttl: Option<u32> = None;
        for entry in &facts.ingress {
            match entry {
                Ingress::Address(address) => addresses.push(*address),
                Ingress::Hostname(name) => match known(name) {
                    Known::Untried => (is_pending, is_unresolved) = (true, true),
                    Known::Addresses { found, ttl } => {
                        is_unresolved |= found.is_empty();
                        let counts = found.iter().any(|&address| self.admits_address(address));
                        let ttl = ttl.filter(|_| counts).map(|ttl| ttl.max(LEAST_HOSTNAME_TTL));
                        hostname_ttl = hostname_ttl.into_iter().chain(ttl).min();
                        addresses.extend(found);
                    }
                },
            }
        }
        addresses.retain(|&address| self.admits_address(address));
        let exclusion = if facts.ingress.is_empty() {
            Some(Exclusion::NoAddress)
        } else if !addresses.is_empty() {
            let is_served = shard.ready_endpoints() > 0 || shard.has_terminating();
            (!is_served).then_some(Exclusion::NoReadyEndpoint)
        } else if is_unresolved {
            Some(Exclusion::HostnameUnresolved)
        } else {
            Some(Exclusion::AddressesRefused)
        };
        is_pending &= exclusion == Some(Exclusion::HostnameUnresolved);
        let spare = if exclusion.is_none() { spare(shard, facts) } else { None };
        Eligibility { exclusion, spare, addresses, is_pending, hostname_ttl, ttl: facts.ttl }
    }

    /// The hostnames that answers for a shard of `namespace` may rest on.
    pub fn wanted_hostnames<'s>(
        &self,
        namespace: &str,
        shard: &'s Shard,
    ) -> impl Iterator<Item = &'s str> {
        let facts = shard.facts();
        let wanted = facts.filter(|it| self.unpublished(namespace, it, Publish::All).is_none());
        wanted.into_iter().flat_map(ServiceFacts::hostnames)
    }

    /// Whether a hostname is one of the cluster's own names, which nobody outside can resolve, or
    /// only to something else.
    pub fn has_inside(&self, hostname: &str) -> bool {
        lies_in(hostname, &self.cluster_domain)
    }

    fn unpublished(
        &self,
        namespace: &str,
        facts: &ServiceFacts,
        publish: Publish,
    ) -> Option<Exclusion> {
        if facts.service_type != ServiceType::LoadBalancer {
            Some(Exclusion::NotLoadBalancer)
        } else if !self.admits_namespace(namespace) {
            Some(Exclusion::NamespaceRefused)
        } else if facts.is_opted_out {
            Some(Exclusion::OptedOut)
        } else if publish == Publish::Labelled && !facts.is_labelled {
            Some(Exclusion::NotLabelled)
        } else if facts.is_deleting {
            Some(Exclusion::Deleting)
        } else {
            None
        }
    }
}

/// Why a shard that could answer stands by.
fn spare(shard: &Shard, facts: &ServiceFacts) -> Option<Spare> {
    if facts.weight == Some(0) {
        return Some(Spare::WeightZero);
    }
    (shard.ready_endpoints() == 0).then_some(Spare::Terminating)
}

fn is_special(address: IpAddr) -> bool {
    // RFC 4291, section 2.5.5.2: clients that get ::ffff:127.0.0.1 connect to 127.0.0.1.
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback()
                || v4.is_link_local()
                || v4.is_multicast()
                || v4.is_broadcast()
                || v4.octets()[0] == 0
        }
        IpAddr::V6(v6) => {
            v6.is_loopback()
                || v6.is_unicast_link_local()
                || v6.is_multicast()
                || v6.is_unspecified()
        }
    }
}
