//! What is told of ground state and of the snapshot made of it: one type a document.
//!
//! In: ground state, a snapshot, numbers of the watches, the present moment, and what is wanted.
//! Out: values, which others print as tables, JSON or YAML, and a zone's text. What an answer is,
//! documents learn from the steps that queries take and from the selections that snapshots are
//! compiled from; they decide nothing.
//! Does not know who asks, HTTP, the controller, or what time it is.

mod location;
mod near;
mod canonical_names;
pub mod hostname;
pub mod stale;
pub mod explain;
pub mod address;
pub mod services;
pub mod clusters;
pub mod verdict;
pub mod complaints;
pub mod status;
pub mod overview;
pub mod events;
pub mod overrides;
pub mod removal_impact;
pub mod zone_text;

use crate::clusters::watch_stats::WatchStats;
use crate::core::snapshot::Snapshot;
use crate::core::state::State;
use crate::core::time::Moment;

/// What is known at one moment, of which documents are made.
#[derive(Clone, Copy, Debug)]
pub struct DocumentInput<'a> {
    /// Ground state.
    pub state: &'a State,
    /// The snapshot that answers, made of it.
    pub snapshot: &'a Snapshot,
    /// Numbers of the watches.
    pub stats: &'a WatchStats,
    /// The present moment.
    pub now: Moment,
}
