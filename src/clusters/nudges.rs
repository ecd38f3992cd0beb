//! Nudges: what a watch is told from outside while it runs.
//!
//! In: calls from whoever holds a [`Nudges`]. Out: a count that feeds see change.
//! Does not know what feeds do about it.

use std::sync::Arc;

use tokio::sync::watch as channel;

/// What feeds are told from outside.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::clusters) struct Nudge {
    /// How often everything was to be listed anew.
    pub(in crate::clusters) lists: u64,
    /// How often connections were to be made anew.
    begins: u64,
}

/// Tells a watch what to do now.
#[derive(Clone, Debug, Default)]
pub struct Nudges {
    nudge: Arc<channel::Sender<Nudge>>,
}

impl Nudges {
    /// List everything again now.
    pub fn relist(&self) {
        self.nudge.send_modify(|nudge| nudge.lists += 1);
    }

    /// Give up all connections and go on over new ones from where they were.
    pub(in crate::clusters) fn begin_again(&self) {
        self.nudge.send_modify(|nudge| nudge.begins += 1);
    }

    pub(in crate::clusters) fn subscribe(&self) -> channel::Receiver<Nudge> {
        self.nudge.subscribe()
    }
}
