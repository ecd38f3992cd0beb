//! What is held of a Secret, and shown to nobody.
//!
//! In: a kubeconfig, and what its Secret says of it. Out: the same for those who need it.
//! Does not know what it says.

use super::hidden::Hidden;

/// A kubeconfig that is held in memory.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Held {
    /// Its text.
    pub kubeconfig: Hidden,
    /// Whether the text was made of something else: then nobody can look at its lines.
    pub is_made: bool,
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
        let held = Held {
            kubeconfig: "token: s3cret".into(),
            is_made: false,
            context: None,
            allow_exec: false,
        };
        assert!(!format!("{held:?}").contains("s3cret"));
    }
}
