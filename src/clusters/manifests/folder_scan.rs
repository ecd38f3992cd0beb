//! What is seen of a folder, and what reading one of its files gave.
//!
//! In: from the disk. Out: plain values, so that the books in `folder` can be kept, and tested,
//! without a disk or a clock.
//! Does not know how a disk is looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::read::{Contents, Unreadable};

/// Device and number of an inode: which folder or file stands behind a name.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Inode {
    /// The file system.
    pub device: u64,
    /// The number in it.
    pub number: u64,
}

/// What changes whenever a file changes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Stamp {
    /// Which file it is.
    pub inode: Inode,
    /// Its size in octets.
    pub size: u64,
    /// When its content changed, in nanoseconds of the file system's clock.
    pub modified: i128,
    /// When anything of it changed, a rename too.
    pub changed: i128,
}

/// A file of the folder, or of one below it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct FileEntry {
    /// Its path from the folder, such as `shop/web.yaml`. One that can not be looked at may be a
    /// folder.
    pub name: Box<str>,
    /// Its stamp, or why it can not be looked at.
    pub stamp: Result<Stamp, Box<str>>,
    /// How long ago it last changed, by the file system's clock; zero where that is not known.
    pub age: Duration,
}

/// One look at a folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum FolderScan {
    /// The folder is not there; or why it can not be listed.
    Missing(Option<Box<str>>),
    /// Its files, ordered by name, without those that [`is_ignored`].
    Present(Inode, Vec<FileEntry>),
}

/// What the system told of changes since the look before.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hints {
    /// Files that were written to: whether they were closed, or renamed into place, after that.
    pub files: BTreeMap<Box<str>, bool>,
    /// The whole folder, or what its links point to, was renamed into place.
    pub is_swapped: bool,
    /// The same of folders below, by their paths.
    pub swapped: BTreeSet<Box<str>>,
    /// What was removed or renamed away below.
    pub lost: BTreeSet<Box<str>>,
    /// The folder was removed or renamed away at some moment.
    pub is_lost: bool,
}

impl Hints {
    /// Whether a file that was written to was closed after that, or renamed into place; `None` where
    /// nothing is known of it.
    pub fn closed(&self, name: &str) -> Option<bool> {
        let is_swapped = self.is_swapped || self.swapped.iter().any(|it| is_below(name, it));
        self.files.get(name).copied().or(is_swapped.then_some(true))
    }
}

/// Whether a path lies below a folder's.
pub fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// What came of reading a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It could not be opened or read; trying again may help.
    Failed(Box<str>),
    /// Its octets, as of this stamp, and what they mean.
    Read(Stamp, Result<Contents, Unreadable>),
    /// It changed meanwhile.
    Unsettled,
}

/// Whether a file of this name is meant to hold manifests: one that is not, and never held any, is
/// no reason to complain.
pub fn is_manifest(name: &str) -> bool {
    let extension = std::path::Path::new(name).extension();
    let is_it = |found: &std::ffi::OsStr| {
        ["yaml", "yml", "json"].iter().any(|it| found.eq_ignore_ascii_case(it))
    };
    extension.is_none_or(is_it)
}

/// Whether a file or folder of this name is none of ours: hidden, a temporary or a backup of an editor,
/// or what Kustomize and Helm keep beside manifests.
pub fn is_ignored(name: &str) -> bool {
    const TOOLS: [&str; 5] =
        ["Chart.yaml", "Kustomization", "kustomization.yaml", "kustomization.yml", "values.yaml"];
    const ENDINGS: [&str; 8] = ["~", ".swp", ".swx", ".tmp", ".bak", ".orig", ".part", ".swpx"];
    name.starts_with('.')
        || TOOLS.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
        || (name.len() > 1 && name.starts_with('#') && name.ends_with('#'))
}
