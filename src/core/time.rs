//! Time as the core is told of it: a value that comes in with everything that happens.
//!
//! In: what the world reads off its clocks. Out: moments, to be compared and waited for.
//! Does not know a clock.

use std::time::Duration;

/// A moment on the process's monotonic clock: the time since it started.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Moment(pub Duration);
