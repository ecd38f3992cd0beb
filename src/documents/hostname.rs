//! What is known of a load-balancer hostname, as documents show it.
//!
//! In: ground state. Out: [`HostnameNote`], and its text. Does not know who shows it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::state::{Hostname, HostnameState, State};
use crate::core::time::Moment;

/// A load-balancer hostname.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HostnameNote {
    /// The hostname.
    pub hostname: String,
    /// How it does: `untried`, `resolved`, `failing`, `unresolved`, `stale`, `gone` or `own`.
    pub state: String,
    /// For how long it has done so.
    pub for_seconds: u64,
    /// How soon it is asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_try_in_seconds: Option<u64>,
    /// Its last good addresses.
    pub addresses: Vec<String>,
    /// Why the last try brought none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    /// The clusters whose Services name it.
    pub clusters: Vec<String>,
}

impl HostnameNote {
    /// The note on a hostname that some published Service names.
    pub fn find(state: &State, name: &str, now: Moment) -> Option<Self> {
        state.hostname(name).map(|hostname| Self::new(state, name, hostname, now))
    }

    /// The note on a hostname.
    pub fn new(state: &State, name: &str, hostname: &Hostname, now: Moment) -> Self {
        let until = |moment: Moment| moment.0.saturating_sub(now.0).as_secs();
        let clusters = hostname.clusters().map(|index| state.cluster(index).name.to_string());
        Self {
            hostname: name.to_owned(),
            state: hostname.state().as_str().to_owned(),
            for_seconds: now.0.saturating_sub(hostname.since().0).as_secs(),
            next_try_in_seconds: hostname.next_try().map(until),
            addresses: hostname.addresses().map(|it| it.to_string()).collect(),
            trouble: hostname.trouble().map(ToOwned::to_owned),
            clusters: clusters.collect(),
        }
    }
}

impl fmt::Display for HostnameNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.state == HostnameState::Own.as_str() {
            return write!(f, "{} own: it leads into a zone that is served here", self.hostname);
        }
        write!(f, "{} {} for {} s", self.hostname, self.state, self.for_seconds)?;
        if !self.addresses.is_empty() {
            write!(f, ": {}", self.addresses.join(", "))?;
        }
        if let Some(trouble) = &self.trouble {
            write!(f, "; {trouble}")?;
        }
        match self.next_try_in_seconds {
            Some(seconds) => write!(f, "; asked again in {seconds} s"),
            None => Ok(()),
        }
    }
}
