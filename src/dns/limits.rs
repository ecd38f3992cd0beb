//! What TCP clients may take.
//!
//! Out: numbers and times with their defaults. Does not know connections.

use std::time::Duration;

/// What TCP clients may take. Numbers and times shrink as the table of connections fills.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TcpLimits {
    /// Connections in total.
    pub connections: usize,
    /// Connections of one client: an IPv4 address, an IPv6 /64.
    pub connections_per_client: usize,
    /// How long a connection may be without a query, and how long a query may take to come whole.
    pub idle: Duration,
    /// How long a client may read nothing at all of replies that wait.
    pub stall: Duration,
    /// How long a client may take to read what it asked for, all together.
    pub write: Duration,
}

impl Default for TcpLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            connections_per_client: 64,
            idle: Duration::from_secs(10),
            stall: Duration::from_secs(3),
            write: Duration::from_secs(10),
        }
    }
}
