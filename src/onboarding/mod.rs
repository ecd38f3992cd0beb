//! What others have to be told: other DNS servers, the zone above a federation, a cluster that
//! joins.
//!
//! In: the configuration, and what they say now. Out: texts and objects to be handed over, and how
//! what stands there differs. Pure: does not know files, API servers, sockets or the terminal.

pub mod stub;
pub mod delegation;
pub mod join_manifests;
