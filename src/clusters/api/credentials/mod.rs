//! Credentials: what an entry says of how an API server is reached.
//!
//! In: kubeconfigs, in files or held, and a context, or the word that this is a pod. Out: the same, to
//! be compared; `files`: what stands in them; `exec`: what a program gives; `access`: the route that they
//! make. Does not know what is asked of a server.

mod exec;
mod files;
mod access;

use std::path::PathBuf;

use tokio::sync::watch;

use crate::clusters::kubeconfig::Held;
use crate::clusters::kubeconfig::Hidden;

pub(in crate::clusters) use access::{Access, FromFiles, open};
pub use access::{dial, flaw_of_files};
pub(in crate::clusters) use exec::read as read_exec_output;
pub(in crate::clusters) use files::SeenFile;
pub use files::cluster;

/// How to reach an API server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Credentials {
    /// By kubeconfig files, of which the first to say something counts.
    Files {
        /// The files.
        paths: Vec<PathBuf>,
        /// The context; the current one where `None`.
        context: Option<String>,
        /// Whether programs that they name may be run.
        allow_exec: bool,
    },
    /// By a kubeconfig that is held in memory, and that may change there.
    Held(Latest),
    /// By the service account of the pod that this runs in.
    InCluster,
    /// By the text of a kubeconfig that fedns wrote itself: it refers to no file and no program.
    Text(Hidden),
}

impl Credentials {
    /// What is held in memory, and changes there.
    pub(in crate::clusters) fn held(&self) -> Option<watch::Receiver<Held>> {
        match self {
            Self::Held(Latest(held)) => Some(held.clone()),
            Self::Files { .. } | Self::InCluster | Self::Text(_) => None,
        }
    }

    pub(in crate::clusters) fn allow_exec(&self) -> bool {
        match self {
            Self::Files { allow_exec, .. } => *allow_exec,
            Self::Held(Latest(held)) => held.borrow().allow_exec,
            Self::InCluster | Self::Text(_) => false,
        }
    }
}

/// The latest of what a [`watch::Sender`] gives. Two are equal where they follow the same one:
/// what that gives may change, and whoever follows it goes on.
#[derive(Clone, Debug)]
pub struct Latest(pub(super) watch::Receiver<Held>);

impl Latest {
    /// What `sender` gives.
    pub fn of(sender: &watch::Sender<Held>) -> Self {
        Self(sender.subscribe())
    }
}

impl PartialEq for Latest {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}

impl Eq for Latest {}
