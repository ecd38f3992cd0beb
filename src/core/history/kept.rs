//! History across restarts: its events as sections of a state file.
//!
//! In: events. Out: sections, some events at a time, so that copying holds up nobody; and back, or why not.
//! Does not know files, nor when something is kept.

use crate::core::state_file::{Kind, Unusable, sections};

use super::History;
use super::event::Event;

const EVENTS: u8 = 1;
/// Events that one slice holds: a fraction of a millisecond.
const A_SLICE: usize = 500;

/// What an earlier run kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeptEvents {
    pub(super) events: Vec<Event>,
}

/// Some events.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EventSlice {
    /// The tag of their section.
    pub tag: u8,
    /// Its octets.
    pub octets: Vec<u8>,
    /// The number from which the next slice begins, if there is one.
    pub next: Option<u64>,
}

impl KeptEvents {
    /// Reads the file.
    ///
    /// # Errors
    /// Says why it can not be used.
    pub fn read(octets: &[u8]) -> Result<Self, Unusable> {
        let mut events: Vec<Event> = Vec::new();
        for (tag, at) in sections(octets, Kind::Events)? {
            if tag == EVENTS {
                let some: Result<(Vec<Event>, _), _> = postcard::take_from_bytes(&octets[at]);
                match some {
                    Ok((mut some, [])) => events.append(&mut some),
                    _ => return Err(Unusable::Damaged("a section does not say what it should")),
                }
            }
        }
        match events.is_sorted_by(|a, b| a.id < b.id) {
            true => Ok(Self { events }),
            false => Err(Unusable::Damaged("events stand in no order")),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

impl History {
    /// The events from a number on, as many as one slice holds.
    pub fn slice(&self, from: u64) -> EventSlice {
        let some: Vec<&Event> = self.from(from).take(A_SLICE).map(|event| &**event).collect();
        let next = (some.len() == A_SLICE).then(|| some.last().map(|last| last.id + 1)).flatten();
        let octets =
            postcard::to_allocvec(&some).expect("events hold nothing that can not be packed");
        EventSlice { tag: EVENTS, octets, next }
    }
}
