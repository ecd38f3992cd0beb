//! Patience: how long the answer to a small question is waited for, by what the server has shown.
//!
//! In: how long answers took, and which did not come in time. Out: how long the next one may take. A server
//! that hangs is noticed within seconds, and one that needs many seconds for each answer is waited for all
//! the same. Does not know what is asked, nor the time.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::timing::Timing;

/// How many times longer than the last answer the next one may take.
const LONGER: u32 = 3;

/// What a server has shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    /// How long the next answer is waited for.
    patience: Duration,
    /// How long answers take: the last one, or somewhat less than slower ones before.
    answer: Duration,
}

/// How long answers of one server are waited for.
#[derive(Debug)]
pub(in crate::clusters) struct Patience {
    least: Duration,
    most: Duration,
    shown: Mutex<Shown>,
}

impl Patience {
    /// Patience with a server that has shown nothing yet: at first a probe's, at most that with which a list
    /// is waited for.
    pub(in crate::clusters) fn new(timing: &Timing) -> Self {
        let least = timing.probe_patience.min(timing.head);
        let shown = Shown { patience: least, answer: Duration::ZERO };
        Self { least, most: timing.head, shown: Mutex::new(shown) }
    }

    /// How long an answer is waited for now.
    pub(in crate::clusters) fn now(&self) -> Duration {
        self.lock().patience
    }

    /// How long answers take.
    pub(in crate::clusters) fn answer(&self) -> Duration {
        self.lock().answer
    }

    /// An answer came and `took` so long. Patience that proves needless goes little by little: servers behind
    /// one address may differ.
    pub(in crate::clusters) fn note_answer(&self, took: Duration) {
        let mut shown = self.lock();
        let lasting = shown.patience * 7 / 8;
        shown.patience = lasting.max(took * LONGER).clamp(self.least, self.most);
        shown.answer = took.max(shown.answer * 7 / 8);
    }

    /// No answer came though it was waited for so long: the next one is waited for twice as long.
    pub(in crate::clusters) fn note_time_out(&self, waited: Duration) {
        let mut shown = self.lock();
        shown.patience = shown.patience.max(waited * 2).clamp(self.least, self.most);
    }

    fn lock(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_server_that_is_slow_is_waited_for_ever_longer_but_not_for_ever() {
        let patience = Patience::new(&Timing::default());
        let mut waited = Vec::new();
        for _ in 0..6 {
            waited.push(patience.now().as_secs());
            patience.note_time_out(patience.now());
        }
        assert_eq!(waited, [3, 6, 12, 24, 30, 30]);
    }

    #[test]
    fn several_questions_that_time_out_together_double_it_once() {
        let patience = Patience::new(&Timing::default());
        (0..4).for_each(|_| patience.note_time_out(seconds(3)));
        assert_eq!(patience.now(), seconds(6));
    }

    #[test]
    fn what_a_slow_answer_took_is_waited_for_again_and_forgotten_slowly() {
        let patience = Patience::new(&Timing::default());
        patience.note_answer(seconds(4));
        assert_eq!((patience.now(), patience.answer()), (seconds(12), seconds(4)));
        patience.note_answer(seconds(25));
        assert_eq!(patience.now(), seconds(30));
        patience.note_answer(Duration::from_millis(5));
        assert!(patience.now() > seconds(20) && patience.answer() > seconds(20));
        (0..60).for_each(|_| patience.note_answer(Duration::from_millis(5)));
        assert_eq!(patience.now(), seconds(3));
        assert!(patience.answer() < Duration::from_millis(100));
    }
}
