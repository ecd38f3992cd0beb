//! Asks resolvers for hostnames.
//!
//! In: the servers' addresses, a hostname. Out: what they say of it, after a bounded time.
//! Servers are asked one after the other, the one that answered last first, as those who wrote
//! `/etc/resolv.conf` expect: one that fails has no say while another one knows.
//! Does not know when or why a hostname is asked for.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts, ServerOrderingStrategy,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;

use crate::core::hostname::Finding;

use super::said::{Part, Said};

/// Where servers of `/etc/resolv.conf` listen.
const DNS_PORT: u16 = 53;
/// How long one server may take. Datagrams are sent again meanwhile.
const SERVER_PATIENCE: Duration = Duration::from_secs(3);
/// How long all servers together may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Questions under way on one TCP connection: what all hostnames in flight may ask at once.
const PIPELINED: usize = 128;

/// The resolvers that are asked.
pub(super) struct Upstreams {
    addresses: Vec<SocketAddr>,
    servers: Vec<TokioResolver>,
    /// Why there is none.
    fault: String,
    /// The one that answered last.
    first: AtomicUsize,
}

impl Upstreams {
    /// Those at these addresses, else those of `/etc/resolv.conf`.
    pub(super) fn new(addresses: &[SocketAddr]) -> Self {
        let connected = wanted(addresses).and_then(|addresses| {
            let servers = addresses.iter().map(connect).collect::<Result<_, _>>()?;
            Ok((addresses, servers))
        });
        let first = AtomicUsize::new(0);
        match connected {
            Ok((addresses, servers)) => Self { addresses, servers, fault: String::new(), first },
            Err(error) => {
                let fault = format!("no resolver: /etc/resolv.conf: {error}");
                tracing::warn!("hostnames can not be resolved: {fault}");
                Self { addresses: Vec::new(), servers: Vec::new(), fault, first }
            }
        }
    }

    /// The servers, in the order in which they are asked.
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Asks for both families of a hostname.
    pub(super) async fn ask(&self, hostname: &str) -> Said {
        let Ok(mut name) = Name::from_ascii(hostname) else {
            return Said::failed("it is no name that can be asked for");
        };
        // As it stands: a search list would find somebody else's name.
        name.set_fqdn(true);
        let asked = tokio::time::timeout(PATIENCE, self.ask_in_turn(&name)).await;
        asked.unwrap_or_else(|_| Said::failed("no resolver answers in time"))
    }

    async fn ask_in_turn(&self, name: &Name) -> Said {
        let count = self.servers.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut said = Said::failed(&*self.fault);
        for at in (first..first + count).map(|at| at % count) {
            let server = &self.servers[at];
            let (v4, v6) =
                tokio::join!(server.ipv4_lookup(name.clone()), server.ipv6_lookup(name.clone()));
            let (v4, v6) = (part(name, v4), part(name, v6));
            let has_answered = [&v4, &v6].iter().any(|part| !matches!(part, Part::Failed(_)));
            said = Said::of(v4, v6);
            let is_known = matches!(said.finding, Finding::Answered(_) | Finding::Denied);
            if is_known || has_answered {
                self.first.store(at, Ordering::Relaxed);
                break;
            }
        }
        said
    }
}

/// The servers of the configuration, else those of the system.
fn wanted(addresses: &[SocketAddr]) -> Result<Vec<SocketAddr>, NetError> {
    if !addresses.is_empty() {
        return Ok(addresses.to_vec());
    }
    let (system, _) = read_system_conf()?;
    let servers = system.name_servers().iter();
    Ok(servers.map(|server| SocketAddr::new(server.ip, DNS_PORT)).collect())
}

fn connect(address: &SocketAddr) -> Result<TokioResolver, NetError> {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    server.connections.iter_mut().for_each(|connection| connection.port = address.port());
    let config = ResolverConfig::from_name_servers(vec![server]);
    let provider = TokioRuntimeProvider::default();
    TokioResolver::builder_with_config(config, provider).with_options(options()).build()
}

fn options() -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.timeout = SERVER_PATIENCE;
    options.attempts = 0;
    // The schedule keeps to TTLs; a second cache would only make answers older.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.max_active_requests = PIPELINED;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    options
}

fn part(name: &Name, asked: Result<Lookup, NetError>) -> Part {
    match asked {
        Ok(lookup) => Part::read(name, lookup.answers()),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
            ResponseCode::NXDomain => Part::Denied,
            ResponseCode::NoError => Part::Nothing,
            other => Part::Failed(format!("the resolver says {other}").into()),
        },
        Err(NetError::Dns(DnsError::ResponseCode(code))) => {
            Part::Failed(format!("the resolver says {code}").into())
        }
        Err(NetError::Timeout) => Part::Failed("no resolver answers in time".into()),
        Err(other) => Part::Failed(other.to_string().into()),
    }
}
