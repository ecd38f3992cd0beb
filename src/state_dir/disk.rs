//! Files that are replaced whole or not at all.
//!
//! In: octets, piece by piece. Out: a file under its name, written and synced before it stood
//! there; the one before it stays as `NAME.previous`. Whenever the process or the machine stops,
//! one of the two is whole. Does not know what is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::previous;

/// The ending of files that are being written.
const UNFINISHED: &str = ".new";

/// A file being written. One that is not finished is removed.
#[derive(Debug)]
pub(super) struct Replacement {
    folder: PathBuf,
    name: String,
    file: File,
    octets: u64,
    is_finished: bool,
}

impl Replacement {
    /// Begins the file that is to stand as `name` in `folder`.
    pub(super) fn begin(folder: &Path, name: &str) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(folder.join(format!("{name}{UNFINISHED}")))?;
        let (folder, name) = (folder.into(), name.into());
        Ok(Self { folder, name, file, octets: 0, is_finished: false })
    }

    /// Adds octets.
    pub(super) fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.octets += octets.len() as u64;
        self.file.write_all(octets)
    }

    /// Puts the file in its place; gives how many octets it has.
    pub(super) fn finish(mut self) -> io::Result<u64> {
        self.file.sync_all()?;
        let at = self.folder.join(&self.name);
        match fs::rename(&at, self.folder.join(previous(&self.name))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::rename(self.unfinished(), at)?;
        self.is_finished = true;
        // The names are the folder's own, and synced with it.
        File::open(&self.folder)?.sync_all()?;
        Ok(self.octets)
    }

    fn unfinished(&self) -> PathBuf {
        self.folder.join(format!("{}{UNFINISHED}", self.name))
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.is_finished {
            // What can not be removed is removed at the next start.
            _ = fs::remove_file(self.unfinished());
        }
    }
}

/// Adds octets behind a file, which is made where there is none, and syncs them.
pub(super) fn append(path: &Path, octets: &[u8]) -> io::Result<()> {
    let is_new = !path.exists();
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    file.write_all(octets)?;
    file.sync_all()?;
    match path.parent().filter(|_| is_new) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Removes what a process left that was stopped while it wrote.
pub(super) fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.ends_with(&format!(".state{UNFINISHED}"))) {
            _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, octets: &[u8]) {
        let mut file = Replacement::begin(folder, "x.state").expect("room");
        file.write(octets).expect("room");
        file.finish().expect("room");
    }

    #[test]
    fn the_file_before_stays_and_an_unfinished_one_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let read = |name: &str| fs::read(path.join(name)).ok();
        write(path, b"one");
        assert_eq!((read("x.state"), read("x.state.previous")), (Some(b"one".into()), None));
        write(path, b"two");
        drop(Replacement::begin(path, "x.state").expect("room"));
        assert_eq!(read("x.state").as_deref(), Some(&b"two"[..]));
        assert_eq!(read("x.state.previous").as_deref(), Some(&b"one"[..]));
        assert_eq!(fs::read_dir(path).expect("the folder").count(), 2);
        fs::write(path.join("y.state.new"), "").expect("room");
        remove_unfinished(path);
        assert_eq!(fs::read_dir(path).expect("the folder").count(), 2);
    }
}
