//! One thing that happened: what, when, and of whom.
//!
//! In: words. Out: an [`Event`], never changed once it stands. Does not know what follows from it.

use serde::{Deserialize, Serialize};

/// Octets of a text at most: whatever clusters say, what is kept of it is bounded.
const MOST_TEXT: usize = 1500;

/// Of what an event is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum EventKind {
    /// Which shards answer a service, or that none does.
    Service,
    /// The state of a cluster, its entry, or that it came or went.
    Cluster,
    /// The configuration was read again, or could not be.
    Configuration,
    /// An override came into force, or ended.
    Override,
    /// A prober sees something else than before.
    Probe,
    /// A guard holds, or holds no more.
    Guard,
    /// The process itself.
    Process,
    /// More happened at once than is told one by one.
    Summed,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Service,
        Self::Cluster,
        Self::Configuration,
        Self::Override,
        Self::Probe,
        Self::Guard,
        Self::Process,
        Self::Summed,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Cluster => "cluster",
            Self::Configuration => "configuration",
            Self::Override => "override",
            Self::Probe => "probe",
            Self::Guard => "guard",
            Self::Process => "process",
            Self::Summed => "summed",
        }
    }
}

/// Whether an event is for the worse.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Severity {
    /// It is not.
    Info,
    /// It is: something is down, stale, or does not come through.
    Warning,
}

impl Severity {
    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

/// What happened, before it has a number and a moment.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct News {
    pub(super) kind: EventKind,
    pub(super) severity: Severity,
    pub(super) cluster: Option<Box<str>>,
    pub(super) service: Option<Box<str>>,
    pub(super) text: String,
    /// So many changes have no event of their own.
    pub(super) summed: u64,
}

impl News {
    /// Something that is no worse than before, in a sentence.
    pub fn info(kind: EventKind, text: impl Into<String>) -> Self {
        let (severity, text) = (Severity::Info, text.into());
        Self { kind, severity, cluster: None, service: None, text, summed: 0 }
    }

    /// Something that is worse than before, in a sentence.
    pub fn warning(kind: EventKind, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::info(kind, text) }
    }

    /// It, in a sentence.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is for the worse.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The same, of a cluster.
    pub fn of_cluster(self, cluster: impl ToString) -> Self {
        Self { cluster: Some(cluster.to_string().into()), ..self }
    }

    /// The same, of a service.
    pub fn of_service(self, service: impl ToString) -> Self {
        Self { service: Some(service.to_string().into()), ..self }
    }
}

/// Something that happened.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Event {
    /// Goes up with each event, over restarts too where events are kept.
    pub id: u64,
    /// When, in unix seconds, as the clock of the host stood then.
    pub at: u64,
    /// Of what it is.
    pub kind: EventKind,
    /// Whether it is for the worse.
    pub severity: Severity,
    /// The cluster that it is about, or that made it.
    pub cluster: Option<Box<str>>,
    /// The service that it is about, as `namespace/name`.
    pub service: Option<Box<str>>,
    /// A sentence.
    pub text: Box<str>,
    /// How many changes it stands for that have no event of their own.
    pub summed: u64,
}

impl Event {
    pub(super) fn new(id: u64, at: u64, news: News) -> Self {
        let News { kind, severity, cluster, service, mut text, summed } = news;
        if text.len() > MOST_TEXT {
            text.truncate(text.floor_char_boundary(MOST_TEXT));
            text.push_str(" ...");
        }
        Self { id, at, kind, severity, cluster, service, text: text.into(), summed }
    }

    /// Whom it is about: a service, else a cluster, else the word of its kind.
    pub fn subject(&self) -> &str {
        let named = self.service.as_deref().or(self.cluster.as_deref());
        named.unwrap_or(self.kind.as_str())
    }

    /// Octets that it takes in memory, with what an allocator adds.
    pub(super) fn octets(&self) -> usize {
        const BLOCK: usize = 16;
        let text = |text: Option<&str>| text.map_or(0, |text| text.len() + BLOCK);
        let texts = [self.cluster.as_deref(), self.service.as_deref(), Some(&*self.text)];
        size_of::<Self>() + 2 * BLOCK + texts.map(text).iter().sum::<usize>()
    }
}
