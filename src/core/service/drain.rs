//! Drains in a cluster's own data: what an entry, a Secret or a Service says of being drained.
//!
//! In: the text of annotation `fedns.dev/drain`, or an entry's values. Out: [`Drain`].
//! Does not know what time it is, nor what else is said.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a text is no drain: what is expected of one.
pub const EXPECTED: &str = "\"true\", or \"until=2026-12-01T18:00:00Z; reason=...\" and perhaps \"hard\", apart by semicolons";

/// That a cluster, or its shard of a service, is drained.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Drain {
    /// Until when, in unix seconds; `None` = as long as it is said.
    pub until: Option<u64>,
    /// Whether it does not even answer where nobody else does.
    pub is_hard: bool,
    /// Why.
    pub reason: Box<str>,
}

impl Drain {
    /// Whether it is in force at a time of day, in unix seconds.
    pub fn is_in_force(&self, unix_seconds: u64) -> bool {
        self.until.is_none_or(|until| unix_seconds < until)
    }

    /// Reads an annotation; `None` for one that says it is not drained, `"false"`.
    ///
    /// # Errors
    /// Says that the text is none, [`EXPECTED`].
    pub fn parse(text: &str) -> Result<Option<Self>, &'static str> {
        let mut drain = Self::default();
        match text.trim() {
            "false" => return Ok(None),
            "true" => return Ok(Some(drain)),
            _ => {}
        }
        for part in text.split(';').map(str::trim) {
            match part.split_once('=').map(|(key, value)| (key.trim(), value.trim())) {
                Some(("until", value)) => drain.until = Some(unix_seconds(value).ok_or(EXPECTED)?),
                Some(("reason", value)) => drain.reason = value.into(),
                None if part == "hard" => drain.is_hard = true,
                _ => return Err(EXPECTED),
            }
        }
        Ok(Some(drain))
    }
}

/// A moment of RFC 3339 in unix seconds; `None` for a text that is none, and for one before 1970.
pub fn unix_seconds(text: &str) -> Option<u64> {
    text.parse::<Timestamp>().ok()?.as_second().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drain_says_until_when_and_why() {
        let drain = |until, is_hard, reason: &str| {
            Ok(Some(Drain { until, is_hard, reason: reason.into() }))
        };
        assert_eq!(Drain::parse("true"), drain(None, false, ""));
        assert_eq!(Drain::parse("false"), Ok(None));
        assert_eq!(
            Drain::parse("until=2023-11-14T22:13:20Z; reason=new kernel; hard"),
            drain(Some(1_700_000_000), true, "new kernel"),
        );
        assert_eq!(Drain::parse(" hard "), drain(None, true, ""));
        for text in ["", "yes", "until=tomorrow", "until=1969-01-01T00:00:00Z", "until", "x=y"] {
            assert_eq!(Drain::parse(text), Err(EXPECTED), "{text}");
        }
    }
}
