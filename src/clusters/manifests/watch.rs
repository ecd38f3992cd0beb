//! The task that watches a manifest folder.
//!
//! In: a path, and what the system tells of it. Out: the folder's `ClusterEvent`s on a channel;
//! where that is full, it waits. It ends when it is cancelled or nobody receives any more.
//! Does not know what becomes of the events.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::core::count::Count;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::time::Moment;
use crate::panics::away;

use super::disk;
use super::folder::{Folder, FolderSize, Settled};
use super::fs_events::{FsEvents, FsWatcher};
use super::read_permits::ReadPermits;

/// Changes that follow each other faster than this are looked at together.
const QUIET: Duration = Duration::from_millis(25);
/// However fast they follow, they are looked at after so long.
const PATIENCE: Duration = Duration::from_millis(200);
/// File systems without events are looked at so often; the others too, in case one was lost.
const RESCAN: Duration = Duration::from_secs(2);
/// At most one line of progress in so long.
const PROGRESS: Duration = Duration::from_secs(1);

/// Looks at a folder in a row, as long as new ones are found below it.
const LOOKS: usize = 4;

/// Octets from which on reading waits for its turn.
const MUCH: u64 = 1 << 20;

/// Watches the manifest folder at `path` and tells all its changes as events of `cluster`, until
/// `cancel` fires or the channel is closed. `permits` are shared with the other folders. Nothing that it began goes on after it returns.
///
/// # Panics
/// Where reading panicked: a defect, which whoever runs this confines.
pub async fn watch<S: From<(Label, ClusterEvent)> + Send + 'static>(
    path: PathBuf,
    events: Sender<S>,
    cluster: Label,
    permits: ReadPermits,
    cancel: CancellationToken,
) {
    let mut watch = Box::new(Watch::new(path, permits, cancel.clone()));
    let fs_events = Arc::clone(&watch.fs_events);
    loop {
        let round = away(move || {
            let said = watch.round();
            (watch, said)
        });
        // Not raced against `cancel`: reading sees it too, and must not go on alone.
        let Some((back, said)) = round.await else { return };
        watch = back;
        for event in said {
            let sent =
                cancel.run_until_cancelled(events.send((cluster.clone(), event).into())).await;
            if !matches!(sent, Some(Ok(()))) {
                return;
            }
        }
        let wait = wait(&fs_events, watch.next_look());
        if cancel.run_until_cancelled(wait).await.is_none() {
            return;
        }
    }
}

/// Waits until `next`, or for a change and the quiet after it.
async fn wait(fs_events: &FsEvents, next: Instant) {
    if tokio::time::timeout_at(next.into(), fs_events.heard()).await.is_err() {
        return;
    }
    let patience = Instant::now() + PATIENCE;
    loop {
        let quiet = (Instant::now() + QUIET).min(patience);
        if tokio::time::timeout_at(quiet.into(), fs_events.heard()).await.is_err() {
            return;
        }
        if Instant::now() >= patience {
            return;
        }
    }
}

/// The folder with all that looks at it. Everything here may block.
struct Watch {
    path: PathBuf,
    shown: String,
    folder: Folder,
    fs_events: Arc<FsEvents>,
    fs_watcher: FsWatcher,
    permits: ReadPermits,
    cancel: CancellationToken,
    started: Instant,
    looked: Instant,
    told: Instant,
    octets: u64,
}

impl Watch {
    fn new(path: PathBuf, permits: ReadPermits, cancel: CancellationToken) -> Self {
        let shown = path.display().to_string();
        // Events name absolute paths. It only fails for an empty path, which is no folder.
        let path = std::path::absolute(&path).unwrap_or(path);
        let fs_events = FsEvents::new(path.clone());
        let now = Instant::now();
        Self {
            folder: Folder::new(&shown),
            shown,
            fs_watcher: FsWatcher::new(Arc::clone(&fs_events)),
            path,
            fs_events,
            permits,
            cancel,
            started: now,
            looked: now,
            told: now,
            octets: 0,
        }
    }

    fn next_look(&self) -> Instant {
        let rescan = self.looked + RESCAN;
        self.folder.wake().map_or(rescan, |wake| rescan.min(self.started + wake.0))
    }

    /// Looks once, and reads what has changed.
    fn round(&mut self) -> Vec<ClusterEvent> {
        self.looked = Instant::now();
        let was_synced = self.folder.is_synced();
        let hints = self.fs_events.take();
        self.fs_watcher.attend(hints.is_lost || hints.is_swapped, disk::inode);
        let mut look = disk::look(&self.path);
        let mut lost = hints.lost.clone();
        // A folder that is new may have been filled before anyone listened there.
        for _ in 0..LOOKS {
            if !self.fs_watcher.attend_below(&look.folders, &std::mem::take(&mut lost)) {
                break;
            }
            look = disk::look(&self.path);
        }
        let now = Moment(self.started.elapsed());
        let mut wanted = self.folder.look(now, look.sight, &hints);
        loop {
            self.read(&wanted);
            if self.cancel.is_cancelled() {
                return Vec::new();
            }
            match self.folder.settle() {
                Settled::Read(again) => wanted = again,
                Settled::Events(events) => {
                    if !was_synced && self.folder.is_synced() {
                        self.tell_synced();
                    }
                    return events;
                }
            }
        }
    }

    fn read(&mut self, wanted: &[Box<str>]) {
        let hasher = self.folder.hasher();
        let cancel = self.cancel.clone();
        let all: u64 = wanted.iter().map(|name| octets_of(&self.path, name)).sum();
        let _turn = (all >= MUCH).then(|| self.permits.take(|| cancel.is_cancelled()));
        // Progress is for readings that last; most are over before anyone could read of them.
        self.told = Instant::now();
        for (count, name) in wanted.iter().enumerate() {
            if cancel.is_cancelled() {
                return;
            }
            self.tell_progress(count, wanted.len());
            let is_open = || self.fs_events.is_open(name);
            let stop = || cancel.is_cancelled();
            let outcome = disk::read_file(&self.path, name, &hasher, is_open, &stop);
            self.octets += octets_of(&self.path, name);
            self.folder.take(name, outcome);
        }
    }

    fn tell_progress(&mut self, count: usize, total: usize) {
        if self.told.elapsed() >= PROGRESS {
            self.told = Instant::now();
            let (shown, size) = (&self.shown, Octets(self.octets));
            tracing::info!("reading {shown}: {count} of {total} files, {size}");
        }
    }

    fn tell_synced(&self) {
        let FolderSize { files, objects } = self.folder.size();
        let (shown, size, took) = (&self.shown, Octets(self.octets), self.looked.elapsed());
        let (objects, files) = (Count(objects, "object"), Count(files, "file"));
        tracing::info!("{shown}: {objects} in {files}, {size}, read in {took:.1?}");
    }
}

/// A number of octets as people read it.
struct Octets(u64);

impl fmt::Display for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            octets if octets >= 1_000_000 => write!(f, "{} MB", octets / 1_000_000),
            octets if octets >= 1000 => write!(f, "{} kB", octets / 1000),
            octets => write!(f, "{octets} octets"),
        }
    }
}

fn octets_of(path: &Path, name: &str) -> u64 {
    std::fs::metadata(path.join(name)).map_or(0, |metadata| metadata.len())
}
