//! What TCP clients may take.
//!
//! Out: numbers and times with their defaults. Does not know connections.

use std::time::Duration;

/// What TCP clients may take.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpLimits {
    /// Connections in total.
    pub connections: usize,
    /// Connections of one client: an IPv4 address, an IPv6 /64.
    pub connections_per_client: usize,
    /// How long a connection may be without a query, and how long a query may take to come whole.
    pub idle: Duration,
    /// How long a client may take to read what it asked for.
    pub write: Duration,
}

impl Default for TcpLimits {
    fn default() -> Self {
        let (idle, write) = (Duration::from_secs(10), Duration::from_secs(10));
        Self { connections: 1024, connections_per_client: 64, idle, write }
    }
}
