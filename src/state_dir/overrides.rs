//! The last good copy of what operators said: without it a start would release all that they drained, as soon as their
//! own file is lost or can not be read.
//!
//! In: the text of a file of overrides that had no fault. Out: a file, and back. Whoever has read the file anew keeps
//! it, also beside the process that has the folder: both have read the same. Does not know what the text says.

use std::fs;
use std::io;
use std::path::Path;

use crate::core::state_file::{Encoder, Kind, Unusable, sections};

use super::disk::Replacement;

/// The file.
const OVERRIDES: &str = "overrides.state";
/// The section of the file.
const TEXT: u8 = 1;

/// Keeps the text of a file of overrides in the state folder.
///
/// # Errors
/// What the disk says.
pub fn keep_overrides(folder: &Path, text: &str) -> io::Result<()> {
    let mut out = Vec::new();
    let mut encoder = Encoder::start(Kind::Overrides, &mut out);
    encoder.section(TEXT, text.as_bytes(), &mut out);
    encoder.end(&mut out);
    fs::create_dir_all(folder)?;
    let mut file = Replacement::begin(folder, OVERRIDES)?;
    file.write(&out)?;
    file.finish().map(|_| ())
}

/// The text that was kept there; `None` where none ever was.
///
/// # Errors
/// Says why it can not be used.
pub fn kept_overrides(folder: &Path) -> Option<Result<String, String>> {
    let octets = match fs::read(folder.join(OVERRIDES)) {
        Ok(octets) => octets,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(error.to_string())),
    };
    Some(text_of(&octets).map_err(|unusable| unusable.to_string()))
}

fn text_of(octets: &[u8]) -> Result<String, Unusable> {
    let found = sections(octets, Kind::Overrides)?;
    let text = found.into_iter().find(|(tag, _)| *tag == TEXT);
    let damaged = Unusable::Damaged("a section does not say what it should");
    let (_, at) = text.ok_or_else(|| damaged.clone())?;
    String::from_utf8(octets[at].to_vec()).map_err(|_| damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_what_is_damaged_does_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        assert_eq!(kept_overrides(path), None);
        for text in ["overrides: []", ""] {
            keep_overrides(path, text).expect("room");
            assert_eq!(kept_overrides(path), Some(Ok(text.to_owned())));
        }
        fs::write(path.join(OVERRIDES), "torn").expect("room");
        assert!(matches!(kept_overrides(path), Some(Err(_))));
    }
}
