//! The folder and its lock.
//!
//! In: a path. Out: whether this process may write there. The lock is the system's (flock on a
//! file called `lock`): it goes with the process that has it, however that one ends.
//! Does not know what is written.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Who may write.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Hold {
    /// This process.
    Ours,
    /// Another one.
    Theirs,
    /// Nobody can tell: why.
    Unusable(String),
}

/// The state folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    lock: Option<File>,
}

impl Folder {
    /// The folder at `path`, which is made when it is first taken.
    pub fn new(path: &Path) -> Self {
        Self { path: path.into(), lock: None }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this process has the lock.
    pub fn is_ours(&self) -> bool {
        self.lock.is_some()
    }

    /// Tries to get the lock, without waiting.
    pub fn take(&mut self) -> Hold {
        if self.is_ours() {
            return Hold::Ours;
        }
        let shown = self.path.display();
        let lock = match open(&self.path) {
            Ok(lock) => lock,
            Err(error) => return Hold::Unusable(format!("{shown} can not be used: {error}")),
        };
        match lock.try_lock() {
            Ok(()) => {
                self.lock = Some(lock);
                Hold::Ours
            }
            Err(TryLockError::WouldBlock) => Hold::Theirs,
            Err(TryLockError::Error(error)) => {
                Hold::Unusable(format!("{shown} can not be locked: {error}"))
            }
        }
    }
}

/// Opens the lock's file, made where it is missing. On a file system that can not be written to,
/// one that is there can still be locked.
fn open(folder: &Path) -> io::Result<File> {
    let path = folder.join("lock");
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder).and_then(|()| {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false).mode(0o600).open(&path)
    });
    made.or_else(|error| File::open(&path).map_err(|_| error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_has_the_folder_and_the_next_one_gets_it_after() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("a/b");
        let (mut first, mut second) = (Folder::new(&path), Folder::new(&path));
        assert_eq!((first.take(), second.take()), (Hold::Ours, Hold::Theirs));
        assert_eq!(first.take(), Hold::Ours);
        drop(first);
        assert_eq!(second.take(), Hold::Ours);
    }

    #[test]
    fn a_file_in_its_place_is_said_to_be_no_folder() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("state");
        std::fs::write(&path, "").expect("a file");
        let Hold::Unusable(why) = Folder::new(&path).take() else { panic!("it is no folder") };
        assert!(why.contains("state can not be used"), "{why}");
    }
}
