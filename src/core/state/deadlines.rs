//! Deadlines: all that changes by time alone, in one place.
//!
//! In: when something will mean something else though nobody says anything, and the time as it is
//! told. Out: when the next of it is due, and what is due by now.
//! Does not know what follows when one has passed: whoever set it looks again, and sets the next.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::time::{Moment, Now};
use crate::core::topology::ClusterIndex;

/// What changes by time alone.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Deadline {
    /// Answers wait no longer for clusters that have never synced.
    Grace,
    /// A service that does not answer is missed no more.
    Fallen,
    /// An override ends, or the wall clock by which it does is looked at.
    Overrides,
    /// The silence of a cluster counts otherwise, or another cluster in its place is accepted.
    Silence(ClusterIndex),
    /// The last good addresses of a hostname count no more for some cluster that names it.
    Hostname(Box<str>),
}

/// When what is due; each stands here once, or not at all.
#[derive(Clone, Debug)]
pub(super) struct Deadlines {
    /// The latest that was told: what is known is as of then.
    now: Now,
    moments: BTreeMap<Deadline, Moment>,
    /// The same in the order of time.
    queue: BTreeSet<(Moment, Deadline)>,
}

impl Deadlines {
    /// No deadline, at `now`.
    pub(super) fn new(now: Now) -> Self {
        Self { now, moments: BTreeMap::new(), queue: BTreeSet::new() }
    }

    /// The latest moment that was told.
    pub(super) fn now(&self) -> Moment {
        self.now.moment
    }

    /// The same by both clocks.
    pub(super) fn told(&self) -> Now {
        self.now
    }

    /// Moves on to `now`; never back, whatever the wall clock shows. What is due by then stays due
    /// until it is set again.
    pub(super) fn pass(&mut self, now: Now) {
        if now.moment >= self.now.moment {
            self.now = now;
        }
    }

    /// Says when something is due, in place of what was said of it before; `None` where time alone
    /// does not change it.
    pub(super) fn set(&mut self, deadline: Deadline, at: Option<Moment>) {
        let before = match at {
            Some(at) => self.moments.insert(deadline.clone(), at),
            None => self.moments.remove(&deadline),
        };
        if before == at {
            return;
        }
        if let Some(before) = before {
            self.queue.remove(&(before, deadline.clone()));
        }
        if let Some(at) = at {
            self.queue.insert((at, deadline));
        }
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Moment> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// What is due at `now`, the earliest first.
    pub(super) fn due(&self, now: Moment) -> impl Iterator<Item = &Deadline> {
        self.queue.iter().take_while(move |(at, _)| *at <= now).map(|(_, deadline)| deadline)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> Moment {
        Moment(Duration::from_secs(seconds))
    }

    fn told(seconds: u64, unix_seconds: u64) -> Now {
        Now { moment: at(seconds), unix_seconds }
    }

    fn silence(cluster: u16) -> Deadline {
        Deadline::Silence(ClusterIndex(cluster))
    }

    #[test]
    fn the_earliest_is_next_and_each_stands_once() {
        let mut all = Deadlines::new(told(5, 0));
        assert_eq!(all.next(), None);
        all.set(Deadline::Grace, Some(at(30)));
        all.set(silence(1), Some(at(20)));
        all.set(silence(2), Some(at(20)));
        assert_eq!(all.next(), Some(at(20)));
        all.set(silence(1), Some(at(40)));
        assert_eq!(all.due(at(30)).collect::<Vec<_>>(), [&silence(2), &Deadline::Grace]);
        all.set(silence(2), None);
        all.set(silence(2), None);
        assert_eq!(all.next(), Some(at(30)));
        all.set(Deadline::Grace, None);
        assert_eq!(all.due(at(39)).count(), 0);
        assert_eq!(all.due(at(40)).collect::<Vec<_>>(), [&silence(1)]);
    }

    #[test]
    fn time_does_not_run_backwards() {
        let mut all = Deadlines::new(told(5, 100));
        all.pass(told(7, 102));
        all.pass(told(6, 200));
        assert_eq!(all.told(), told(7, 102));
        // The wall clock may.
        all.pass(told(8, 3));
        assert_eq!(all.told(), told(8, 3));
    }
}
