//! The steps of a list and watch: what to ask an API server next.
//!
//! In: how the last request ended, and a drawn number. Out: a [`Step`] and how long to rest before
//! it. A list that can not be begun where a watch left off is begun anew, and whatever happens
//! again and again is done ever more slowly: nothing is asked in a loop.
//! Does not know time, sockets or objects.

use std::time::Duration;

use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::HEAD;
use crate::clusters::api::timing::Timing;

/// Longest pause that a server can demand.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(600);
/// After so many watches in a row that could not be begun, everything is listed anew: some
/// servers do not say 410 when they no longer know a version.
const MAX_WATCH_FAILURES: u32 = 3;

/// What to ask next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Step {
    /// All objects page by page; from `next` on, where that was begun. `is_whole`: all in one.
    Page { next: Option<Box<str>>, is_whole: bool },
    /// A watch that begins with all objects.
    Stream,
    /// A watch of what comes after this version.
    Watch(Box<str>),
}

impl Step {
    /// Whether everything is listed from here on.
    pub(in crate::clusters) fn is_list_begin(&self) -> bool {
        matches!(self, Self::Stream | Self::Page { next: None, .. })
    }

    /// Whether a list that was begun before goes on.
    pub(in crate::clusters) fn is_list_rest(&self) -> bool {
        matches!(self, Self::Page { next: Some(_), .. })
    }

    /// Whether a server that answers with this code does not know what is asked, or keeps it from
    /// us: there is another way.
    pub(in crate::clusters) fn is_refused_by(&self, code: u16) -> bool {
        *self == Self::Stream && matches!(code, 400 | 403 | 404 | 405 | 406 | 415 | 422)
    }
}

/// How a request ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Outcome {
    /// A page came, and there are more.
    Paged { next: Box<str> },
    /// All objects are known as of this version.
    Listed { version: Box<str> },
    /// All objects came, which is not believed before they come once more.
    Doubted,
    /// The server does not know the kind, which is optional.
    NotServed,
    /// A watch ended as it should. `is_news`: it lasted, or said something and did not end at once.
    Ended { version: Box<str>, is_news: bool },
    /// The request failed. A watch had come as far as `version` and had said something where `is_news`.
    Failed { failure: Failure, version: Option<Box<str>>, is_news: bool },
}

/// How long pauses are.
#[derive(Clone, Copy, Debug)]
pub(in crate::clusters) struct Pauses<'t> {
    pub(in crate::clusters) timing: &'t Timing,
    /// A number from 0 up to 1, another one each time.
    pub(in crate::clusters) draw: f64,
}

impl Pauses<'_> {
    /// A pause that doubles with each failure before it, shortened by up to half.
    pub(in crate::clusters) fn after(self, failures: u32) -> Duration {
        let doubled = self.timing.first_pause.saturating_mul(1 << failures.min(16));
        doubled.min(self.timing.longest_pause).mul_f64(1.0 - self.draw / 2.0)
    }
}

/// Where a reflector stands.
#[derive(Clone, Debug)]
pub(in crate::clusters) struct ListWatch {
    step: Step,
    /// Failures since something last went well.
    failures: u32,
    /// Watches since then that could not be begun.
    watch_failures: u32,
    /// Whether a list was refused in its middle: some servers forget pages sooner than they come.
    is_whole: bool,
    /// Whether it may list and not watch.
    is_polling: bool,
}

impl ListWatch {
    /// The start: everything is to be listed.
    pub(in crate::clusters) fn new(streams: bool) -> Self {
        let mut list_watch = Self {
            step: Step::Stream,
            failures: 0,
            watch_failures: 0,
            is_whole: false,
            is_polling: false,
        };
        list_watch.begin(streams);
        list_watch
    }

    /// What is to be asked.
    pub(in crate::clusters) fn step(&self) -> &Step {
        &self.step
    }

    /// Whether a watch is forbidden, so that lists have to do.
    pub(in crate::clusters) fn is_polling(&self) -> bool {
        self.is_polling
    }

    /// Everything is to be listed anew.
    pub(in crate::clusters) fn begin(&mut self, streams: bool) {
        self.step = match streams && !self.is_polling {
            true => Step::Stream,
            false => Step::Page { next: None, is_whole: self.is_whole },
        };
    }

    /// The start where an earlier run stopped at this version: nothing is listed.
    pub(in crate::clusters) fn go_on(&mut self, version: Box<str>) {
        self.step = Step::Watch(version);
    }

