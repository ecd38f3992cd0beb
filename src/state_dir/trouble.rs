//! Writing that fails: why, and when it is tried again.
//!
//! In: failures, one after the other. Out: until when to rest, twice as long each time up to a limit.
//! Does not know what is written.

use std::time::Duration;

use tokio::time::Instant;

/// How soon writing is tried again after it failed for the first time.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// And how late at most.
const LAST_RETRY: Duration = Duration::from_secs(300);

/// Writing has failed.
#[derive(Debug)]
pub(super) struct Trouble {
    /// Why, in words.
    pub(super) why: String,
    /// How long to rest after it, and until when.
    rest: Duration,
    pub(super) until: Instant,
}

impl Trouble {
    /// What follows from a failure, after `former` ones.
    pub(super) fn after(former: Option<&Self>, why: String) -> Self {
        let rest = former.map_or(FIRST_RETRY, |it| (it.rest * 2).min(LAST_RETRY));
        Self { why, rest, until: Instant::now() + rest }
    }
}
