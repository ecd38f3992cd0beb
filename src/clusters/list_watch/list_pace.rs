//! The pace of lists: how soon everything may be listed once more.
//!
//! In: when lists were begun and were over, and a drawn number. Out: until when the next one waits: longer
//! each time while they follow each other too soon, whatever the reason; forgotten after a quiet time.
//! A list of which nothing came costs nobody anything and does not count.
//! Does not know what a list says, nor the clock.

use tokio::time::Instant;

use super::steps::Pauses;

/// After so many lists in a row someone should know.
const TELLING: u32 = 3;

/// Why the next list is wanted, where it is not to wait for long.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Haste {
    /// There is no hurry: what is known stays.
    Usual,
    /// Nothing is known yet.
    First,
    /// Somebody wishes it: an operator, or who doubts the list before.
    Wished,
}

/// The lists of one kind, in all namespaces or in one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ListPace {
    is_begun: bool,
    /// Lists that followed each other too soon.
    in_a_row: u32,
    /// When the last one was over.
    over: Option<Instant>,
    /// The draw for the pause behind it.
    draw: f64,
}

/// That a list waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Wait {
    /// Until then.
    pub(super) until: Instant,
    /// How many lists there were in a row, where someone should know.
    pub(super) told: Option<u32>,
}

impl ListPace {
    /// A list is coming.
    pub(super) fn begin(&mut self) {
        self.is_begun = true;
    }

    /// The list is over, whole or not. Without one, nothing changes.
    pub(super) fn end(&mut self, now: Instant, pauses: Pauses<'_>) {
        if std::mem::take(&mut self.is_begun) {
            self.in_a_row = if self.is_quiet(now, pauses) { 1 } else { self.in_a_row + 1 };
            (self.over, self.draw) = (Some(now), pauses.draw);
        }
    }

    /// Whether there was no list for so long that the ones before count no more.
    pub(super) fn is_quiet(&self, now: Instant, pauses: Pauses<'_>) -> bool {
        self.over.is_none_or(|over| now.duration_since(over) >= pauses.timing.relists_forgotten)
    }

    /// For how long the next list has to wait; `None`: it may begin.
    pub(super) fn wait(&self, now: Instant, haste: Haste, pauses: Pauses<'_>) -> Option<Wait> {
        let timing = pauses.timing;
        let over = self.over.filter(|_| !self.is_quiet(now, pauses))?;
        // The first time that everything has to be listed anew is no fault of anybody.
        let doublings = self.in_a_row.checked_sub(2)?;
        let most = match haste {
            Haste::Usual => timing.longest_relist_pause,
            Haste::First => timing.longest_pause,
            Haste::Wished => timing.relist_pause,
        };
        let pause = timing.relist_pause.saturating_mul(1 << doublings.min(16)).min(most);
        let until = over + pause.mul_f64(1.0 - self.draw / 4.0);
        let told = (self.in_a_row >= TELLING && haste != Haste::Wished).then_some(self.in_a_row);
        (until > now).then_some(Wait { until, told })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clusters::api::timing::Timing;

    const SECOND: Duration = Duration::from_secs(1);

    /// Lists that are each over at once, over and over, by a clock that is turned by hand.
    struct Rehearsal {
        timing: Timing,
        pace: ListPace,
        now: Instant,
        draw: f64,
    }

    impl Rehearsal {
        fn new() -> Self {
            let (timing, now) = (Timing::default(), Instant::now());
            Self { timing, pace: ListPace::default(), now, draw: 0.0 }
        }

        fn pauses(&self) -> Pauses<'_> {
            Pauses { timing: &self.timing, draw: self.draw }
        }

        /// Waits for the next list, and lists; gives the wait.
        fn list(&mut self, haste: Haste) -> Duration {
            let wait = self.pace.wait(self.now, haste, self.pauses());
            let waited = wait.map_or(Duration::ZERO, |wait| wait.until - self.now);
            self.now += waited;
            self.pace.begin();
            let (timing, draw) = (self.timing, self.draw);
            self.pace.end(self.now, Pauses { timing: &timing, draw });
            waited
        }
    }

