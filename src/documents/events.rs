//! What changed, as a document.
//!
//! In: history, ground state, and which events are wanted. Out: the document behind `/events` and `fedns events`.
//! Does not know how it is asked for, nor what an event means.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::history::{Event, History, Wanted};
use crate::core::name::Label;
use crate::core::service::ServiceKey;
use crate::core::state::State;
use crate::core::time::{Now, rfc3339};

/// Events that one document holds at most, and where nobody says how many.
const MOST: usize = 1000;
const USUAL: usize = 100;

/// Which events are wanted.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default)]
pub struct EventFilter {
    /// Of this service, `namespace/name`, and what became of clusters that have it.
    pub service: String,
    /// Of this cluster.
    pub cluster: String,
    /// Not older than that, such as `1h`.
    pub since: String,
    /// The first ones behind the event of this number.
    pub after: Option<u64>,
    /// Those before the event of this number.
    pub before: Option<u64>,
    /// So many at most.
    pub limit: Option<usize>,
}

/// A filter that can not be read.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadFilter {
    /// The time.
    #[error("\"{0}\" is no time: write 90s, 30m, 1h or 2d")]
    Since(String),
    /// The service.
    #[error("\"{0}\" is no service: write NAMESPACE/NAME")]
    Service(String),
}

/// What changed.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EventsDocument {
    /// The newest first.
    pub events: Vec<EventRow>,
    /// From the event of this number on none has gone.
    pub oldest: u64,
    /// The number of the newest event that there is, wanted or not: whoever goes on behind it misses none.
    #[serde(default)]
    pub newest: u64,
    /// Changes among these that have no event of their own, because too much happened at once.
    pub missed: u64,
    /// The clusters that have the service that is asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<String>,
}

/// One event.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct EventRow {
    /// Its number: they go up.
    pub id: u64,
    /// When (RFC 3339).
    pub at: String,
    /// `service`, `cluster`, `configuration`, `override`, `probe`, `guard`, `process`, `summed`.
    pub kind: String,
    /// Whom it is about.
    pub subject: String,
    /// The cluster that it is about, or that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// `info` or `warning`.
    pub severity: String,
    /// A sentence.
    pub text: String,
}

impl EventRow {
    /// The row of an event.
    pub fn new(event: &Event) -> Self {
        Self {
            id: event.id,
            at: rfc3339(event.at),
            kind: event.kind.as_str().to_owned(),
            subject: event.subject().to_owned(),
            cluster: event.cluster.as_ref().map(ToString::to_string),
            severity: event.severity.as_str().to_owned(),
            text: event.text.to_string(),
        }
    }
}

impl EventFilter {
    /// The service that is wanted.
    ///
    /// # Errors
    /// What is given is none.
    fn service(&self) -> Result<Option<ServiceKey>, BadFilter> {
        if self.service.is_empty() {
            return Ok(None);
        }
        let key = |text: &str| {
            let (namespace, name) = text.split_once('/')?;
            let (namespace, name) = (Label::parse(namespace).ok()?, Label::parse(name).ok()?);
            Some(ServiceKey { namespace, name })
        };
        key(&self.service).map(Some).ok_or_else(|| BadFilter::Service(self.service.clone()))
    }

    /// The same in terms of history.
    ///
    /// # Errors
    /// Says what can not be read.
    pub fn wanted(&self, state: &State, now: Now) -> Result<Wanted, BadFilter> {
        let service = self.service()?;
        let age = match &*self.since {
            "" => None,
            text => Some(
                humantime::parse_duration(text).map_err(|_| BadFilter::Since(text.to_owned()))?,
            ),
        };
        let name = |index| state.cluster(index).name.to_string().into();
        let key = service.as_ref().map(ServiceKey::wire).unwrap_or_default();
        let of_service_in = state.having(&key).map(name).collect();
        Ok(Wanted {
            service: service.map(|key| key.to_string().into()),
            of_service_in,
            cluster: (!self.cluster.is_empty()).then(|| self.cluster.to_lowercase().into()),
            since: age.map_or(0, |age: Duration| now.unix_seconds.saturating_sub(age.as_secs())),
            after: self.after,
            before: self.before,
            limit: self.limit.unwrap_or(USUAL).min(MOST),
        })
    }
}

/// What changed.
///
/// # Errors
/// Says which part of the filter can not be read.
pub fn events(
    history: &History,
    state: &State,
    now: Now,
    filter: &EventFilter,
) -> Result<EventsDocument, BadFilter> {
    let wanted = filter.wanted(state, now)?;
    let found = history.find(&wanted);
    Ok(EventsDocument {
        events: found.events.iter().map(|event| EventRow::new(event)).collect(),
        oldest: found.oldest,
        newest: history.next() - 1,
        missed: found.missed,
        clusters: wanted.of_service_in.iter().map(ToString::to_string).collect(),
    })
}
