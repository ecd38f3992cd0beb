//! What changed, kept for whoever looks back, and told to whoever follows.
//!
//! In: changes, and what the controller itself does. Out: [`History`], and each new event on a channel that never
//! makes the controller wait: who reads too slowly misses some, and is told so.
//! Does not know who reads.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::core::count::Count;
use crate::core::history::{Event, History, News, state_news};
use crate::core::state::{Changes, ClusterState, State, StateChange};
use crate::core::time::Now;

use super::Controller;

/// Events that wait for the slowest reader at most.
pub(super) const FEED: usize = 4096;

/// History, and who follows it.
#[derive(Debug)]
pub(super) struct Events {
    history: History,
    feed: Option<broadcast::Sender<Arc<Event>>>,
    /// The number of the first event that was not told.
    untold: u64,
}

impl Events {
    pub(super) fn new(history: History) -> Self {
        let untold = history.next();
        Self { history, feed: None, untold }
    }

    /// Tells what is new there from now on.
    pub(super) fn feed_to(&mut self, feed: broadcast::Sender<Arc<Event>>) {
        self.untold = self.history.next();
        self.feed = Some(feed);
    }

    pub(super) fn history(&self) -> &History {
        &self.history
    }

    /// Takes in what changed.
    pub(super) fn record(&mut self, now: Now, state: &State, changes: &Changes) {
        self.history.record(now, state, changes);
        self.tell();
    }

    /// Takes in what the controller did.
    pub(super) fn note(&mut self, now: Now, news: News) {
        self.history.note(now, news);
        self.tell();
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, now: Now) {
        self.history.pass(now);
        self.tell();
    }

    /// Nothing more comes.
    pub(super) fn finish(&mut self, now: Now) {
        self.history.finish(now);
        self.tell();
    }

    fn tell(&mut self) {
        if let Some(feed) = &self.feed
            && feed.receiver_count() > 0
        {
            // Nobody follows it any more: then nobody misses it.
            self.history.from(self.untold).for_each(|event| _ = feed.send(Arc::clone(event)));
        }
        self.untold = self.history.next();
    }
}

impl Controller {
    /// What changed, as far as that is kept.
    pub fn history(&self) -> &History {
        self.events.history()
    }

    /// Takes in what the controller itself did.
    pub(super) fn note(&mut self, news: News) {
        self.events.note(self.clock.reading(), news);
    }

    /// Takes in what changed.
    pub(super) fn record(&mut self, changes: &Changes) {
        self.events.record(self.clock.reading(), &self.state, changes);
    }
}

/// That a process began.
pub(super) fn started(state: &State) -> String {
    let clusters = Count(state.clusters().count(), "cluster");
    format!("fedns {} started, with {clusters}", env!("CARGO_PKG_VERSION"))
}

/// What the log says of a cluster that is in another state; nothing of what it says in more words elsewhere: that
/// one was read, what of it could not be, and that its API server does not answer.
pub(super) fn log_line(state: &State, change: &StateChange) -> Option<News> {
    let was_unread = |before| matches!(before, ClusterState::Awaited | ClusterState::Restored);
    let is_told = match change.state {
        ClusterState::Partial => true,
        ClusterState::Synced => change.before.is_none_or(was_unread),
        ClusterState::Lost => change.before.is_none() || has_lost_contact(state, change),
        _ => change.before.is_none(),
    };
    state_news(state, change).filter(|_| !is_told)
}

fn has_lost_contact(state: &State, change: &StateChange) -> bool {
    let cluster = state.find_cluster(&change.cluster).map(|index| state.cluster(index));
    cluster.is_some_and(|cluster| cluster.lost_because().is_some())
}
