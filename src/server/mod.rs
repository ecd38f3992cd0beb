//! The server: all that runs behind `fedns serve`, joined.
//!
//! In: a configuration and its file. Out: answers, a state folder, an admin address, until a signal or
//! a death ends them. Clusters are watched, registries followed, the configuration read again.
//! Does not parse arguments or print: that is the command line's. Does not decide anything about
//! answers.

mod resumes;
pub(crate) mod watches;
pub(crate) mod plan;
mod tasks;
mod admin_listeners;
mod budget;
mod listeners;
pub(crate) mod registries;
mod zones;
mod glance;
mod overrides;
mod service_manager;
mod reload;
mod start;
mod serve;

pub use serve::serve;
