//! Stubs: what other DNS servers have to be told so that they ask us for our names.
//!
//! In: the configuration, a cluster of it, addresses of fedns. Out: [`Stub`], and its text for
//! each [`Product`]; a Corefile with our block merged in, or without it again.
//! Pure: does not know files, API servers or the terminal.

mod version;
mod coredns;
mod kubernetes;
mod resolvers;
mod key;
mod lexer;
mod corefile;
mod listeners;
mod cluster_domain;
mod merge;

use std::net::SocketAddr;

use ipnet::IpNet;

use crate::config::{Cluster, Config};
use crate::core::name::{Label, Name};

pub use coredns::{MOST_SERVERS, Placement};
pub use lexer::BadCorefile;
pub use merge::{Merged, apply, remove};
pub use version::Version;

/// What other DNS servers have to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Stub {
    /// The cluster whose DNS it is; `None` for a resolver outside of clusters.
    pub cluster: Option<Label>,
    /// The domain that its entry says it has.
    pub cluster_domain: Option<Name>,
    /// The names to ask us for: each federation's domain, then `F.svc.<clusterDomain>` of each
    /// federation F.
    pub zones: Vec<StubZone>,
    /// Where fedns is asked, the first first.
    pub servers: Vec<SocketAddr>,
    /// How fedns knows who asks.
    pub asker: Asker,
    /// How long answers inside a cluster hold, in seconds.
    pub in_cluster_ttl: u32,
    /// How long "there is nothing" holds, in seconds.
    pub negative_ttl: u32,
}

/// A zone of ours.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StubZone {
    /// Its apex.
    pub name: Name,
    /// Whether it stands below a cluster's own domain, which no public parent knows.
    pub is_inside: bool,
    /// Whether answers may hold private addresses, which resolvers can be told to distrust.
    pub may_be_private: bool,
}

/// How fedns knows which cluster asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Asker {
    /// By the address that is asked: the cluster's own listener.
    Listener,
    /// By the source address, which lies in these networks.
    Networks(Vec<IpNet>),
    /// By the source address, among the nodes' addresses and pod networks.
    Nodes,
    /// Nobody's DNS in particular asks.
    Unnamed,
}

/// What is told.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Product {
    /// A server block of a Corefile.
    CoreDns,
    /// `stubDomains` of the ConfigMap kube-dns.
    KubeDns,
    /// The same, as NodeLocal DNSCache reads it.
    NodeLocal,
    /// The same, as GKE with kube-dns reads it.
    Gke,
    /// The ConfigMap coredns-custom of AKS.
    Aks,
    /// The ConfigMap coredns-custom of K3s.
    K3s,
    /// The operator's object `dns.operator/default`.
    OpenShift,
    /// named.conf.
    Bind,
    /// unbound.conf.
    Unbound,
    /// dnsmasq.conf.
    Dnsmasq,
    /// A delegate file of systemd-resolved.
    SystemdResolved,
    /// kresd.conf.
    KnotResolver,
    /// recursor.yml.
    PowerDns,
}

impl Product {
    /// Whether it is the DNS of one cluster.
    pub fn is_in_cluster(self) -> bool {
        !matches!(
            self,
            Self::Bind
                | Self::Unbound
                | Self::Dnsmasq
                | Self::SystemdResolved
                | Self::KnotResolver
                | Self::PowerDns
        )
    }
}

/// Why there is no address to name.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoAddress {
    /// Nothing is listened on, or on all addresses of a host that has no name.
    #[error("{0}: name the addresses at which it reaches fedns with --address")]
    Unknown(String),
    /// Only this host reaches it.
    #[error(
        "fedns listens on {0} only, which nobody reaches from another host; say with --address \
         where it is reached, or let it listen elsewhere"
    )]
    Loopback(SocketAddr),
}

impl Stub {
    /// What the DNS of `cluster` has to be told, or a resolver outside of clusters.
    pub fn new(config: &Config, cluster: Option<&Cluster>, servers: Vec<SocketAddr>) -> Self {
        Self {
            cluster: cluster.map(|cluster| cluster.name.clone()),
            cluster_domain: cluster.map(|cluster| cluster.policy.cluster_domain.clone()),
            zones: zones(config, cluster),
            asker: asker(cluster, &servers),
            servers,
            in_cluster_ttl: config.policy.in_cluster_ttl,
            negative_ttl: config.policy.negative_ttl,
        }
    }

    /// The same for a cluster of another domain; `None` where a zone is no name there.
    fn below(&self, domain: &Name) -> Option<Self> {
        let zone = |zone: &StubZone| {
            let label = zone.name.labels().next().filter(|_| zone.is_inside);
            let name = match label.and_then(|it| std::str::from_utf8(it).ok()) {
                Some(federation) => inside(domain, &Label::parse(federation).ok()?)?,
                None => zone.name.clone(),
            };
            Some(StubZone { name, ..zone.clone() })
        };
        let zones = self.zones.iter().map(zone).collect::<Option<Vec<_>>>()?;
        Some(Self { zones, ..self.clone() })
    }

