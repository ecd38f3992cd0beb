//! What the controller shows to the admin address.
//!
//! In: what it counted when it published. Out: values on channels, so that nobody who reads them
//! waits for the controller. Does not know HTTP or metrics' names.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::event::{ClusterEvent, Moment};
use crate::state_dir::Report;

/// Whether answers are complete.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Readiness {
    /// Not yet, and why.
    NotReady(String),
    /// They are.
    Ready,
}

/// What the controller counts each time it publishes; metrics show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// When the present snapshot was published; `None` before the first.
    pub published: Option<Moment>,
    /// Clusters by state, in lower-case words such as `synced` or `silent`.
    pub clusters: BTreeMap<&'static str, u64>,
    /// Complaints by [kind](crate::core::complaint::Flaw::kind).
    pub complaints: BTreeMap<&'static str, u64>,
    /// Services by [health](crate::core::state::Health).
    pub services: BTreeMap<&'static str, u64>,
    /// What the keeper of the state folder tells of itself.
    pub kept: Report,
    /// What only goes up.
    pub counts: Counts,
}

/// What the controller has done since it started.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Events that clusters sent, in the order of [`Counts::EVENT_KINDS`].
    events: [u64; Self::EVENT_KINDS.len()],
    /// Changes after which the answers of a service were made anew.
    pub changed_services: u64,
    /// How long it took to make each snapshot.
    pub publishing: Durations,
    /// How often the configuration was read again, and what came of it.
    pub reloads: Reloads,
}

impl Counts {
    const EVENT_KINDS: [&'static str; 5] = ["applied", "flawed", "listed", "removed", "synced"];

    /// Counts an event.
    pub(super) fn count_event(&mut self, event: &ClusterEvent) {
        let kind = match event {
            ClusterEvent::Applied(..) => 0,
            ClusterEvent::Flawed(..) => 1,
            ClusterEvent::Listed(_) => 2,
            ClusterEvent::Removed(_) => 3,
            ClusterEvent::Synced { .. } => 4,
        };
        self.events[kind] += 1;
    }

    /// Events by kind.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Self::EVENT_KINDS.into_iter().zip(self.events)
    }
}

/// How often the configuration was read again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reloads {
    /// How often it was tried.
    pub tried: u64,
    /// How often it failed, so that the old configuration kept running.
    pub failed: u64,
    /// When the configuration that runs was read, in unix seconds.
    pub succeeded_at: Option<u64>,
}

/// How often something took how long.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Durations {
    /// How many took no longer than each of [`Durations::BOUNDS`] and longer than the one before;
    /// the last are those that took longer than all.
    pub counts: [u64; Self::BOUNDS.len() + 1],
    /// All of them together.
    pub sum: Duration,
}

impl Durations {
    /// The bounds of what is counted together: one event takes microseconds, a region seconds.
    pub const BOUNDS: [Duration; 6] = [
        Duration::from_micros(100),
        Duration::from_millis(1),
        Duration::from_millis(10),
        Duration::from_millis(100),
        Duration::from_secs(1),
        Duration::from_secs(10),
    ];

    /// Counts one.
    pub(super) fn count(&mut self, duration: Duration) {
        self.counts[Self::BOUNDS.partition_point(|bound| *bound < duration)] += 1;
        self.sum += duration;
    }
}
