//! An API server: how it is reached, and what is asked over one connection.
//!
//! In: credentials. Out: sessions, and bodies that come in pieces, or why they do not; `transport`: octets
//! over TCP, TLS and proxies; `http_connection`: one thing asked after the other; `credentials`: read, and
//! made with; `session`: how long they are good; `listener`: who hears that; `cluster_uid`: which
//! cluster answers; `timing`: how long things may take; `patience`: with one server. Nothing waits without an end.
//! Does not know what objects are.

pub(in crate::clusters) mod timing;
pub(in crate::clusters) mod patience;
mod handshake;
pub(in crate::clusters) mod failure;
pub(in crate::clusters) mod collection;
pub(in crate::clusters) mod connector;
pub(in crate::clusters) mod http_connection;
pub(in crate::clusters) mod credentials;
pub(in crate::clusters) mod http;
pub(in crate::clusters) mod credentials_listener;
pub(in crate::clusters) mod session;
pub(in crate::clusters) mod cluster_uid;

pub use credentials::{Credentials, Latest, cluster, dial, flaw_of_files};
pub use failure::in_words;
pub use timing::Timing;
