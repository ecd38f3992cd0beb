//! What is wrong with credentials, and where that stands.
//!
//! In: a source, a line and a column, and words. Out: a sentence that repeats nothing of what stands
//! there: a slip of one character makes any part of such a file a part of its secrets.
//! Does not know what was expected.

use std::fmt;
use std::sync::Arc;

/// A place in a file, or in what takes the place of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Spot {
    /// What it is called.
    source: Arc<str>,
    /// From 1; 0 where lines mean nothing to anybody.
    line: usize,
    /// From 1, in characters.
    column: usize,
}

impl Spot {
    pub(super) fn new(source: &Arc<str>, line: usize, column: usize) -> Self {
        Self { source: Arc::clone(source), line, column }
    }

    /// A fault that is seen here.
    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        Fault {
            source: Some(Arc::clone(&self.source)),
            spot: Some(self.clone()),
            what: what.into(),
        }
    }
}

/// Something that can not be used, in words that repeat nothing of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    source: Option<Arc<str>>,
    spot: Option<Spot>,
    what: String,
}

impl Fault {
    /// One that stands nowhere.
    pub fn new(what: impl Into<String>) -> Self {
        Self { source: None, spot: None, what: what.into() }
    }

    /// One of a source as a whole.
    pub fn of(source: &Arc<str>, what: impl Into<String>) -> Self {
        Self { source: Some(Arc::clone(source)), spot: None, what: what.into() }
    }

    /// The same place with other words.
    pub(super) fn instead(self, what: &str) -> Self {
        Self { what: what.to_owned(), ..self }
    }

    /// What is wrong and at which line, without the name of the file.
    pub fn inside(&self) -> String {
        match &self.spot {
            Some(Spot { line: line @ 1.., column, .. }) => {
                format!("line {line}, column {column}: {}", self.what)
            }
            Some(_) | None => self.what.clone(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = self.source.as_deref().filter(|source| !source.is_empty()) {
            write!(f, "{source}: ")?;
        }
        f.write_str(&self.inside())
    }
}
