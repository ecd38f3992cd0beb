//! What the keeper of the state folder wants of the owner of ground state.
//!
//! In: nothing. Out: requests, each small enough that answering it holds up no event.
//! Does not know who answers.

use tokio::sync::{mpsc, oneshot, watch};

use crate::core::history::EventSlice;
use crate::core::name::Label;
use crate::core::state::{Cursor, Mark, Part, ResourceVersion, Serials, Slice};

/// What is wanted, and where it goes.
#[derive(Debug)]
pub enum KeeperRequest {
    /// What there is to keep.
    Survey(oneshot::Sender<Survey>),
    /// What of a cluster has changed since something of it was handed out; `None` where that is to be
    /// the whole.
    Part(Label, oneshot::Sender<Option<Part>>),
    /// The next slice of a file, from its beginning where there is no cursor; `None` where there is
    /// nothing to keep any more.
    Slice(FileContent, Option<Cursor>, oneshot::Sender<Option<Slice>>),
    /// The events from a number on, as many as one slice holds.
    Events(u64, oneshot::Sender<EventSlice>),
}

/// What one file holds of ground state.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FileContent {
    /// What a cluster said, behind a head that was copied at this revision.
    Cluster(Label, u64),
    /// What is kept by service and belongs to no cluster.
    Services,
}

/// What there is to keep.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Every registered cluster.
    pub clusters: Vec<ClusterSurvey>,
    /// Another number whenever what is kept by service changes.
    pub services: u64,
    /// Another number whenever something has happened.
    pub events: u64,
    /// Serials, and until when the clusters' facts held.
    pub serials: Serials,
}

/// What there is to keep of a cluster.
#[derive(Clone, Debug)]
pub struct ClusterSurvey {
    /// The cluster.
    pub mark: Mark,
    /// The first section of its file; `None` while its source was not read.
    pub head: Option<Slice>,
    /// Up to where it was read; it stands in the head, too.
    pub versions: Vec<ResourceVersion>,
}

/// How the keeper reaches the owner of ground state.
#[derive(Debug)]
pub struct StateAccess {
    /// Where it asks.
    pub requests: mpsc::Sender<KeeperRequest>,
    /// A number that changes with what there is to keep.
    pub revisions: watch::Receiver<u64>,
}