    #[test]
    fn lists_that_follow_each_other_too_soon_wait_ever_longer() {
        let mut rehearsal = Rehearsal::new();
        let mut waits = Vec::new();
        let began = rehearsal.now;
        while rehearsal.now - began < 3600 * SECOND {
            waits.push(rehearsal.list(Haste::Usual).as_secs());
            // The connection is cut after five seconds, and its version is forgotten by then.
            rehearsal.now += 5 * SECOND;
        }
        // What is not watched meanwhile is not known either: no longer than until silence would count.
        assert_eq!(waits[..7], [0, 0, 0, 5, 15, 35, 35]);
        assert!(waits[7..].iter().all(|wait| *wait == 35), "{waits:?}");
        assert!(waits.len() < 95, "{} in an hour", waits.len());
    }

    #[test]
    fn a_quiet_time_makes_it_forgotten() {
        let mut rehearsal = Rehearsal::new();
        (0..12).for_each(|_| _ = rehearsal.list(Haste::Usual));
        assert!(!rehearsal.pace.is_quiet(rehearsal.now, rehearsal.pauses()));
        rehearsal.now += rehearsal.timing.relists_forgotten;
        assert!(rehearsal.pace.is_quiet(rehearsal.now, rehearsal.pauses()));
        assert_eq!((0..3).map(|_| rehearsal.list(Haste::Usual)).max(), Some(5 * SECOND));
    }

    #[test]
    fn a_wish_waits_little_and_a_first_list_not_for_minutes() {
        let mut rehearsal = Rehearsal::new();
        (0..20).for_each(|_| _ = rehearsal.list(Haste::Usual));
        assert_eq!(rehearsal.list(Haste::First), rehearsal.timing.longest_pause);
        assert_eq!(rehearsal.list(Haste::Wished), rehearsal.timing.relist_pause);
        rehearsal.now += rehearsal.timing.relist_pause;
        assert_eq!(rehearsal.list(Haste::Wished), Duration::ZERO);
    }

    #[test]
    fn it_is_told_from_the_third_on_and_never_of_a_wish() {
        let mut rehearsal = Rehearsal::new();
        let told = |it: &Rehearsal, haste| {
            it.pace.wait(it.now, haste, it.pauses()).and_then(|wait| wait.told)
        };
        for lists in [None, None, Some(3), Some(4)] {
            rehearsal.list(Haste::Usual);
            assert_eq!(told(&rehearsal, Haste::Usual), lists);
            assert_eq!(told(&rehearsal, Haste::Wished), None);
        }
    }

    #[test]
    fn what_the_draw_shortens_stays_so_until_the_list() {
        let mut rehearsal = Rehearsal::new();
        rehearsal.draw = 0.5;
        (0..2).for_each(|_| _ = rehearsal.list(Haste::Usual));
        let wait = rehearsal.pace.wait(rehearsal.now, Haste::Usual, rehearsal.pauses());
        rehearsal.draw = 0.0;
        let again = rehearsal.pace.wait(rehearsal.now, Haste::Usual, rehearsal.pauses());
        assert_eq!(
            (wait, wait.map(|wait| wait.until - rehearsal.now)),
            (again, Some(5 * SECOND * 7 / 8))
        );
    }

    #[test]
    fn a_list_of_which_nothing_came_does_not_count() {
        let mut rehearsal = Rehearsal::new();
        for _ in 0..10 {
            let (timing, draw) = (rehearsal.timing, rehearsal.draw);
            rehearsal.pace.end(rehearsal.now, Pauses { timing: &timing, draw });
            assert_eq!(rehearsal.pace.wait(rehearsal.now, Haste::Usual, rehearsal.pauses()), None);
        }
    }
}
