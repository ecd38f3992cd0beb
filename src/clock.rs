//! The process's clock: turns the passing of time into [`Moment`]s for the core.
//!
//! In: the monotonic clock. Out: moments since the process started.
//! Does not know what time it is for anybody else.

use std::time::{SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

use crate::core::time::{Moment, Now};

/// The one clock that controller and transports share, so that their moments compare.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
}

impl Clock {
    /// A clock whose first moment is now.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// The present moment.
    pub fn now(&self) -> Moment {
        Moment(self.started.elapsed())
    }

    /// The present by both clocks.
    pub fn reading(&self) -> Now {
        Now { moment: self.now(), unix_seconds: self.unix_seconds() }
    }

    /// When a moment comes, for a runtime's timers.
    pub fn instant(&self, moment: Moment) -> Instant {
        self.started + moment.0
    }

    /// The time of day: seconds since 1970, for serials and what is kept. Zero before that.
    pub fn unix_seconds(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}
