//! The books of a manifest folder: from looks and readings to events.
//!
//! In: [`FolderScan`]s of the folder, what reading its files gave, and the time. Out: which files to
//! read, `ClusterEvent`s, and when to look again. Of a file's objects only their identities stay.
//! An object in several files counts in the one that was changed last.
//! Does not know disks, clocks, or what objects mean.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use foldhash::quality::RandomState;

use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{ClusterEvent, Listing};
use crate::core::service::SourceId;
use crate::core::time::Moment;

use super::file::{File, QUIET, Turn, after};
use super::folder_scan::{
    FileEntry, FolderScan, Hints, Inode, Outcome, Stamp, is_below, is_manifest,
};
use super::read::{Contents, conflicts, title};
use super::shared::{differences, first_holders, intersects};

/// A file that is gone is believed to be after so long: editors rename the old one away first.
pub const GONE: Duration = Duration::from_millis(200);
/// The same where the whole folder was replaced: someone may still be filling the new one.
pub const REFILL: Duration = Duration::from_secs(2);

/// How much a folder holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FolderSize {
    /// Files that count.
    pub files: usize,
    /// Objects in them.
    pub objects: usize,
}

/// A manifest folder, as far as it has been seen and read.
#[derive(Debug)]
pub struct Folder {
    path: Box<str>,
    hasher: RandomState,
    files: BTreeMap<Box<str>, File>,
    next_source: u32,
    /// Which folder stood there last.
    inode: Option<Inode>,
    replaced_at: Option<Moment>,
    missing: Option<Box<str>>,
    /// A first scan waits for files that are still being written.
    is_held: bool,
    synced: Option<bool>,
    /// What was said of each subject last.
    said: BTreeMap<Subject, Vec<Flaw>>,
    now: Moment,
    wake: Option<Moment>,
    batch: Batch,
}

/// What one look led to, until it is settled.
#[derive(Debug, Default)]
struct Batch {
    fresh: BTreeMap<Box<str>, Contents>,
    /// Sources of files that are gone.
    removed: Vec<SourceId>,
    /// Identities that a file has gained or lost.
    changed: Vec<u64>,
    /// Files that were asked for because of what others gained or lost.
    asked: BTreeSet<Box<str>>,
}

/// What a batch comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Settled {
    /// It is complete: this is what the folder says.
    Events(Vec<ClusterEvent>),
    /// These files must be read again: what of them counts has changed.
    Read(Vec<Box<str>>),
}

impl Folder {
    /// A folder that has not been looked at; `path` is what complaints call it.
    pub fn new(path: &str) -> Self {
        Self {
            path: path.into(),
            hasher: RandomState::default(),
            files: BTreeMap::new(),
            next_source: 0,
            inode: None,
            replaced_at: None,
            missing: None,
            is_held: false,
            synced: None,
            said: BTreeMap::new(),
            now: Moment::default(),
            wake: None,
            batch: Batch::default(),
        }
    }

    /// What the identities of its objects are made with.
    pub fn hasher(&self) -> RandomState {
        self.hasher.clone()
    }

    /// When to look again at the latest, where waiting alone changes something.
    pub fn wake(&self) -> Option<Moment> {
        self.wake
    }

    /// Whether every file has been read once, or found unreadable.
    pub fn is_synced(&self) -> bool {
        self.synced.is_some()
    }

    /// How many files count, and how many objects they hold.
    pub fn size(&self) -> FolderSize {
        let held = self.files.values().filter_map(|file| file.identities.as_ref());
        let objects = held.map(|identities| identities.len()).sum();
        FolderSize { files: self.files.len(), objects }
    }

    /// Takes in a look at the folder; gives the files to read now. Each of them is to be given to
    /// [`Folder::take`], and then [`Folder::settle`] to be called.
    pub fn look(&mut self, now: Moment, sight: FolderScan, hints: &Hints) -> Vec<Box<str>> {
        (self.now, self.wake, self.is_held) = (now, None, false);
        let (inode, entries) = match sight {
            FolderScan::Present(inode, entries) => (inode, entries),
            FolderScan::Missing(why) => {
                self.miss(match why {
                    Some(why) => format!("{} can not be read: {why}", self.path).into(),
                    None => format!("{} is not there", self.path).into(),
                });
                return Vec::new();
            }
        };
        // What is left of a folder whose file system is unmounted is an empty mount point.
        let is_other_device = self.inode.is_some_and(|before| before.device != inode.device);
        if is_other_device && entries.is_empty() && !self.files.is_empty() {
            self.miss(format!("{}: an empty file system stands there", self.path).into());
            return Vec::new();
        }
        self.missing = None;
        let is_other = hints.is_lost || self.inode.is_some_and(|before| before != inode);
        if is_other && !hints.is_swapped {
            self.replaced_at = Some(now);
        }
        self.inode = Some(inode);
        let moved = self.moved(&entries);
        let mut wanted = Vec::new();
        for entry in &entries {
            match self.look_at(entry, hints) {
                Turn::Rest => {}
                Turn::Read => wanted.push(entry.name.clone()),
                Turn::Wait(until) => self.note_wait(&entry.name, until),
            }
        }
        self.drop_gone(&entries, &moved);
        if self.is_held {
            wanted.clear();
        }
        wanted
    }

