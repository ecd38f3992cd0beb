//! The disk: looking at a folder and those below it, and reading their files.
//!
//! In: a path. Out: [`Look`]s and [`Outcome`]s. Links are followed everywhere; a folder that several
//! paths lead to is looked at once.
//! Does not know what was there before.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foldhash::quality::RandomState;

use super::folder_scan::{FileEntry, FolderScan, Inode, Outcome, Stamp, is_ignored};
use super::read::{MAX_FILE, Unreadable, read};

/// Which file or folder stands behind `path` now.
pub(super) fn inode(path: &Path) -> Option<Inode> {
    std::fs::metadata(path).ok().map(|metadata| inode_of(&metadata))
}

fn inode_of(metadata: &Metadata) -> Inode {
    Inode { device: metadata.dev(), number: metadata.ino() }
}

fn stamp_of(metadata: &Metadata) -> Stamp {
    let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
    Stamp {
        inode: inode_of(metadata),
        size: metadata.len(),
        modified: time(metadata.mtime(), metadata.mtime_nsec()),
        changed: time(metadata.ctime(), metadata.ctime_nsec()),
    }
}

/// Folders are looked at this deep below the manifest folder, and at most so many of them.
const MOST_DEPTH: usize = 16;
const MOST_FOLDERS: usize = 10_000;
/// Most files of one manifest folder.
const MOST_FILES: usize = 1_000_000;

/// What is seen of a manifest folder.
#[derive(Debug)]
pub(super) struct Look {
    /// The folder and all files.
    pub(super) sight: FolderScan,
    /// The folders below it, by their paths.
    pub(super) folders: BTreeMap<Box<str>, Inode>,
}

