//! Sight of a cluster: what its reflectors notice of their lists and watches, told as contact.
//!
//! In: what becomes of requests, from reflectors and from whoever doubts them. Out: contact found or lost,
//! with the reason, and now and then that lists move while the cluster was never read. Does not know what is
//! asked, nor what becomes of the cluster's facts.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::event_sink::EventSink;
use super::feeds::{Feeds, Look, View};
use crate::clusters::api::credentials_listener::Unheard;
use crate::core::event::{ClusterEvent, Contact};
use crate::core::service::SourceId;

/// Least time between two words that lists move.
const BETWEEN_MOVES: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
struct Noticed {
    feeds: Feeds,
    /// Whether a list has moved since that was said.
    has_moved: bool,
}

/// What is noticed of a cluster's lists and watches.
#[derive(Debug, Default)]
pub(super) struct Sight {
    noticed: Mutex<Noticed>,
    changed: Notify,
}

impl Sight {
    /// Feeds are read from now on.
    pub(super) fn begin(&self, sources: impl IntoIterator<Item = SourceId>) {
        let now = Instant::now();
        self.change(|feeds| sources.into_iter().for_each(|source| feeds.begin(source, now)));
    }

    /// Something becomes of a feed.
    pub(super) fn change(&self, change: impl FnOnce(&mut Feeds)) {
        change(&mut self.lock().feeds);
        self.changed.notify_one();
    }

    /// Something has come of a list that is not whole yet.
    pub(super) fn move_on(&self, source: SourceId) {
        let mut noticed = self.lock();
        let was_in_sight = noticed.feeds.is_in_sight();
        noticed.feeds.move_on(source);
        if !std::mem::replace(&mut noticed.has_moved, true) || !was_in_sight {
            self.changed.notify_one();
        }
    }

    /// Something has come of a watch.
    pub(super) fn deliver(&self, source: SourceId) {
        let mut noticed = self.lock();
        let was_in_sight = noticed.feeds.is_in_sight();
        noticed.feeds.deliver(source);
        // Of ten thousand lines in a second none but the first is news.
        if !was_in_sight {
            self.changed.notify_one();
        }
    }

    /// Whether some list or watch shows the cluster.
    pub(super) fn is_in_sight(&self) -> bool {
        self.lock().feeds.is_in_sight()
    }

    /// The feeds whose watch is open.
    pub(super) fn open_watches(&self) -> Vec<SourceId> {
        self.lock().feeds.open_watches().collect()
    }

    /// Says whether the cluster is in sight, whenever that changes. It is lost when nothing has shown it for as
    /// long as `patience` says.
    pub(super) async fn tell(
        &self,
        events: &EventSink,
        patience: impl Fn() -> Duration,
    ) -> Unheard {
        let mut moved: Option<Instant> = None;
        loop {
            let changed = self.changed.notified();
            let next = match self.tell_now(events, patience(), &mut moved).await {
                Ok(next) => next,
                Err(unheard) => return unheard,
            };
            tokio::select! {
                () = changed => {}
                () = async { sleep_until(next.unwrap_or_else(Instant::now)).await },
                    if next.is_some() => {}
            }
        }
    }

    /// Says what is news; gives when to look again though nothing happens. `moved`: when it was said last that
    /// lists move.
    async fn tell_now(
        &self,
        events: &EventSink,
        patience: Duration,
        moved: &mut Option<Instant>,
    ) -> Result<Option<Instant>, Unheard> {
        let now = Instant::now();
        let due = moved.map(|moved| moved + BETWEEN_MOVES).filter(|due| *due > now);
        let (Look { view, next }, has_moved) = {
            let mut noticed = self.lock();
            let look = noticed.feeds.look(now, patience);
            (look, due.is_none() && std::mem::take(&mut noticed.has_moved))
        };
        // Whether or not another list moves until then, what has moved since is said when it is time for it.
        let next = next.into_iter().chain(due).min();
        if has_moved {
            *moved = Some(now);
            if !events.is_synced() {
                events.say(ClusterEvent::ListMoves).await?;
            }
        }
        match view {
            View::InSight => events.contact(Contact::Reached).await?,
            View::Waiting(failure) => events.contact(Contact::Waiting(failure)).await?,
            View::Lost(why) => events.contact(Contact::Lost(why)).await?,
            View::Unchanged => {}
        }
        Ok(next)
    }

    fn lock(&self) -> MutexGuard<'_, Noticed> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
