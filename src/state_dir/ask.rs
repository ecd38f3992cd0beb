//! What the keeper of the state folder asks of the owner of ground state.
//!
//! In: nothing. Out: questions, each small enough that answering it holds up no event.
//! Does not know who answers.

use tokio::sync::oneshot;

use crate::core::name::Label;
use crate::core::state::{Cursor, Mark, Serials, Slice};

use super::registrations::Registrations;

/// A question, and where the answer goes.
#[derive(Debug)]
pub enum Ask {
    /// What there is to keep.
    Survey(oneshot::Sender<Survey>),
    /// The next slice of a file; `None` where there is nothing to keep any more.
    Slice(Part, Option<Cursor>, oneshot::Sender<Option<Slice>>),
}

/// What one file holds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Part {
    /// What a cluster said.
    Cluster(Label),
    /// What is kept by service and belongs to no cluster.
    Services,
}

/// What there is to keep.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Every registered cluster, and the first section of its file.
    pub clusters: Vec<(Mark, Option<Slice>)>,
    /// Another number whenever what is kept by service changes.
    pub services: u64,
    /// What registries have told.
    pub registrations: Registrations,
    /// Serials, and until when the clusters' facts held.
    pub serials: Serials,
}
