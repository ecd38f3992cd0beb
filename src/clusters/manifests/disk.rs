//! The disk: looking at a folder and reading its files.
//!
//! In: a path. Out: [`Sight`]s and [`Outcome`]s. Links are followed everywhere.
//! Does not know what was there before.

use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use foldhash::quality::RandomState;

use super::read::{MAX_FILE, Unreadable, read};
use super::sight::{Entry, Inode, Outcome, Sight, Stamp, is_ignored};

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

/// Looks at the folder at `path`.
pub(super) fn look(path: &Path) -> Sight {
    match try_look(path) {
        Ok(sight) => sight,
        Err(error) if error.kind() == ErrorKind::NotFound => Sight::Missing(None),
        Err(error) => Sight::Missing(Some(error.to_string().into())),
    }
}

fn try_look(path: &Path) -> std::io::Result<Sight> {
    let folder = std::fs::metadata(path)?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_unicode = name.to_str().is_some();
        let name = name.to_string_lossy();
        if is_ignored(&name) {
            continue;
        }
        let (stamp, age) = match std::fs::metadata(entry.path()) {
            // Sub-folders, sockets and pipes are none of ours.
            Ok(metadata) if !metadata.is_file() => continue,
            Ok(_) if !is_unicode => (Err("its name is not UTF-8".into()), Duration::ZERO),
            Ok(metadata) => (Ok(stamp_of(&metadata)), age(&metadata, now)),
            // Listed and gone meanwhile, unless it is a link that leads nowhere.
            Err(_) if !is_link(&entry) => continue,
            Err(error) => (Err(format!("its link leads nowhere: {error}").into()), Duration::ZERO),
        };
        entries.push(Entry { name: name.into(), stamp, age });
    }
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Sight::Present(inode_of(&folder), entries))
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