    /// A connection was given up on purpose: what was begun is begun again, without a pause.
    pub(in crate::clusters) fn resume(&mut self, version: Option<Box<str>>, streams: bool) {
        self.failures = 0;
        match (&self.step, version) {
            (Step::Watch(_), Some(version)) => self.step = Step::Watch(version),
            (Step::Watch(_), None) => {}
            (Step::Page { .. } | Step::Stream, _) => self.begin(streams),
        }
    }

    /// Takes note of how a request ended; gives the pause before the next one. `streams` says
    /// whether this server is to be asked for lists by watch; where it refuses that, it is set to
    /// false.
    pub(in crate::clusters) fn note(
        &mut self,
        outcome: Outcome,
        streams: &mut bool,
        pauses: Pauses<'_>,
    ) -> Duration {
        match outcome {
            Outcome::Paged { next } => {
                self.step = Step::Page { next: Some(next), is_whole: false };
                Duration::ZERO
            }
            Outcome::Listed { version } => {
                // A list whose watch fails each time is no progress.
                self.failures = self.failures.min(self.watch_failures);
                self.is_whole = false;
                self.step = Step::Watch(version);
                Duration::ZERO
            }
            Outcome::Doubted => {
                self.begin(*streams);
                Duration::ZERO
            }
            Outcome::NotServed => {
                self.go_well();
                self.begin(*streams);
                pauses.timing.absent
            }
            Outcome::Ended { version, is_news } => {
                self.step = Step::Watch(version);
                self.go_well();
                // A server that ends each watch at once is not asked again at once.
                if is_news { Duration::ZERO } else { pauses.after(0) }
            }
            Outcome::Failed { failure, version, is_news } => {
                // A version that is forgotten each time after some news is no progress.
                if is_news && failure.code() != Some(410) {
                    self.go_well();
                }
                self.fail(failure, version, streams, pauses)
            }
        }
    }

    fn go_well(&mut self) {
        (self.failures, self.watch_failures, self.is_polling) = (0, 0, false);
    }

    fn fail(
        &mut self,
        failure: Failure,
        version: Option<Box<str>>,
        streams: &mut bool,
        pauses: Pauses<'_>,
    ) -> Duration {
        let failures = self.failures;
        self.failures = failures.saturating_add(1);
        let code = failure.code();
        // The first time that a version is forgotten is no fault of anybody.
        let is_forgotten = code == Some(410) && self.watch_failures == 0 && !self.is_whole;
        match (&self.step, code) {
            // The server does not know lists by watch, or keeps them from us: pages tell more.
            (Step::Stream, Some(code)) if Step::Stream.is_refused_by(code) => {
                *streams &= code == 403;
                self.step = Step::Page { next: None, is_whole: false };
                return Duration::ZERO;
            }
            // The server begins a watch and never says that all is told: it does not know lists by watch.
            // One that does not begin it may be busy, the first time: pages would cost it more.
            (Step::Stream, None) if is_unfinished(&failure, failures) => {
                *streams = false;
                self.begin(false);
            }
            (Step::Watch(_), Some(403)) => {
                self.is_polling = true;
                self.begin(*streams);
                return pauses.timing.poll;
            }
            (Step::Page { next: Some(_), .. }, Some(410)) => {
                self.is_whole = true;
                self.begin(false);
            }
            (Step::Watch(_), Some(410)) => {
                self.watch_failures += 1;
                self.begin(*streams);
            }
            (Step::Watch(_), _) if version.is_some() => {
                self.step = Step::Watch(version.unwrap_or_default());
            }
            (Step::Watch(_), _) => {
                self.watch_failures +=
                    u32::from(code.is_some_and(|code| code != 401 && code != 429));
                if self.watch_failures >= MAX_WATCH_FAILURES {
                    self.begin(*streams);
                }
            }
            (Step::Page { .. } | Step::Stream, _) => self.begin(*streams),
        }
        let pause = if is_forgotten { Duration::ZERO } else { pauses.after(failures) };
        let wanted = failure.retry_after().unwrap_or_default().min(MAX_RETRY_AFTER);
        pause.max(wanted)
    }
}

/// Whether a list by watch that failed so behind so many failures is taken for one that never ends.
fn is_unfinished(failure: &Failure, failures: u32) -> bool {
    matches!(failure, Failure::TimedOut(what) if *what != HEAD || failures > 0)
}

#[cfg(test)]
mod tests;
