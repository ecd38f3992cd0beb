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

/// A moment of this run of the process, or of one before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Past {
    moment: Moment,
    /// How long before that, where it was in another run.
    before: Duration,
}

impl Past {
    /// A moment of this run.
    pub fn at(moment: Moment) -> Self {
        Self { moment, before: Duration::ZERO }
    }

    /// What was `age` ago at `now`.
    pub fn ago(now: Moment, age: Duration) -> Self {
        let moment = Moment(now.0.saturating_sub(age));
        Self { moment, before: age.saturating_sub(now.0) }
    }

    /// What another run kept as unix seconds. A clock that was set back since makes it this very moment.
    pub fn kept(unix_seconds: u64, now: Now) -> Self {
        Self::ago(now.moment, Duration::from_secs(now.unix_seconds.saturating_sub(unix_seconds)))
    }

    /// How long ago it is.
    pub fn age(self, now: Moment) -> Duration {
        now.0.saturating_sub(self.moment.0) + self.before
    }

    /// When it was, in unix seconds.
    pub fn unix_seconds(self, now: Now) -> u64 {
        now.unix_seconds.saturating_sub(self.age(now.moment).as_secs())
    }

    /// When it will be so long ago; at once where it has been already before this run.
    pub fn after(self, age: Duration) -> Moment {
        Moment((self.moment.0 + age).saturating_sub(self.before))
    }
}

/// Unix seconds as people and programs read them (RFC 3339).
pub fn rfc3339(unix_seconds: u64) -> String {
    let moment = i64::try_from(unix_seconds).ok().and_then(|it| Timestamp::from_second(it).ok());
    moment.unwrap_or(Timestamp::MAX).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_before_this_run_has_its_age() {
        let second = Duration::from_secs;
        let now = Now { moment: Moment(second(10)), unix_seconds: 1000 };
        let kept = Past::kept(900, now);
        assert_eq!(kept.age(Moment(second(15))), second(105));
        assert_eq!(kept.unix_seconds(now), 900);
        assert_eq!(kept.after(second(200)), Moment(second(110)));
        assert_eq!(kept.after(second(50)), Moment(Duration::ZERO));
        // The wall clock was set back: it can not have been in the future.
        assert_eq!(Past::kept(2000, now).age(now.moment), Duration::ZERO);
        assert_eq!(Past::at(Moment(second(4))).age(now.moment), second(6));
    }
}
