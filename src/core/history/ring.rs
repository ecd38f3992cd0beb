//! A bounded row of events: the oldest go.
//!
//! In: events whose numbers go up. Out: the same, in their order. Does not know what they say.

use std::collections::VecDeque;
use std::sync::Arc;

use super::event::Event;

/// Events in the order of their numbers.
#[derive(Debug)]
pub(super) struct Ring {
    events: VecDeque<Arc<Event>>,
    octets: usize,
    most: usize,
    most_octets: usize,
}

impl Ring {
    pub(super) fn new(most: usize, most_octets: usize) -> Self {
        Self { events: VecDeque::new(), octets: 0, most, most_octets }
    }

    /// Adds an event; the number of the last one that had to go for it.
    pub(super) fn push(&mut self, event: Arc<Event>) -> Option<u64> {
        self.octets += event.octets();
        self.events.push_back(event);
        let mut last = None;
        while self.events.len() > self.most || self.octets > self.most_octets {
            let Some(gone) = self.events.pop_front() else { break };
            self.octets -= gone.octets();
            last = Some(gone.id);
        }
        last
    }

    pub(super) fn len(&self) -> usize {
        self.events.len()
    }

    /// Octets that its events take, and the row itself.
    pub(super) fn octets(&self) -> usize {
        self.octets + self.events.capacity() * size_of::<Arc<Event>>()
    }

    /// Those from a number on.
    pub(super) fn from(&self, id: u64) -> impl DoubleEndedIterator<Item = &Arc<Event>> {
        let start = self.events.partition_point(|event| event.id < id);
        self.events.range(start..)
    }
}

/// Two rows as one, in the order of numbers.
pub(super) fn merged<'e>(
    rows: [impl Iterator<Item = &'e Arc<Event>>; 2],
) -> impl Iterator<Item = &'e Arc<Event>> {
    let [mut a, mut b] = rows.map(Iterator::peekable);
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(first), Some(second)) if second.id < first.id => b.next(),
        (None, _) => b.next(),
        (Some(_), _) => a.next(),
    })
}

/// The same from the last one on.
pub(super) fn merged_backwards<'e>(
    rows: [impl DoubleEndedIterator<Item = &'e Arc<Event>>; 2],
) -> impl Iterator<Item = &'e Arc<Event>> {
    let [mut a, mut b] = rows.map(|row| row.rev().peekable());
    std::iter::from_fn(move || match (a.peek(), b.peek()) {
        (Some(last), Some(other)) if other.id > last.id => b.next(),
        (None, _) => b.next(),
        (Some(_), _) => a.next(),
    })
}
