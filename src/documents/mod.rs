//! What is told of ground state and of the snapshot made of it: one type a document.
//!
//! In: ground state, a snapshot, numbers of the watches, the present moment, and what is wanted.
//! Out: values, which others print as tables, JSON or YAML, and a zone's text. What an answer is,
//! documents learn from the steps that queries take and from the selections that snapshots are
//! compiled from; they decide nothing.
//! Does not know who asks, HTTP, the controller, or what time it is.

pub mod hostname;
pub mod explain;
pub mod overview;
pub mod removal_impact;
pub mod zone_text;
