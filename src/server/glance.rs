//! A look at a file: which state of it stands there, and whether it was written in whole.
//!
//! In: a path. Out: a [`Glance`]. Does not know what the file holds.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::clusters::file_stamp::Stamp;

/// A file that changed less than so long ago may still be being written.
const SETTLED: Duration = Duration::from_millis(200);

/// What a look at a file shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glance {
    pub(super) stamp: Stamp,
    modified: SystemTime,
}

impl Glance {
    /// Whether it is not being written now. One from the future was copied with its time, or a clock was set back
    /// since.
    pub(super) fn is_settled(&self) -> bool {
        let age = SystemTime::now().duration_since(self.modified);
        age.map_or(true, |age| age >= SETTLED)
    }
}

/// Looks at a file; `None` where it is not there.
pub(super) fn look(path: &Path) -> Option<Glance> {
    let metadata = std::fs::metadata(path).ok()?;
    Some(Glance { stamp: Stamp::of(&metadata), modified: metadata.modified().ok()? })
}
