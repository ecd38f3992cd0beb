//! The API server of a cluster watched: what it holds as `ClusterEvent`s.
//!
//! In: how to reach an API server. Out: `ClusterEvent`s; `watch` is the task that joins credentials, the
//! health of the server, and one reflector for each kind of objects; `preflight` is one look, for
//! somebody who waits; `bodies` hears one body, for tests and fuzzers.
//! Does not know what the facts mean together.

mod objects;
mod event_sink;
mod identity;
mod feeds;
mod sight;
mod shared;
mod resource;
mod server_health;
mod collected;
mod delta;
mod bodies;
mod observer;
mod watch;
mod preflight;

pub use crate::clusters::list_watch::list_turns::{ClusterTurns, ListTurns};
pub use bodies::{Form, Heard, hear};
pub use preflight::{Preflight, ResourceReading, preflight};
pub use shared::ApiServer;
pub use watch::{WatchHandle, watch};
