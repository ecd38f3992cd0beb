//! Permits to read: folders that have much to read do not all read at once.
//!
//! In: how many may read at a time. Out: permits. It spares memory, and lets the first cluster
//! be applied while the next is read. It is a courtesy and never a lock: who has waited long
//! enough reads anyway, so that a folder on a dead file system holds up nobody for long.
//! Does not know files.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for a permit.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a wait looks whether it is still wanted.
const GLANCE: Duration = Duration::from_millis(50);

/// Permits that all folders share.
#[derive(Clone, Debug)]
pub struct ReadPermits {
    shared: Arc<(Mutex<usize>, Condvar)>,
}

/// The right to read; given back when dropped.
#[derive(Debug)]
pub(super) struct ReadPermit {
    permits: ReadPermits,
}

impl ReadPermits {
    /// Lets `count` folders read at a time.
    pub fn new(count: usize) -> Self {
        Self { shared: Arc::new((Mutex::new(count), Condvar::new())) }
    }

    /// Waits for a permit; `None` where patience ran out or `is_over`.
    pub(super) fn take(&self, is_over: impl Fn() -> bool) -> Option<ReadPermit> {
        let (free, given_back) = &*self.shared;
        let end = Instant::now() + PATIENCE;
        let mut count = free.lock().unwrap_or_else(PoisonError::into_inner);
        while *count == 0 {
            if is_over() || Instant::now() >= end {
                return None;
            }
            let waited = given_back.wait_timeout(count, GLANCE);
            (count, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        *count -= 1;
        Some(ReadPermit { permits: self.clone() })
    }
}

impl Default for ReadPermits {
    /// One a core: more would only share them.
    fn default() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, Into::into))
    }
}

impl Drop for ReadPermit {
    fn drop(&mut self) {
        let (free, given_back) = &*self.permits.shared;
        *free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        given_back.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_that_is_given_back_is_taken_again() {
        let permits = ReadPermits::new(1);
        let first = permits.take(|| false);
        assert!(first.is_some());
        assert!(permits.take(|| true).is_none());
        drop(first);
        assert!(permits.take(|| true).is_some());
    }
}
