//! Defaults: what holds where the file says nothing, all of it in one place.
//!
//! Out: constants and short lists. Those of answers stand with
//! [`policy::Policy`] in the core, which has to mean something without a file.
//! Does not know the file.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use crate::core::policy;

/// UDP and TCP: loopback only, and a port that needs no privilege. A server that is to be asked
/// by others says so.
pub const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 5300);
/// Liveness, readiness, metrics and status.
pub const ADMIN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9153);
/// The name of the admin socket in the state folder.
pub const SOCKET_NAME: &str = "admin.sock";
/// The admin socket where there is no state folder.
pub const SOCKET: &str = "/run/fedns/admin.sock";
/// TTL of a federation, in seconds.
pub const TTL: u32 = policy::DEFAULT_TTL;
/// How long a start waits for clusters before it calls itself ready.
pub const SYNC_GRACE: Duration = Duration::from_secs(30);
/// How long answers go on after the process was told to stop.
pub const LAMEDUCK: Duration = Duration::ZERO;
/// What Kubernetes calls the domain inside a cluster.
pub const CLUSTER_DOMAIN: &str = policy::CLUSTER_DOMAIN;
/// The share of shards, in percent, whose absence from a list is doubted.
pub const WITHDRAW_GUARD: u8 = 50;
/// Where kubectl looks.
pub const KUBECONFIG: &str = "~/.kube/config";

/// One worker a core.
pub fn udp_workers() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
