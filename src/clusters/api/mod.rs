//! API servers: a Kubernetes cluster listed and watched.
//!
//! In: how to reach an API server. Out: `ClusterEvent`s. `steps` decides what to ask next,
//! `list` and `lines` part what comes, without touching a socket; `watch` is the task that
//! joins credentials, the health of the server, and one reflector for each kind of objects.
//! Does not know what the facts mean together.

mod timing;
mod handshake;
mod failure;
mod collection;
mod resource;
mod lines;
mod list;
mod watch_event;
mod steps;
mod transport;
mod http_connection;
mod credentials;
#[doc(hidden)]
pub mod fuzzed;
mod http;
mod event_sink;
mod session;
mod identity;
mod parts;
mod server_health;
mod delta;
mod bodies;
mod revision_check;
mod reflector;
mod watch;
mod preflight;
mod registry_report;
mod secrets;

pub use bodies::{Form, Heard, hear};
pub use credentials::dial;
pub use credentials::{Credentials, Latest, cluster};
pub use failure::in_words;
pub use parts::ApiServer;
pub use preflight::{Preflight, ResourceReading, preflight};
pub use registry_report::RegistryReport;
pub use secrets::{RegistryNamespace, watch_secrets};
pub use timing::Timing;
pub use watch::watch;
