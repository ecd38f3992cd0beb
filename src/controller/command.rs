//! Commands: what an operator tells a running server to do.
//!
//! In: a [`Command`]. Out: ground state that follows it, published; what came of it, as JSON.
//! Does not know HTTP, or who may command: nobody comes this far who may not.

use crate::core::history::{EventKind, News};
use crate::core::name::Label;

use super::Controller;
use super::question::{Document, document};

/// What can be commanded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Command {
    /// That a cluster is another one now shall be accepted.
    Accept {
        /// The cluster.
        cluster: Label,
        /// Who says so, in words.
        operator: Box<str>,
    },
}

impl Controller {
    /// Follows a command at once, and publishes what it changed.
    pub(super) fn command(&mut self, command: &Command) -> Document {
        match command {
            Command::Accept { cluster, operator } => self.accept(cluster, operator),
        }
    }

    fn accept(&mut self, name: &Label, operator: &str) -> Document {
        let Some(changes) = self.state.accept(name) else {
            return Err(match self.state.find_cluster(name) {
                Some(_) => format!("{name} is the cluster that it was: there is nothing to accept"),
                None => format!("no cluster is called {name}"),
            });
        };
        let text = format!("{name} is another cluster now, as {operator} accepts");
        tracing::info!("{text}");
        self.note(News::info(EventKind::Cluster, text).of_cluster(name));
        self.held.merge(changes);
        self.publish_held();
        document(serde_json::json!({ "accepted": name.to_string() }))
    }
}
