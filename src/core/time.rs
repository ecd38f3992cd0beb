//! Time as the core is told of it: a value that comes in with everything that happens.
//!
//! In: what the world reads off its clocks. Out: moments, to be compared and waited for, and the time
//! of day beside them.
//! Does not know a clock.

use std::time::Duration;

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
