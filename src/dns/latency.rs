//! How long answers take: of one batch in so many, from when it was taken until its replies were handed over.
//!
//! In: that a batch is at hand, and for some of them how long it took. Out: numbers that anybody may read.
//! One clock is read more often than else, for those batches alone; nothing is locked or allocated.
//! Does not know what is answered, nor sockets.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// One batch in so many is measured.
const ONE_IN: u64 = 64;

/// How long answers took.
#[derive(Debug, Default)]
pub struct Latency {
    batches: AtomicU64,
    counts: [AtomicU64; Self::BOUNDS.len() + 1],
    sum_nanos: AtomicU64,
}

/// What was measured of it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Latencies {
    /// Answers that took no longer than each of [`Latency::BOUNDS`] and longer than the one before, last those that
    /// took longer than all.
    pub counts: [u64; Latency::BOUNDS.len() + 1],
    /// All of them together.
    pub sum_nanos: u64,
}

impl Latency {
    /// The bounds of what is counted together.
    pub const BOUNDS: [Duration; 10] = [
        Duration::from_micros(5),
        Duration::from_micros(10),
        Duration::from_micros(25),
        Duration::from_micros(50),
        Duration::from_micros(100),
        Duration::from_micros(250),
        Duration::from_millis(1),
        Duration::from_millis(5),
        Duration::from_millis(25),
        Duration::from_millis(100),
    ];

    /// Whether this batch is one that is measured: the first is, and then one in so many. Writers of one set may
    /// disagree about how many there were, which measures some more or fewer.
    pub(super) fn is_sampled(&self) -> bool {
        let batches = self.batches.load(Relaxed);
        self.batches.store(batches.wrapping_add(1), Relaxed);
        batches.is_multiple_of(ONE_IN)
    }

    /// A batch of so many answers took so long: none of them took longer.
    pub(super) fn count(&self, took: Duration, answers: u64) {
        let at = Self::BOUNDS.partition_point(|bound| *bound < took);
        self.counts[at].fetch_add(answers, Relaxed);
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.sum_nanos.fetch_add(nanos.wrapping_mul(answers), Relaxed);
    }

    /// The numbers up to now.
    pub fn read(&self) -> Latencies {
        let counts = std::array::from_fn(|at| self.counts[at].load(Relaxed));
        Latencies { counts, sum_nanos: self.sum_nanos.load(Relaxed) }
    }
}

impl std::ops::AddAssign for Latencies {
    fn add_assign(&mut self, other: Self) {
        self.counts.iter_mut().zip(other.counts).for_each(|(sum, count)| *sum += count);
        self.sum_nanos = self.sum_nanos.wrapping_add(other.sum_nanos);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_batch_in_so_many_is_measured_and_its_answers_counted() {
        let latency = Latency::default();
        let sampled = (0..3 * ONE_IN).filter(|_| latency.is_sampled()).count();
        assert_eq!(sampled, 3);
        latency.count(Duration::from_micros(10), 5);
        latency.count(Duration::from_secs(1), 1);
        let mut sum = latency.read();
        sum += latency.read();
        assert_eq!((sum.counts[1], sum.counts[Latency::BOUNDS.len()]), (10, 2));
        assert_eq!(sum.sum_nanos, 2 * (50_000 + 1_000_000_000));
    }
}