    fn miss(&mut self, why: Box<str>) {
        self.missing = Some(why);
        for file in self.files.values_mut() {
            file.gone_since = None;
        }
    }

    fn look_at(&mut self, entry: &FileEntry, hints: &Hints) -> Turn {
        let next_source = &mut self.next_source;
        let file = self.files.entry(entry.name.clone()).or_insert_with(|| {
            let source = SourceId(*next_source);
            *next_source += 1;
            File::new(source)
        });
        file.look(self.now, entry, hints.closed(&entry.name))
    }

    fn note_wait(&mut self, name: &str, until: Option<Moment>) {
        // Facts of half a folder would be worse than none: the first scan waits for all of it.
        let is_pending = self.files.get(name).is_some_and(|file| file.fault.is_none());
        self.is_held |= is_pending && self.synced.is_none();
        self.wake_at(until);
    }

    fn wake_at(&mut self, moment: Option<Moment>) {
        self.wake = self.wake.into_iter().chain(moment).min();
    }

    /// What stands under a name where it did not stand before: a file that is gone elsewhere and
    /// is among these was renamed. A new file may be given a freed inode: the times tell.
    fn moved(&self, entries: &[FileEntry]) -> HashSet<(Inode, u64, i128)> {
        let is_new = |entry: &FileEntry, stamp: &Stamp| {
            let before = self.files.get(&entry.name).and_then(File::stamp);
            before.is_none_or(|before| before.inode != stamp.inode)
        };
        let stamps = entries.iter().filter_map(|entry| {
            let stamp = entry.stamp.as_ref().ok()?;
            is_new(entry, stamp).then_some((stamp.inode, stamp.size, stamp.modified))
        });
        stamps.collect()
    }

    fn drop_gone(&mut self, entries: &[FileEntry], moved: &HashSet<(Inode, u64, i128)>) {
        let refilled = self.replaced_at.map(|replaced| after(replaced, REFILL));
        let mut gone = Vec::new();
        let mut wake = None;
        // What stands in a folder that can not be read may be there still.
        let unread: Vec<&str> =
            entries.iter().filter(|it| it.stamp.is_err()).map(|it| &*it.name).collect();
        for (name, file) in &mut self.files {
            let is_there = entries.binary_search_by(|entry| entry.name.cmp(name)).is_ok();
            if is_there || unread.iter().any(|folder| is_below(name, folder)) {
                continue;
            }
            let since = *file.gone_since.get_or_insert(self.now);
            let believed = after(since, GONE).max(refilled.unwrap_or_default());
            let is_moved = file
                .stamp()
                .is_some_and(|stamp| moved.contains(&(stamp.inode, stamp.size, stamp.modified)));
            if is_moved || self.now >= believed {
                gone.push(name.clone());
            } else {
                wake = wake.into_iter().chain([believed]).min();
            }
        }
        for name in gone {
            if let Some((source, held)) =
                self.files.remove(&name).and_then(|file| Some((file.source, file.identities?)))
            {
                self.batch.removed.push(source);
                self.batch.changed.extend(held);
            }
        }
        self.wake_at(wake);
    }

    /// Takes in what reading a file gave.
    pub fn take(&mut self, name: &str, outcome: Outcome) {
        let Some(file) = self.files.get_mut(name) else { return };
        let mut wake = None;
        match outcome {
            Outcome::Failed(why) => file.fail(why),
            Outcome::Unsettled => {
                file.unsettle();
                wake = Some(after(self.now, QUIET));
            }
            Outcome::Read(stamp, Err(_)) if !is_manifest(name) && file.holds_nothing() => {
                // Logs and notes stand beside manifests.
                file.accept(stamp, Box::default(), Vec::new());
            }
            Outcome::Read(stamp, Err(error)) => file.refuse(stamp, error.to_string().into()),
            Outcome::Read(stamp, Ok(contents)) if contents.is_blank => {
                if let Turn::Wait(until) = file.find_blank(self.now, stamp) {
                    wake = until;
                }
                self.is_held |= file.fault.is_none() && self.synced.is_none();
            }
            Outcome::Read(stamp, Ok(mut contents)) => {
                let mut identities: Box<[u64]> = contents.identities.as_slice().into();
                identities.sort_unstable();
                let before = file.identities.as_deref().unwrap_or_default();
                if file.changed_at() == Some(stamp.modified) {
                    differences(before, &identities, &mut self.batch.changed);
                } else {
                    // Of what others hold too it may count now, or no more.
                    self.batch.changed.extend(before.iter().chain(&identities));
                }
                file.accept(stamp, identities, std::mem::take(&mut contents.flaws));
                self.batch.fresh.insert(name.into(), contents);
            }
        }
        self.wake_at(wake);
    }