/// Looks at the folder at `path` and at those below it.
pub(super) fn look(path: &Path) -> Look {
    let mut walk = Walk::default();
    let sight = match walk.run(path) {
        Ok(inode) => {
            walk.entries.sort_by(|a, b| a.name.cmp(&b.name));
            FolderScan::Present(inode, walk.entries)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => FolderScan::Missing(None),
        Err(error) => FolderScan::Missing(Some(error.to_string().into())),
    };
    Look { sight, folders: walk.folders }
}

/// A walk through a manifest folder.
#[derive(Debug, Default)]
struct Walk {
    /// The manifest folder, without links.
    root: PathBuf,
    entries: Vec<FileEntry>,
    folders: BTreeMap<Box<str>, Inode>,
    /// Folders that are still to be looked at, those that links lead to apart: what has a place of
    /// its own is called after that.
    next: Vec<Box<str>>,
    linked: VecDeque<Box<str>>,
    seen: HashSet<Inode>,
}

impl Walk {
    fn run(&mut self, path: &Path) -> std::io::Result<Inode> {
        let root = inode_of(&std::fs::metadata(path)?);
        self.root = std::fs::canonicalize(path)?;
        self.seen.insert(root);
        self.list(path, "")?;
        while let Some(name) = self.next.pop().or_else(|| self.linked.pop_front()) {
            if let Err(why) = self.enter(path, &name) {
                // Its files stay what they were: not seeing them is not seeing that they are gone.
                self.entries.push(FileEntry { name, stamp: Err(why), age: Duration::ZERO });
            }
        }
        Ok(root)
    }

    /// Looks at a folder below, unless another path led there.
    fn enter(&mut self, path: &Path, name: &str) -> Result<(), Box<str>> {
        let of_folder =
            |error: std::io::Error| format!("the folder can not be read: {error}").into();
        let place = path.join(name);
        let inode = match std::fs::metadata(&place) {
            Ok(metadata) => inode_of(&metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(of_folder(error)),
        };
        if !self.seen.insert(inode) {
            return Ok(());
        }
        if name.matches('/').count() >= MOST_DEPTH {
            return Err(format!("the folder lies deeper than {MOST_DEPTH} others").into());
        }
        if self.folders.len() >= MOST_FOLDERS || self.entries.len() >= MOST_FILES {
            let why = "more folders or files than are read stand before it";
            return Err(format!("{why} ({MOST_FOLDERS} and {MOST_FILES})").into());
        }
        match self.list(&place, &format!("{name}/")) {
            Ok(()) => {
                self.folders.insert(name.into(), inode);
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(of_folder(error)),
        }
    }

    /// Whether a link leads to a folder that the manifest folder lies in: others stand there too, whose
    /// manifests are not this cluster's.
    fn leads_above(&self, link: &Path) -> bool {
        std::fs::canonicalize(link).is_ok_and(|target| self.root.starts_with(target))
    }

    /// Lists one folder, whose path from the manifest folder is `before`.
    fn list(&mut self, folder: &Path, before: &str) -> std::io::Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let is_unicode = name.to_str().is_some();
            let name = name.to_string_lossy();
            if is_ignored(&name) {
                continue;
            }
            let name: Box<str> = format!("{before}{name}").into();
            let (stamp, age) = match std::fs::metadata(entry.path()) {
                Ok(metadata) if !metadata.is_file() && !metadata.is_dir() => continue,
                Ok(_) if !is_unicode => (Err("its name is not UTF-8".into()), Duration::ZERO),
                Ok(metadata) if metadata.is_dir() => {
                    if !is_link(&entry) {
                        self.next.push(name);
                    } else if !self.leads_above(&entry.path()) {
                        self.linked.push_back(name);
                    }
                    continue;
                }
                Ok(metadata) => (Ok(stamp_of(&metadata)), age(&metadata, now)),
                // Listed and gone meanwhile, unless it is a link that leads nowhere.
                Err(_) if !is_link(&entry) => continue,
                Err(error) => {
                    (Err(format!("its link leads nowhere: {error}").into()), Duration::ZERO)
                }
            };
            self.entries.push(FileEntry { name, stamp, age });
        }
        Ok(())
    }
}

fn is_link(entry: &std::fs::DirEntry) -> bool {
    std::fs::symlink_metadata(entry.path()).is_ok_and(|metadata| metadata.is_symlink())
}

fn age(metadata: &Metadata, now: Duration) -> Duration {
    let stamp = stamp_of(metadata);
    let changed = u64::try_from(stamp.modified.max(stamp.changed)).unwrap_or(0);
    now.saturating_sub(Duration::from_nanos(changed))
}

/// Reads the file called `name` in the folder at `path`. `is_open` tells, after the reading,
/// whether someone was seen to write meanwhile; `stop` whether nobody waits any more.
pub(super) fn read_file(
    path: &Path,
    name: &str,
    hasher: &RandomState,
    is_open: impl Fn() -> bool,
    stop: &dyn Fn() -> bool,
) -> Outcome {
    let (stamp, octets) = match octets(&path.join(name)) {
        Ok(Some(read)) => read,
        Ok(None) => return Outcome::Unsettled,
        Err(error) if error.kind() == ErrorKind::NotFound => return Outcome::Unsettled,
        Err(error) => return Outcome::Failed(error.to_string().into()),
    };
    if is_open() {
        return Outcome::Unsettled;
    }
    let Some(octets) = octets else {
        let why = format!("it has {} octets, more than {MAX_FILE}; split it", stamp.size);
        return Outcome::Read(stamp, Err(Unreadable { line: 0, column: 0, why: why.into() }));
    };
    Outcome::Read(stamp, read(name, &octets, hasher, stop))
}

/// A file's octets, unless it is too large, and their stamp; nothing where it changed meanwhile.
fn octets(path: &Path) -> std::io::Result<Option<(Stamp, Option<Vec<u8>>)>> {
    let mut file = File::open(path)?;
    let before = stamp_of(&file.metadata()?);
    if before.size > MAX_FILE {
        return Ok(Some((before, None)));
    }
    let mut octets = Vec::with_capacity(usize::try_from(before.size).unwrap_or_default() + 1);
    Read::by_ref(&mut file).take(before.size + 1).read_to_end(&mut octets)?;
    let is_same = stamp_of(&file.metadata()?) == before && octets.len() as u64 == before.size;
    Ok(is_same.then_some((before, Some(octets))))
}
