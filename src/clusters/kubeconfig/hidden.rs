//! Texts that are shown to nobody.
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

impl<T: Into<Arc<str>>> From<T> for Hidden {
    fn from(text: T) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_not_shown() {
        assert_eq!(format!("{:?}", Hidden::new("token: s3cret")), "(hidden)");
    }
}
