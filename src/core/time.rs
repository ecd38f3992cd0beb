//! Time as the core is told of it: a value that comes in with everything that happens.
//!
//! In: what the world reads off its clocks. Out: moments, to be compared and waited for, the time of day
//! beside them, and that as text.
//! Does not know a clock.

use std::time::Duration;

use jiff::Timestamp;

/// A moment on the process's monotonic clock: the time since it started.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Moment(pub Duration);

/// What both clocks show when something happens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Now {
    /// By the monotonic clock: what is measured and waited for.
    pub moment: Moment,
    /// By the wall clock, in seconds since 1970: what is kept and told to others. Whoever sets that
    /// clock makes it go back, or on by a year; nothing is measured by it.
    pub unix_seconds: u64,
}

/// Unix seconds as people and programs read them (RFC 3339).
pub fn rfc3339(unix_seconds: u64) -> String {
    let moment = i64::try_from(unix_seconds).ok().and_then(|it| Timestamp::from_second(it).ok());
    moment.unwrap_or(Timestamp::MAX).to_string()
}