    /// Ends a batch, or says what must be read again for it.
    pub fn settle(&mut self) -> Settled {
        let again = self.affected();
        if !again.is_empty() {
            self.batch.asked.extend(again.iter().cloned());
            return Settled::Read(again);
        }
        let listings = self.listings();
        let mut events = Vec::new();
        let wanted = self.flaws();
        let said = std::mem::replace(&mut self.said, wanted);
        // What is taken back goes before the facts and what is new behind them: a Service that
        // can not be used any more is gone first.
        for subject in said.keys().filter(|subject| !self.said.contains_key(*subject)) {
            events.push(ClusterEvent::Flawed(subject.clone(), Vec::new()));
        }
        if !listings.is_empty() {
            events.push(ClusterEvent::Listed(listings));
        }
        for (subject, flaws) in &self.said {
            if said.get(subject) != Some(flaws) {
                events.push(ClusterEvent::Flawed(subject.clone(), flaws.clone()));
            }
        }
        let is_complete =
            self.files.values().all(|file| file.identities.is_some() || file.fault.is_none());
        let is_known = self.missing.is_none() && !self.is_held;
        if is_known && self.synced != Some(is_complete) {
            self.synced = Some(is_complete);
            events.push(ClusterEvent::Synced { is_complete });
        }
        Settled::Events(events)
    }

    /// Files that hold what another file has gained or lost, so that other objects of theirs
    /// count now, or the file that counts is another one.
    fn affected(&mut self) -> Vec<Box<str>> {
        self.batch.changed.sort_unstable();
        self.batch.changed.dedup();
        let batch = &self.batch;
        let is_affected = |name: &str, file: &File| {
            let held = file.identities.as_deref().unwrap_or_default();
            !batch.fresh.contains_key(name)
                && !batch.asked.contains(name)
                && file.is_current()
                && intersects(held, &batch.changed)
        };
        let affected = self.files.iter().filter(|(name, file)| is_affected(name, file));
        affected.map(|(name, _)| name.clone()).collect()
    }

    /// The files in the order in which they count: what was changed last first, and of what was
    /// changed at once by name.
    fn ranks(&self) -> Vec<Box<str>> {
        let mut ranks: Vec<_> = self.files.iter().collect();
        ranks.sort_by_key(|(name, file)| (Reverse(file.changed_at()), *name));
        ranks.into_iter().map(|(name, _)| name.clone()).collect()
    }

    /// What the files of the batch hold now, without what counts elsewhere.
    fn listings(&mut self) -> Vec<Listing> {
        let mut batch = std::mem::take(&mut self.batch);
        let ranks = self.ranks();
        let (mut fresh, mut others) = (Vec::new(), Vec::new());
        for (rank, name) in ranks.iter().enumerate() {
            let Some(file) = self.files.get(name) else { continue };
            let held = file.identities.as_deref().unwrap_or_default();
            if batch.fresh.contains_key(name) { &mut fresh } else { &mut others }
                .push((rank, held));
        }
        let first = first_holders(&fresh, &others);
        let mut listings: Vec<Listing> = Vec::new();
        listings
            .extend(batch.removed.iter().map(|&source| Listing { source, objects: Vec::new() }));
        let mut by_name: Vec<(usize, &Box<str>)> = ranks.iter().enumerate().collect();
        by_name.sort_by_key(|(_, name)| *name);
        for ((rank, name), file) in by_name.into_iter().zip(self.files.values_mut()) {
            let Some(mut contents) = batch.fresh.remove(name) else { continue };
            let mut lost = Vec::new();
            let mut identities = contents.identities.iter();
            contents.objects.retain(|object| {
                let holder = identities.next().and_then(|identity| first.get(identity));
                let counts = holder.is_none_or(|&holder| holder == rank);
                if let (false, Some(&holder)) = (counts, holder) {
                    lost.push((title(object), ranks[holder].clone()));
                }
                counts
            });
            file.conflicts = conflicts(lost.into_iter());
            listings.push(Listing { source: file.source, objects: contents.objects });
        }
        listings
    }

    /// All that is wrong now.
    fn flaws(&self) -> BTreeMap<Subject, Vec<Flaw>> {
        let mut flaws: BTreeMap<Subject, Vec<Flaw>> = BTreeMap::new();
        let mut add = |subject: Subject, flaw: &Flaw| {
            let of_subject = flaws.entry(subject).or_default();
            if !of_subject.contains(flaw) {
                of_subject.push(flaw.clone());
            }
        };
        if let Some(why) = &self.missing {
            add(Subject::Folder, &Flaw::FolderMissing(why.clone()));
        }
        for (name, file) in &self.files {
            for flaw in file.fault.iter().chain(&file.conflicts) {
                add(Subject::File(name.clone()), flaw);
            }
            for (subject, flaw) in &file.flaws {
                add(subject.clone(), flaw);
            }
        }
        flaws
    }
}

#[cfg(test)]
mod tests;