    /// The text for a product; of a Corefile, the block that stands where `placement` says, in
    /// words that CoreDNS `version` knows (the oldest, where it is not known).
    pub fn write(
        &self,
        product: Product,
        placement: &Placement,
        version: Option<Version>,
    ) -> String {
        match product {
            Product::CoreDns => coredns::blocks(self, std::slice::from_ref(placement), version),
            Product::KubeDns | Product::NodeLocal | Product::Gke => {
                kubernetes::stub_domains(self, product)
            }
            Product::Aks | Product::K3s => {
                let block = coredns::blocks(self, std::slice::from_ref(placement), version);
                kubernetes::custom(&block, product)
            }
            Product::OpenShift => kubernetes::openshift(self),
            Product::Bind => resolvers::bind(self),
            Product::Unbound => resolvers::unbound(self),
            Product::Dnsmasq => resolvers::dnsmasq(self),
            Product::SystemdResolved => resolvers::systemd_resolved(self),
            Product::KnotResolver => resolvers::knot_resolver(self),
            Product::PowerDns => resolvers::powerdns(self),
        }
    }
}

fn zones(config: &Config, cluster: Option<&Cluster>) -> Vec<StubZone> {
    let mut zones: Vec<StubZone> = Vec::new();
    let mut add = |name: Option<Name>, is_inside, may_be_private| {
        let Some(name) = name else { return };
        if zones.iter().all(|zone| zone.name != name) {
            zones.push(StubZone { name, is_inside, may_be_private });
        }
    };
    let may_be_private = config.clusters.is_empty() || config.clusters.iter().any(names_private);
    let federations = &config.policy.federations;
    for federation in federations {
        add(Some(federation.domain.clone()), false, may_be_private);
    }
    let all = match cluster {
        Some(cluster) => std::slice::from_ref(cluster),
        None => &config.clusters,
    };
    for cluster in all {
        for federation in federations {
            // ClusterIPs, which are private nearly always.
            add(inside(&cluster.policy.cluster_domain, &federation.name), true, true);
        }
    }
    zones
}

/// Below which name a cluster's pods ask for a federation's services without a place.
fn inside(domain: &Name, federation: &Label) -> Option<Name> {
    domain.child(&Label::parse("svc").ok()?)?.child(federation)
}

/// Whether a cluster may name private addresses: it does not say which it names, or says these.
fn names_private(cluster: &Cluster) -> bool {
    let listed = &cluster.policy.addresses;
    listed.is_empty() || listed.iter().any(|network| PRIVATE.iter().any(|it| meet(network, it)))
}

/// RFC 1918, RFC 6598 and RFC 4193.
const PRIVATE: [&str; 5] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];

fn meet(network: &IpNet, private: &str) -> bool {
    private.parse::<IpNet>().is_ok_and(|it| it.contains(network) || network.contains(&it))
}

fn asker(cluster: Option<&Cluster>, servers: &[SocketAddr]) -> Asker {
    let Some(cluster) = cluster else { return Asker::Unnamed };
    let is_own = |server: &SocketAddr| {
        let same = |own: &SocketAddr| own.ip() == server.ip() || own.ip().is_unspecified();
        cluster.listen.iter().any(|own| own.port() == server.port() && same(own))
    };
    if !servers.is_empty() && servers.iter().all(is_own) {
        Asker::Listener
    } else if cluster.policy.networks.is_empty() {
        Asker::Nodes
    } else {
        Asker::Networks(cluster.policy.networks.clone())
    }
}

/// Where fedns is asked when nobody says: at the cluster's own listener, else at the general
/// ones. A listener on all addresses stands for the name servers' addresses: at its own port
/// where it is the cluster's, else at port 53, where a delegation leads.
///
/// # Errors
/// There is no address that others reach.
pub fn default_servers(
    config: &Config,
    cluster: Option<&Cluster>,
) -> Result<Vec<SocketAddr>, NoAddress> {
    let own = cluster.map(|cluster| &cluster.listen[..]).unwrap_or_default();
    let listeners = if own.is_empty() { &config.listen.udp[..] } else { own };
    let named = || {
        let servers = config.policy.federations.iter().flat_map(|it| &it.nameservers);
        servers.flat_map(|server| &server.addresses)
    };
    let mut servers: Vec<SocketAddr> = Vec::new();
    for listener in listeners {
        let port = if own.is_empty() { 53 } else { listener.port() };
        let found: Vec<SocketAddr> = match listener.ip().is_unspecified() {
            false => vec![*listener],
            true => named()
                .filter(|address| address.is_ipv4() || listener.is_ipv6())
                .map(|address| SocketAddr::new(*address, port))
                .collect(),
        };
        for server in found {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
    }
    if let Some(unset) = servers.iter().find(|server| server.port() == 0) {
        return Err(NoAddress::Unknown(format!("the port of {unset} is chosen at each start")));
    }
    servers.retain(|server| !server.ip().is_loopback() || !own.is_empty());
    match (servers.is_empty(), listeners.iter().find(|listener| listener.ip().is_loopback())) {
        (false, _) => Ok(servers),
        (true, Some(loopback)) => Err(NoAddress::Loopback(*loopback)),
        (true, None) => {
            Err(NoAddress::Unknown("the configuration does not say how to reach fedns".to_owned()))
        }
    }
}

/// A name as other configurations write it: without its final dot.
fn plain(name: &Name) -> String {
    name.to_string().trim_end_matches('.').to_owned()
}

/// An address as most configurations write it: with its port where that is not 53.
fn with_port(server: &SocketAddr) -> String {
    if server.port() == 53 { server.ip().to_string() } else { server.to_string() }
}
