//! The file in which operators say what is drained and pinned: read at the start, and when it changes.
//!
//! In: a path, and the state folder. Out: what is said, or why that is not known now. What is lost, can not be read or
//! has a fault releases nothing: the last good copy holds, of this run or of one before it. Does not know what
//! follows from what is said.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tokio::sync::mpsc::UnboundedReceiver;

use crate::clusters::file_stamp::Stamp;
use crate::config::{Config, Faults, Position, parse_overrides};
use crate::controller::OverridesRead;
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::count::Count;
use crate::core::overrides::Override;
use crate::descriptors;
use crate::state_dir::{keep_overrides, kept_overrides};

use super::glance::look;

/// The record of what operators said.
const RECORD: &str = "overrides.log";

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
        let is_new = glance.map(|it| it.stamp) != self.seen;
        let is_whole = glance.is_none_or(|it| it.is_settled());
        // While the system has no descriptor for it, nothing is said of what it holds.
        (is_new && is_whole && !descriptors::are_gone(&self.path)).then(|| self.read())
    }

    fn read(&mut self) -> OverridesRead {
        self.seen = look(&self.path).map(|it| it.stamp);
        let why = match std::fs::read_to_string(&self.path) {
            Ok(text) => match parse_overrides(&text, &self.path) {
                Ok(said) => return self.take(&text, said),
                Err(faults) => {
                    let path = self.path.display();
                    tracing::error!("{path} can not be used, and releases nothing:");
                    faults.render(false).lines().for_each(|line| tracing::error!("{line}"));
                    sentence(&faults)
                }
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                // It was never there: nobody has said anything yet.
                if !self.is_known && !self.was_kept() {
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

    /// Whether an earlier run kept anything of it, of use or not.
    fn was_kept(&self) -> bool {
        self.state_dir.as_deref().is_some_and(|folder| kept_overrides(folder).is_some())
    }

    /// What an earlier run kept of it.
    fn copy(&self) -> Option<Vec<Override>> {
        let text = kept_overrides(self.state_dir.as_deref()?)?;
        let path = self.path.display();
        let parsed = text.and_then(|text| {
            parse_overrides(&text, &self.path).map_err(|faults| sentence(&faults))
        });
        parsed.map_err(|why| tracing::warn!("the copy of {path} can not be used: {why}")).ok()
    }
}

/// What is wrong with a file, in one line: the first fault, and how many there are.
fn sentence(faults: &Faults) -> String {
    let first = faults.iter().next();
    let at = first.and_then(|fault| faults.position(fault));
    let at = at.map(|Position { line, .. }| format!("line {line}: ")).unwrap_or_default();
    let title = first.map(|fault| fault.title.as_str()).unwrap_or_default();
    format!("{}: {at}{title}", Count(faults.count(), "fault"))
}

/// Where it is recorded what operators said: beside their file, else in the state folder; `None` where there is neither.
pub(super) fn record_of(config: &Config) -> Option<PathBuf> {
    let beside = config.overrides_file.as_deref().and_then(Path::parent);
    beside.or(config.state_dir.as_deref()).map(|folder| folder.join(RECORD))
}

/// Adds lines to the record, until nobody says any more.
pub(super) fn record(path: &Path, mut lines: UnboundedReceiver<String>) {
    while let Some(line) = lines.blocking_recv() {
        let mut options = OpenOptions::new();
        options.append(true).create(true).mode(0o600);
        let written =
            options.open(path).and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
        if let Err(error) = written {
            tracing::warn!("{}: {error}; not recorded: {line}", path.display());
        }
    }
}
