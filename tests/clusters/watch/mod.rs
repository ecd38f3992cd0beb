//! API servers watched by the running program and by the pipeline alone, each with one thing that
//! goes wrong.

mod rig;
mod pipeline;
mod faults;
mod lists;
mod rights;
mod server;
mod sight;
mod feeds;
mod slow;
mod credentials;
mod confinement;
mod entries;
