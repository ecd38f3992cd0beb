//! What operators say of which shards answer, as it comes in.
//!
//! In: what the file of overrides says, or why that is not known. Out: ground state that follows it; readiness that
//! waits for it where nothing was ever known. Does not know where the file is.

use crate::core::complaint::Complaint;
use crate::core::overrides::Override;
use crate::core::state::{Changes, Teller};

use super::Controller;

/// What came of reading what operators say.
#[derive(Clone, Debug, Default)]
pub struct OverridesRead {
    /// All that is said; `None` where what was said before holds.
    pub said: Option<Vec<Override>>,
    /// What is wrong with it.
    pub complaint: Option<Complaint>,
}

impl OverridesRead {
    /// Whether nothing is known of what is said: not even a copy.
    pub(super) fn is_unknown(&self) -> bool {
        self.said.is_none() && self.complaint.is_some()
    }
}

impl Controller {
    /// Takes in what is said, without publishing what that changed.
    pub(super) fn take_overrides(&mut self, read: OverridesRead) -> Changes {
        let mut changes = Changes::default();
        if let Some(said) = read.said {
            // Whoever waits for it hears of it by what is told of a header.
            changes.has_header |= std::mem::take(&mut self.lacks_overrides);
            changes.merge(self.state.set_overrides(self.clock.reading(), said));
        }
        changes.merge(self.state.complain(Teller::Overrides, read.complaint.into_iter().collect()));
        changes
    }
}
