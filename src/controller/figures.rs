//! What the controller shows to the admin address.
//!
//! In: what it counted when it published. Out: values on channels, so that nobody who reads them
//! waits for the controller. Does not know HTTP or metrics' names.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::event::ClusterEvent;
use crate::core::hostname::Finding;
use crate::core::time::Moment;
use crate::state_dir::KeeperReport;

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
    /// Clusters that have not been read since this process started.
    pub unread_clusters: u64,
    /// Clusters by what is heard of them: `heard`, `silent` or `withdrawn`; or `foreign`: another
    /// cluster answers in its place.
    pub silences: BTreeMap<&'static str, u64>,
    /// Complaints by [kind](crate::core::complaint::Flaw::kind).
    pub complaints: BTreeMap<&'static str, u64>,
    /// Services by [health](crate::core::state::Health).
    pub services: BTreeMap<&'static str, u64>,
    /// Load-balancer hostnames by [state](crate::core::state::HostnameState).
    pub hostnames: BTreeMap<&'static str, u64>,
    /// What the keeper of the state folder tells of itself.
    pub kept: KeeperReport,
    /// What only goes up.
    pub counts: Counts,
}

/// What the controller has done since it started.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Counts {
    /// Events that clusters sent, in the order of [`Counts::EVENT_KINDS`].
    events: [u64; Self::EVENT_KINDS.len()],
    /// Load-balancer hostnames asked for, in the order of [`Counts::RESULTS`].
    resolutions: [u64; Self::RESULTS.len()],
    /// Changes after which the answers of a service were made anew.
    pub changed_services: u64,
    /// How long it took to make each snapshot.
    pub publishing: Durations,
    /// How often the configuration was read again, and what came of it.
    pub reloads: Reloads,
}

impl Counts {
    const EVENT_KINDS: [&'static str; 9] = [
        "applied",
        "contact",
        "flawed",
        "identified",
        "listed",
        "removed",
        "synced",
        "triggered",
        "broken",
    ];

    const RESULTS: [&'static str; 3] = ["answered", "denied", "failed"];

    /// Counts what came of asking for a hostname.
    pub(super) fn count_resolution(&mut self, finding: &Finding) {
        let result = match finding {
            Finding::Answered(_) => 0,
            Finding::Denied => 1,
            Finding::Failed(_) => 2,
        };
        self.resolutions[result] += 1;
    }

    /// Hostnames asked for, by result.
    pub fn resolutions(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Self::RESULTS.into_iter().zip(self.resolutions)
    }

    /// Counts an event.
    pub(super) fn count_event(&mut self, event: &ClusterEvent) {
        let kind = match event {
            // That nothing happened is not counted.
            ClusterEvent::Well => return,
            ClusterEvent::Broken(_) => 8,
            ClusterEvent::Applied(..) | ClusterEvent::Modified(..) => 0,
            ClusterEvent::Contact(_) => 1,
            ClusterEvent::Flawed(..) => 2,
            ClusterEvent::Identified(_) => 3,
            ClusterEvent::Listed(_) => 4,
            ClusterEvent::Removed(_) => 5,
            ClusterEvent::Synced { .. } => 6,
            ClusterEvent::Triggered(_) => 7,
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
