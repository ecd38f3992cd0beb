//! What the controller shows to the admin address.
//!
//! In: what it counted when it published. Out: values on channels, so that nobody who reads them
//! waits for the controller. Does not know HTTP or metrics' names.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::event::ClusterEvent;
use crate::core::hostname::{Answer, Finding};
use crate::core::time::Moment;
use crate::core::verdict::Grade;
use crate::state_dir::KeeperReport;

/// Whether answers wait for clusters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Readiness {
    /// They do; for which.
    NotReady(String),
    /// They do not, but go without clusters that were never read: which.
    Incomplete(String),
    /// They are complete: every cluster has been read.
    Ready,
}

/// What the controller counts each time it publishes; metrics show it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ControllerStats {
    /// When the present snapshot was published; `None` before the first.
    pub published: Option<Moment>,
    /// The verdict; `None` before it was made for the first time.
    pub verdict: Option<Grade>,
    /// Clusters by [state](crate::core::state::ClusterState), each once.
    pub clusters: BTreeMap<&'static str, u64>,
    /// Clusters that have not been read since this process started.
    pub unread_clusters: u64,
    /// Complaints by [kind](crate::core::complaint::Flaw::kind).
    pub complaints: BTreeMap<&'static str, u64>,
    /// Services by [health](crate::core::state::Health).
    pub services: BTreeMap<&'static str, u64>,
    /// How many overrides are in force, by kind; a Service's own annotation is none of them.
    pub overrides: BTreeMap<&'static str, u64>,
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
    /// Events that clusters sent, by kind.
    events: [u64; EventKind::ALL.len()],
    /// Load-balancer hostnames asked for, by result.
    resolutions: [u64; ResolutionResult::ALL.len()],
    /// Changes after which the answers of a service were made anew.
    pub changed_services: u64,
    /// How long it took to make each snapshot.
    pub publishing: Durations,
    /// How often the configuration was read again, and what came of it.
    pub reloads: Reloads,
}

impl Counts {
    /// Counts what came of asking for a hostname.
    pub(super) fn count_resolution(&mut self, finding: &Finding) {
        let result = match finding {
            // The rest of it comes, and is counted then.
            Finding::Answered(Answer { awaited: Some(_), .. }) => return,
            Finding::Answered(_) => ResolutionResult::Answered,
            Finding::Denied => ResolutionResult::Denied,
            Finding::Failed(_) => ResolutionResult::Failed,
        };
        self.resolutions[result as usize] += 1;
    }

    /// Hostnames asked for, by result.
    pub fn resolutions(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ResolutionResult::ALL.map(|it| (it.as_str(), self.resolutions[it as usize])).into_iter()
    }

    /// Counts an event.
    pub(super) fn count_event(&mut self, event: &ClusterEvent) {
        if let Some(kind) = EventKind::of(event) {
            self.events[kind as usize] += 1;
        }
    }

    /// Events by kind.
    pub fn events(&self) -> impl Iterator<Item = (&'static str, u64)> {
        EventKind::ALL.map(|it| (it.as_str(), self.events[it as usize])).into_iter()
    }
}

/// Kinds of events, as metrics call them.
#[derive(Clone, Copy, Debug)]
enum EventKind {
    Applied,
    Contact,
    Flawed,
    Identified,
    Listed,
    Removed,
    Synced,
    Triggered,
    Broken,
}

impl EventKind {
    /// All, each at the position that its number says.
    const ALL: [Self; 9] = [
        Self::Applied,
        Self::Contact,
        Self::Flawed,
        Self::Identified,
        Self::Listed,
        Self::Removed,
        Self::Synced,
        Self::Triggered,
        Self::Broken,
    ];

    /// That of an event; `None` where nothing happened: that is not counted.
    fn of(event: &ClusterEvent) -> Option<Self> {
        Some(match event {
            ClusterEvent::ListMoves
            | ClusterEvent::Resumed(..)
            | ClusterEvent::Versioned(..)
            | ClusterEvent::Well => return None,
            ClusterEvent::Applied(..) | ClusterEvent::Modified(..) => Self::Applied,
            ClusterEvent::Contact(_) => Self::Contact,
            ClusterEvent::Flawed(..) => Self::Flawed,
            ClusterEvent::Identified(_) => Self::Identified,
            ClusterEvent::Listed(_) => Self::Listed,
            ClusterEvent::Removed(_) => Self::Removed,
            ClusterEvent::Synced { .. } => Self::Synced,
            ClusterEvent::Triggered(_) => Self::Triggered,
            ClusterEvent::Broken(_) => Self::Broken,
        })
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Contact => "contact",
            Self::Flawed => "flawed",
            Self::Identified => "identified",
            Self::Listed => "listed",
            Self::Removed => "removed",
            Self::Synced => "synced",
            Self::Triggered => "triggered",
            Self::Broken => "broken",
        }
    }
}

/// What came of asking for a hostname, as metrics call it.
#[derive(Clone, Copy, Debug)]
enum ResolutionResult {
    Answered,
    Denied,
    Failed,
}

impl ResolutionResult {
    /// All, each at the position that its number says.
    const ALL: [Self; 3] = [Self::Answered, Self::Denied, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Denied => "denied",
            Self::Failed => "failed",
        }
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
