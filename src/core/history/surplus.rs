//! What happens too fast to be told one by one: counted, and told in sum once its second is over.
//!
//! In: that something happened, with its moment. Out: whether it is told by itself, and the sums. Nothing is lost
//! without being counted. Does not know events.

use std::time::Duration;

use crate::core::count::Count;
use crate::core::time::Moment;

use super::A_SECOND;
use super::event::{EventKind, News};

/// What happens often.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Change {
    /// A shard joined the answers.
    Joins,
    /// A shard left them.
    Leaves,
    /// A shard answers with other addresses.
    Moves,
    /// A service is down.
    Falls,
    /// A service answers again.
    Rises,
    /// Anything else.
    Other,
}

const CHANGES: usize = Change::Other as usize + 1;

/// What happened within one second.
#[derive(Debug, Default)]
pub(super) struct Surplus {
    second: u64,
    /// How many were admitted: of shards, of whole services, of all else.
    admitted: [u32; 3],
    /// How many were not.
    counts: [u64; CHANGES],
}

impl Surplus {
    /// Whether one more is told by itself; if not it is counted.
    pub(super) fn admits(&mut self, now: Moment, change: Change) -> bool {
        let second = now.0.as_secs();
        if second != self.second {
            (self.second, self.admitted) = (second, [0; 3]);
        }
        let sort = match change {
            Change::Joins | Change::Leaves | Change::Moves => 0,
            Change::Falls | Change::Rises => 1,
            Change::Other => 2,
        };
        let is_admitted = self.admitted[sort] < A_SECOND;
        match is_admitted {
            true => self.admitted[sort] += 1,
            false => self.counts[change as usize] += 1,
        }
        is_admitted
    }

    /// When sums are told, if there are any.
    pub(super) fn due(&self) -> Option<Moment> {
        let is_any = self.counts.iter().any(|count| *count > 0);
        is_any.then(|| Moment(Duration::from_secs(self.second + 1)))
    }

    /// The sums, where their second is over.
    pub(super) fn over(&mut self, now: Moment) -> Option<News> {
        self.due().filter(|due| *due <= now).and_then(|_| self.take())
    }

    /// The sums, if there are any.
    pub(super) fn take(&mut self) -> Option<News> {
        let counts = std::mem::take(&mut self.counts);
        let all: u64 = counts.iter().sum();
        let words = |change: Change, words: &str| {
            let count = counts[change as usize];
            (count > 0).then(|| format!("{count} {words}"))
        };
        let told = [
            words(Change::Joins, "joined"),
            words(Change::Leaves, "left"),
            words(Change::Moves, "have other addresses"),
            words(Change::Falls, "services are down"),
            words(Change::Rises, "services answer again"),
            words(Change::Other, "others"),
        ];
        let told: Vec<_> = told.into_iter().flatten().collect();
        let number = Count(usize::try_from(all).unwrap_or(usize::MAX), "more change");
        let text = format!("{number} within this second: {}", told.join(", "));
        let news = match counts[Change::Falls as usize] {
            0 => News::info(EventKind::Summed, text),
            _ => News::warning(EventKind::Summed, text),
        };
        (all > 0).then_some(News { summed: all, ..news })
    }
}
