//! What the system tells of changes in a folder while nobody looks.
//!
//! In: inotify events of the folder, of those below it and of the one above it. Out: [`Hints`], and a wake-up.
//! Where the system tells nothing, or no longer, looking from time to time must do.
//! Does not know what stands in the folder.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::folder_scan::{Hints, Inode, is_below, is_ignored};

/// Collects hints from the thread that receives events.
#[derive(Debug)]
pub(super) struct FsEvents {
    folder: PathBuf,
    hints: Mutex<Hints>,
    wake: tokio::sync::Notify,
}

impl FsEvents {
    pub(super) fn new(folder: PathBuf) -> Arc<Self> {
        Arc::new(Self { folder, hints: Mutex::default(), wake: tokio::sync::Notify::new() })
    }

    /// Waits for the next event, or for one that came since the last wait.
    pub(super) async fn heard(&self) {
        self.wake.notified().await;
    }

    /// The hints since they were taken last.
    pub(super) fn take(&self) -> Hints {
        std::mem::take(&mut *self.lock())
    }

    /// Whether `name` is being written to: it was, and was not closed after that.
    pub(super) fn is_open(&self, name: &str) -> bool {
        self.lock().files.get(name) == Some(&false)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Hints> {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hear(&self, event: &notify::Result<Event>) {
        let is_news = match event {
            Ok(event) if event.need_rescan() => true,
            Ok(event) => {
                let mut hints = self.lock();
                let mut is_news = false;
                for path in &event.paths {
                    is_news |= self.note(&event.kind, path, &mut hints);
                }
                is_news
            }
            Err(_) => true,
        };
        if is_news {
            self.wake.notify_one();
        }
    }

    /// Whether the event says anything about the folder.
    fn note(&self, kind: &EventKind, path: &Path, hints: &mut Hints) -> bool {
        let closed = match kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(true),
            // Our own reading is heard too.
            EventKind::Access(_) => return false,
            EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(true),
            // Both ends of a rename are told one by one too.
            EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => return false,
            EventKind::Create(_) | EventKind::Modify(ModifyKind::Data(_)) => Some(false),
            _ => None,
        };
        let is_rename = matches!(kind, EventKind::Modify(ModifyKind::Name(RenameMode::To)));
        let is_end = matches!(
            kind,
            EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From))
        );
        if path == self.folder {
            hints.is_swapped |= is_rename;
            hints.is_lost |= is_end;
            return true;
        }
        let Ok(below) = path.strip_prefix(&self.folder) else {
            // The folder above may be removed itself; else its other children are none of ours.
            let is_above = self.folder.parent() == Some(path);
            hints.is_lost |= is_above && is_end;
            return is_above && is_end;
        };
        let Some(below) = below.to_str() else { return true };
        let (folder, name) = below.rsplit_once('/').unwrap_or(("", below));
        if is_ignored(name) {
            // Files of a ConfigMap are links through `..data`, which is swapped as one.
            let is_data = is_rename && name.starts_with("..");
            hints.is_swapped |= is_data && folder.is_empty();
            if is_data && !folder.is_empty() {
                hints.swapped.insert(folder.into());
            }
            return true;
        }
        if let Some(closed) = closed {
            hints.files.insert(below.into(), closed);
        }
        if is_rename {
            // It may be a folder.
            hints.swapped.insert(below.into());
        }
        if is_end || is_rename {
            hints.lost.insert(below.into());
        }
        true
    }
}

/// What listens, and to which folders.
pub(super) struct FsWatcher {
    fs_events: Arc<FsEvents>,
    watcher: Option<RecommendedWatcher>,
    /// The folder and the one above it, with what was found there when it was listened to.
    places: [(PathBuf, Option<Inode>); 2],
    /// The same of the folders below, by their paths from it.
    below: BTreeMap<Box<str>, Inode>,
    has_warned: bool,
}

impl FsWatcher {
    pub(super) fn new(fs_events: Arc<FsEvents>) -> Self {
        let folder = fs_events.folder.clone();
        let above = folder.parent().unwrap_or(&folder).to_owned();
        let places = [(folder, None), (above, None)];
        Self { fs_events, watcher: None, places, below: BTreeMap::new(), has_warned: false }
    }

    /// Listens to what stands at the two places now. `is_lost`: what stood there was removed,
    /// even if its number was given to what stands there now.
    pub(super) fn attend(&mut self, is_lost: bool, inode: impl Fn(&Path) -> Option<Inode>) {
        if is_lost {
            self.below.clear();
        }
        let attended = self.try_attend(is_lost, inode);
        self.warn(attended);
    }

    /// Listens to the folders below too, and no more to those that are none now; `lost` were removed,
    /// whatever stands there now. Gives whether some are new: what happened there before was not
    /// heard.
    pub(super) fn attend_below(
        &mut self,
        folders: &BTreeMap<Box<str>, Inode>,
        lost: &BTreeSet<Box<str>>,
    ) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let folder = &self.fs_events.folder;
        self.below.retain(|name, inode| {
            let is_lost = lost.iter().any(|it| *it == *name || is_below(name, it));
            let stays = folders.get(name) == Some(inode) && !is_lost;
            if !stays {
                // It fails where the folder is gone, and with it the watch.
                watcher.unwatch(&folder.join(&**name)).ok();
            }
            stays
        });
        let (mut has_new, mut result) = (false, Ok(()));
        for (name, inode) in folders {
            if self.below.contains_key(name) {
                continue;
            }
            match watcher.watch(&folder.join(&**name), RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.below.insert(name.clone(), *inode);
                    has_new = true;
                }
                Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                Err(error) => result = Err(error),
            }
        }
        self.warn(result);
        has_new
    }

    fn warn(&mut self, attended: notify::Result<()>) {
        if let Err(error) = attended
            && !std::mem::replace(&mut self.has_warned, true)
        {
            let folder = self.fs_events.folder.display();
            tracing::warn!("{folder}: changes are noticed by looking every 2 s only: {error}");
        }
    }

    fn try_attend(
        &mut self,
        is_lost: bool,
        inode: impl Fn(&Path) -> Option<Inode>,
    ) -> notify::Result<()> {
        let watcher = match &mut self.watcher {
            Some(watcher) => watcher,
            none => {
                let fs_events = Arc::clone(&self.fs_events);
                none.insert(notify::recommended_watcher(move |event| fs_events.hear(&event))?)
            }
        };
        let mut result = Ok(());
        for (path, watched) in &mut self.places {
            let found = inode(path);
            if found == *watched && !is_lost {
                continue;
            }
            if watched.take().is_some() {
                // It fails where the folder is gone, and with it the watch.
                watcher.unwatch(path).ok();
            }
            if found.is_some() {
                match watcher.watch(path, RecursiveMode::NonRecursive) {
                    Ok(()) => *watched = found,
                    Err(error) if matches!(error.kind, notify::ErrorKind::PathNotFound) => {}
                    Err(error) => result = Err(error),
                }
            }
        }
        result
    }
}
