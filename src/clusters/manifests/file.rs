//! A file of a manifest folder: when what it says is a fact, and what it said last.
//!
//! In: looks at it, hints, and outcomes of reading it. Out: whether to read, to wait, or neither.
//! A file that is empty, or still being written, says nothing: its last content stays.
//! Does not know other files.

use std::time::Duration;

use crate::core::complaint::{Flaw, Subject};
use crate::core::service::SourceId;
use crate::core::time::Moment;

use super::folder_scan::{FileEntry, Stamp};

/// A file that was neither closed nor renamed into place counts as written after so long a quiet.
pub(super) const QUIET: Duration = Duration::from_millis(200);
/// A file that stays unfinished for so long is complained about.
pub(super) const OVERDUE: Duration = Duration::from_secs(1);
/// File systems keep times in ticks: what is read within one may change without a new stamp.
const TICK: Duration = Duration::from_millis(50);

/// What to do with a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Turn {
    /// Nothing: what it holds has been read, or can not be.
    Rest,
    /// Read it.
    Read,
    /// Look again at that moment, or whenever something changes.
    Wait(Option<Moment>),
}

/// What is known of a file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) source: SourceId,
    /// Sorted identities of what it last held; `None` while it has never been readable.
    pub(super) identities: Option<Box<[u64]>>,
    /// Why what it holds now is not known.
    pub(super) fault: Option<Flaw>,
    /// What is wrong with its last good content.
    pub(super) flaws: Vec<(Subject, Flaw)>,
    /// What of it counts elsewhere.
    pub(super) conflicts: Vec<Flaw>,
    pub(super) gone_since: Option<Moment>,
    /// The stamp of what was read last, and whether its content might change without a new one.
    read: Option<(Stamp, bool)>,
    /// The stamp seen last, and when it was new.
    seen: Option<(Stamp, Moment)>,
    age: Duration,
    is_blank: bool,
    is_closed: bool,
    waiting_since: Option<Moment>,
}

pub(super) fn after(moment: Moment, time: Duration) -> Moment {
    Moment(moment.0 + time)
}

impl File {
    pub(super) fn new(source: SourceId) -> Self {
        Self {
            source,
            identities: None,
            fault: None,
            flaws: Vec::new(),
            conflicts: Vec::new(),
            gone_since: None,
            read: None,
            seen: None,
            age: Duration::ZERO,
            is_blank: false,
            is_closed: false,
            waiting_since: None,
        }
    }

    /// The stamp seen last.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        self.seen.map(|(stamp, _)| stamp)
    }

    /// When what was read last was changed, in nanoseconds of the file system's clock.
    pub(super) fn changed_at(&self) -> Option<i128> {
        self.read.map(|(stamp, _)| stamp.modified)
    }

    /// Whether it has never held an object.
    pub(super) fn holds_nothing(&self) -> bool {
        self.identities.as_ref().is_none_or(|held| held.is_empty())
    }

    /// Whether reading it again would give what it gave last.
    pub(super) fn is_current(&self) -> bool {
        let read = self.read.map(|(stamp, _)| stamp);
        self.fault.is_none() && self.gone_since.is_none() && read.is_some() && read == self.stamp()
    }

    /// Takes in a look at it. `closed` says of a file that was written to since the last look
    /// whether it was closed, or renamed into place, after that.
    pub(super) fn look(&mut self, now: Moment, entry: &FileEntry, closed: Option<bool>) -> Turn {
        self.gone_since = None;
        self.age = entry.age;
        let stamp = match &entry.stamp {
            Ok(stamp) => *stamp,
            Err(why) => {
                self.fault = Some(Flaw::FileUnreadable(why.clone()));
                (self.read, self.seen, self.waiting_since) = (None, None, None);
                return Turn::Rest;
            }
        };
        let since = match self.seen {
            Some((seen, since)) if seen == stamp => since,
            _ => {
                self.is_closed = false;
                now
            }
        };
        self.seen = Some((stamp, since));
        self.is_closed = closed.unwrap_or(self.is_closed);
        let is_read = self
            .read
            .is_some_and(|(read, is_young)| read == stamp && !(is_young && closed.is_some()));
        if is_read && !self.is_blank {
            self.waiting_since = None;
            return Turn::Rest;
        }
        let quiet = entry.age.max(now.0.saturating_sub(since.0));
        if !is_read && stamp.size > 0 && (self.is_closed || quiet >= QUIET) {
            return Turn::Read;
        }
        self.wait(now, (!is_read && stamp.size > 0).then(|| after(now, QUIET - quiet.min(QUIET))))
    }

    fn wait(&mut self, now: Moment, settled: Option<Moment>) -> Turn {
        let overdue = after(*self.waiting_since.get_or_insert(now), OVERDUE);
        if now < overdue {
            return Turn::Wait(Some(settled.map_or(overdue, |settled| settled.min(overdue))));
        }
        self.fault = Some(Flaw::FileUnfinished);
        Turn::Wait(settled)
    }

    /// It changed while it was read: what was read is forgotten.
    pub(super) fn unsettle(&mut self) {
        (self.read, self.seen) = (None, None);
    }

    /// It could not be read; the next look tries again.
    pub(super) fn fail(&mut self, why: Box<str>) {
        (self.read, self.waiting_since) = (None, None);
        self.fault = Some(Flaw::FileUnreadable(why));
    }

    /// It was read and makes no sense.
    pub(super) fn refuse(&mut self, stamp: Stamp, why: Box<str>) {
        self.note_read(stamp);
        self.waiting_since = None;
        self.fault = Some(Flaw::FileUnreadable(why));
    }

    /// It was read and is nothing but white space, which is no fact.
    pub(super) fn find_blank(&mut self, now: Moment, stamp: Stamp) -> Turn {
        self.note_read(stamp);
        self.is_blank = true;
        self.wait(now, None)
    }

    /// It was read and holds what these identify, sorted.
    pub(super) fn accept(
        &mut self,
        stamp: Stamp,
        identities: Box<[u64]>,
        flaws: Vec<(Subject, Flaw)>,
    ) {
        self.note_read(stamp);
        (self.fault, self.waiting_since) = (None, None);
        (self.identities, self.flaws) = (Some(identities), flaws);
    }

    fn note_read(&mut self, stamp: Stamp) {
        self.read = Some((stamp, self.age < TICK));
        self.is_blank = false;
    }
}
