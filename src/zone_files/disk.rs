//! Files of static zones on disk.
//!
//! In: paths. Out: octets, bounded; which files are zones'; and what tells that a file is another one now.
//! What is no plain file is not opened, nor is anything outside of the folder. Does not know what is read.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::clusters::file_stamp::Stamp;
use crate::core::name::Name;
use crate::core::zone::Included;

/// The largest file that is read, in octets.
const LARGEST: u64 = 1 << 28;
/// A file that changed less than so long ago may still be being written.
const SETTLED: Duration = Duration::from_millis(200);

/// A file as it was when it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    path: PathBuf,
    stamp: Option<Stamp>,
}

impl Seen {
    pub(super) fn now(path: &Path) -> Self {
        Self { path: path.to_owned(), stamp: Stamp::at(path) }
    }

    /// Whether it still is the same.
    pub(super) fn is_same(&self) -> bool {
        Stamp::at(&self.path) == self.stamp
    }

    /// Whether nobody seems to be writing it. One from the future was copied with its time.
    pub(super) fn is_settled(&self) -> bool {
        let modified = fs::metadata(&self.path).and_then(|it| it.modified());
        modified.map_or(true, |modified| {
            SystemTime::now().duration_since(modified).map_or(true, |age| age >= SETTLED)
        })
    }
}

/// What is in a folder.
#[derive(Debug, Default)]
pub(super) struct FolderContents {
    pub(super) zones: BTreeMap<Name, PathBuf>,
    /// Files that are called like a zone's and are none, and why.
    pub(super) strangers: BTreeMap<PathBuf, String>,
}

/// Looks which zones there are.
pub(super) fn read_folder(path: &Path) -> Result<FolderContents, String> {
    let mut contents = FolderContents::default();
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| error.to_string())? {
        files.push(entry.map_err(|error| error.to_string())?.path());
    }
    // The order in which a file system lists files decides nothing.
    files.sort();
    for file in files {
        let name = file.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        // Editors and Kubernetes keep files of their own beside these, with a dot before their names.
        let Some(apex) = name.strip_suffix(".zone").filter(|it| !it.starts_with('.')) else {
            continue;
        };
        match Name::parse(apex) {
            Err(bad) => {
                let why = format!("{apex} is no domain: {bad}");
                contents.strangers.insert(file, why);
            }
            Ok(apex) => {
                if let Some(first) = contents.zones.get(&apex) {
                    let why = format!("{} is of the same zone, and counts", first.display());
                    contents.strangers.insert(file, why);
                } else {
                    contents.zones.insert(apex, file);
                }
            }
        }
    }
    Ok(contents)
}

/// Reads a file whole.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("can not be read: {error}");
    let metadata = fs::metadata(path).map_err(unreadable)?;
    if !metadata.is_file() {
        return Err("is no file".to_owned());
    }
    let file = fs::File::open(path).map_err(unreadable)?;
    let mut octets = Vec::with_capacity(metadata.len().min(LARGEST) as usize);
    file.take(LARGEST + 1).read_to_end(&mut octets).map_err(unreadable)?;
    if octets.len() as u64 > LARGEST {
        return Err(format!("has more than {LARGEST} octets"));
    }
    Ok(octets)
}

/// An included file.
pub(super) struct FoundFile {
    /// What was looked at.
    pub(super) seen: Option<Seen>,
    pub(super) file: Result<Included, String>,
}

/// Reads a file that `from` includes, a relative path being one from the folder of that. Links may lead to other
/// files of `folder`, and not out of it.
pub(super) fn read_included(folder: &Path, from: &str, written: &str) -> FoundFile {
    let beside = Path::new(from).parent().unwrap_or(folder);
    let path = beside.join(written);
    let refused = |seen, why: String| FoundFile { seen, file: Err(why) };
    let seen = Some(Seen::now(&path));
    let (home, real) = match (folder.canonicalize(), path.canonicalize()) {
        (Ok(home), Ok(real)) => (home, real),
        (Err(error), _) | (_, Err(error)) => {
            return refused(seen, format!("{} can not be read: {error}", path.display()));
        }
    };
    if !real.starts_with(&home) {
        let (path, folder) = (path.display(), folder.display());
        return refused(None, format!("{path} lies outside of {folder}"));
    }
    match read_file(&real) {
        Ok(octets) => {
            let file = path.display().to_string().into();
            FoundFile { seen, file: Ok(Included { file, octets }) }
        }
        Err(why) => refused(seen, format!("{} {why}", path.display())),
    }
}
