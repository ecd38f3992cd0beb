//! The history: what changed, with its reason and its moment, as much of it as a person looks back at.
//!
//! In: changes of ground state, what others tell, moments; what an earlier run kept. Out: [`Event`]s by number.
//! It is bounded in events and in octets: the oldest go. What comes faster than is told one by one is summed up.
//! Events of services and all others have bounds of their own: no flapping service pushes out what clusters did.
//! Does not know who is told, files, or a clock.

mod event;
mod surplus;
mod of_changes;
mod ring;
mod kept;
mod wanted;

use std::sync::Arc;

use crate::core::state::{Changes, State};
use crate::core::time::{Moment, Now};

pub use event::{Event, EventKind, News, Severity};
pub use kept::{EventSlice, KeptEvents};
pub use of_changes::state_news;
use ring::Ring;
use surplus::{Change, Surplus};
pub use wanted::{Found, Wanted};

/// Events that there are at most: of services, and all others.
const MOST: [usize; 2] = [8000, 2000];
/// Octets that they take at most.
const MOST_OCTETS: [usize; 2] = [8 << 20, 2 << 20];
/// Events of each sort within a second that are told one by one: half as many again as there have to be.
const A_SECOND: u32 = 1500;
/// How far numbers go on behind what an earlier run kept: more than it can have given since it was kept.
const GAP: u64 = 1_000_000;

/// What changed.
#[derive(Debug)]
pub struct History {
    /// Events of services, and all others.
    rings: [Ring; 2],
    /// The number of the next event.
    next: u64,
    /// From this number on nothing has gone.
    whole_from: u64,
    surplus: Surplus,
}

impl History {
    /// What an earlier run kept, at the moment in which this one begins. Numbers begin with the time of day: they go
    /// up over restarts also where nothing is kept.
    pub fn new(kept: KeptEvents, now: Now) -> Self {
        let behind = kept.events.iter().map(|event| event.id + GAP).max().unwrap_or(0);
        let next = behind.max(now.unix_seconds).max(1);
        let whole_from = kept.events.iter().map(|event| event.id).min().unwrap_or(next);
        let rings = [0, 1].map(|at| Ring::new(MOST[at], MOST_OCTETS[at]));
        let mut history = Self { rings, next, whole_from, surplus: Surplus::default() };
        kept.events.into_iter().for_each(|event| history.put(event));
        history
    }

    /// Takes in what changed, once ground state is as it is after that.
    pub fn record(&mut self, now: Now, state: &State, changes: &Changes) {
        self.pass(now);
        of_changes::record(self, now, state, changes);
    }

    /// Takes in what somebody else tells.
    pub fn note(&mut self, now: Now, news: News) {
        self.pass(now);
        self.add(now, Change::Other, || Some(news));
    }

    /// Adds what `news` makes, unless there was too much of the sort within this second: then it is counted.
    fn add(&mut self, now: Now, change: Change, news: impl FnOnce() -> Option<News>) {
        if !self.surplus.admits(now.moment, change) {
            return;
        }
        if let Some(news) = news() {
            self.tell(now, news);
        }
    }

    fn tell(&mut self, now: Now, news: News) {
        let event = Event::new(self.next, now.unix_seconds, news);
        self.next += 1;
        self.put(event);
    }

    fn put(&mut self, event: Event) {
        let ring = usize::from(event.kind != EventKind::Service);
        if let Some(gone) = self.rings[ring].push(Arc::new(event)) {
            self.whole_from = self.whole_from.max(gone + 1);
        }
    }

    /// Lets time pass: what was too much is told in sum once its second is over.
    pub fn pass(&mut self, now: Now) {
        if let Some(news) = self.surplus.over(now.moment) {
            self.tell(now, news);
        }
    }

    /// The same, whether or not that second is over.
    pub fn finish(&mut self, now: Now) {
        if let Some(news) = self.surplus.take() {
            self.tell(now, news);
        }
    }

    /// When there is something to tell though nothing happens.
    pub fn due(&self) -> Option<Moment> {
        self.surplus.due()
    }

    /// The number that the next event has: another one whenever there is something new.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The events from a number on, the first first.
    pub fn from(&self, id: u64) -> impl Iterator<Item = &Arc<Event>> {
        ring::merged(self.rings.each_ref().map(|ring| ring.from(id)))
    }

    /// How many octets all of it takes.
    pub fn octets(&self) -> usize {
        self.rings.iter().map(Ring::octets).sum()
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.rings.iter().map(Ring::len).sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests;
