//! API servers: a Kubernetes cluster listed and watched.
//!
//! In: how to reach an API server. Out: `ClusterEvent`s. `course` decides what to ask next,
//! `list` and `lines` part what comes, without touching a socket; `watch` is the task that
//! joins credentials, a probe, and one feed for each kind of objects.
//! Does not know what the facts mean together.

mod pace;
mod handshake;
mod failure;
mod resource;
mod lines;
mod list;
mod seen;
mod course;
mod exec;
mod line;
mod wire;
mod credentials;
mod material;
mod access;
#[doc(hidden)]
pub mod fuzzed;
mod http;
mod voice;
mod session;
mod identity;
mod parts;
mod probe;
mod tally;
mod bodies;
mod rewind;
mod feed;
mod watch;
mod visit;
mod teller;
mod secrets;

pub use access::dial;
pub use bodies::{Form, Heard, hear};
pub use credentials::{Credentials, Latest};
pub use failure::in_words;
pub use material::cluster;
pub use pace::Pace;
pub use parts::Entry;
pub use secrets::{Place, watch_secrets};
pub use teller::Report;
pub use visit::{Reading, Visit, visit};
pub use watch::watch;
