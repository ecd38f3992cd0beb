//! Asks resolvers for hostnames.
//!
//! In: the servers' addresses, a hostname. Out: what they say of it, after a bounded time.
//! Servers are asked one after the other, the one that answered last first, as those who wrote
//! `/etc/resolv.conf` expect: one that fails has no say while another one knows.
//! Does not know when or why a hostname is asked for.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::Name;
use hickory_resolver::system_conf::read_system_conf;

use crate::core::hostname::Finding;

use super::early::Early;
use super::resolver_reply::{FamilyReply, ResolverReply};
use super::upstream::Upstream;

/// Where servers of `/etc/resolv.conf` listen.
const DNS_PORT: u16 = 53;
/// How long all servers together may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// The resolvers that are asked.
pub(super) struct Upstreams {
    addresses: Vec<SocketAddr>,
    servers: Vec<Upstream>,
    /// Why there is none.
    fault: String,
    /// The one that answered last.
    first: AtomicUsize,
}

impl Upstreams {
    /// Those at these addresses, else those of `/etc/resolv.conf`.
    pub(super) fn new(addresses: &[SocketAddr]) -> Self {
        let connected = wanted(addresses).and_then(|addresses| {
            let servers = addresses.iter().map(Upstream::new).collect::<Result<_, _>>()?;
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

    /// Asks for both families of a hostname; `early` hears of one that comes long before the other.
    pub(super) async fn ask(&self, hostname: &str, early: &Early<'_>) -> ResolverReply {
        let Ok(mut name) = Name::from_ascii(hostname) else {
            return ResolverReply::failed("it is no name that can be asked for");
        };
        // As it stands: a search list would find somebody else's name.
        name.set_fqdn(true);
        let asked = tokio::time::timeout(PATIENCE, self.ask_in_turn(&name, early)).await;
        asked.unwrap_or_else(|_| ResolverReply::failed("no resolver answers in time"))
    }

    async fn ask_in_turn(&self, name: &Name, early: &Early<'_>) -> ResolverReply {
        let count = self.servers.len();
        let first = self.first.load(Ordering::Relaxed);
        let mut said = ResolverReply::failed(&*self.fault);
        for at in (first..first + count).map(|at| at % count) {
            let [v4, v6] = self.servers[at].ask(name, early).await;
            let has_answered =
                [&v4, &v6].iter().any(|part| !matches!(part, FamilyReply::Failed(_)));
            said = ResolverReply::of(v4, v6);
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
