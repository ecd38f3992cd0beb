//! The file in which operators say what is drained and pinned: read at the start, and when it changes.
//!
//! In: a path, and the state folder. Out: what is said, or why that is not known now. What is lost, can not be read or
//! has a fault releases nothing: the last good copy holds, of this run or of one before it. Does not know what
//! follows from what is said.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::clusters::file_stamp::Stamp;
use crate::config::parse_overrides;
use crate::controller::OverridesRead;
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::overrides::Override;
use crate::descriptors;
use crate::state_dir::{keep_overrides, kept_overrides};

use super::reload::{SETTLED, look};

/// The file of overrides, as it was seen last.
#[derive(Debug)]
pub(super) struct OverridesFile {
    path: PathBuf,
    state_dir: Option<PathBuf>,
    /// Its stamp; `None` while it is not there.
    seen: Option<Stamp>,
    /// Whether what it says is known, from itself or from a copy.
    is_known: bool,
}

impl OverridesFile {
    /// The file at `path`, with what it says now.
    pub(super) fn open(path: &Path, state_dir: Option<&Path>) -> (Self, OverridesRead) {
        let mut file = Self {
            path: path.into(),
            state_dir: state_dir.map(Into::into),
            seen: None,
            is_known: false,
        };
        let read = file.read();
        (file, read)
    }

    /// Whether it is the file at `path`.
    pub(super) fn is_at(&self, path: &Path) -> bool {
        self.path == path
    }

    /// What it says, where it is another file than was seen last, and written in whole.
    pub(super) fn news(&mut self) -> Option<OverridesRead> {
        let glance = look(&self.path);
        let is_new = glance.as_ref().map(|it| it.stamp) != self.seen;
        let age = |modified| SystemTime::now().duration_since(modified);
        let is_whole = glance.is_none_or(|it| age(it.modified).map_or(true, |age| age >= SETTLED));
        // While the system has no descriptor for it, nothing is said of what it holds.
        (is_new && is_whole && !descriptors::are_gone(&self.path)).then(|| self.read())
    }

    fn read(&mut self) -> OverridesRead {
        self.seen = look(&self.path).map(|it| it.stamp);
        let why = match std::fs::read_to_string(&self.path) {
            Ok(text) => match parse_overrides(&text, &self.path) {
                Ok(said) => return self.take(&text, said),
                Err(faults) => faults.render(false),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // It was never there: nobody has said anything yet.
                if !self.is_known && self.copy().is_none() {
                    let path = self.path.display();
                    tracing::info!("{path} is not there yet: nothing is drained or pinned by it");
                    self.is_known = true;
                    return OverridesRead { said: Some(Vec::new()), complaint: None };
                }
                "it is gone".to_owned()
            }
            Err(error) => format!("it can not be read: {error}"),
        };
        self.hold(why)
    }

    /// It says this now.
    fn take(&mut self, text: &str, said: Vec<Override>) -> OverridesRead {
        self.is_known = true;
        let kept = self.state_dir.as_deref().map(|folder| keep_overrides(folder, text));
        if let Some(Err(error)) = kept {
            let path = self.path.display();
            tracing::warn!("no copy of {path} is kept in the state folder: {error}");
        }
        OverridesRead { said: Some(said), complaint: None }
    }

    /// What it says is not known now: what it said last holds.
    fn hold(&mut self, why: String) -> OverridesRead {
        let copy = if self.is_known { None } else { self.copy() };
        self.is_known |= copy.is_some();
        let why = why.into();
        let flaw =
            if self.is_known { Flaw::OverridesUnread(why) } else { Flaw::OverridesUnknown(why) };
        let subject = Subject::Overrides(self.path.display().to_string().into());
        OverridesRead { said: copy, complaint: Some(Complaint { cluster: None, subject, flaw }) }
    }

    /// What an earlier run kept of it.
    fn copy(&self) -> Option<Vec<Override>> {
        let text = kept_overrides(self.state_dir.as_deref()?)?;
        let path = self.path.display();
        let parsed = text.and_then(|text| {
            parse_overrides(&text, &self.path).map_err(|faults| faults.render(false))
        });
        parsed.map_err(|why| tracing::warn!("the copy of {path} can not be used: {why}")).ok()
    }
}
