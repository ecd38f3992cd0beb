//! What is held of a Secret, and shown to nobody.
//!
//! In: texts. Out: the same texts for those who need them; `Debug` says nothing of them.
//! Does not know what they say.

use std::fmt;
use std::sync::Arc;

/// A text that is not shown.
#[derive(Clone, Eq, PartialEq)]
pub struct Hidden(Arc<str>);

impl Hidden {
    /// Hides a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text, for who needs it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// A kubeconfig that is held in memory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// Its text.
    pub kubeconfig: Hidden,
    /// The context; the current one where `None`.
    pub context: Option<Box<str>>,
    /// Whether programs that it names may be run.
    pub allow_exec: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_not_shown() {
        let held =
            Held { kubeconfig: Hidden::new("token: s3cret"), context: None, allow_exec: false };
        assert!(!format!("{held:?}").contains("s3cret"));
    }
}
