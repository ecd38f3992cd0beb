//! What operators say of which shards answer, as it comes in.
//!
//! In: what the file of overrides says, or why that is not known. Out: ground state that follows it; readiness that
//! waits for it where nothing was ever known; a line for each that begins or ends, for whoever keeps those.
//! Does not know where the file is.

use serde_json::json;
use tokio::sync::mpsc;

use crate::core::complaint::Complaint;
use crate::core::overrides::Override;
use crate::core::state::{Changes, OverrideTurn, Teller};
use crate::core::time::rfc3339;

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
    /// Lines that say which overrides come into force from now on, and which end: each a JSON object.
    pub fn override_lines(&mut self) -> mpsc::UnboundedReceiver<String> {
        let (lines, taken) = mpsc::unbounded_channel();
        self.override_lines = Some(lines);
        taken
    }

    /// Has it recorded which overrides came into force, and which ended.
    pub(super) fn record_overrides(&self, changes: &Changes) {
        let Some(lines) = &self.override_lines else { return };
        let at = rfc3339(self.clock.unix_seconds());
        // Nobody takes them when the process is ending.
        changes.overrides.iter().for_each(|turn| _ = lines.send(line(turn, &at)));
    }

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

/// What became of an override, as the record has it.
fn line(OverrideTurn { of, begins }: &OverrideTurn, at: &str) -> String {
    let turn = if *begins { "begins" } else { "ends" };
    let line = json!({
        "at": at,
        "turn": turn,
        "id": of.id,
        "what": of.action.to_string(),
        "until": of.until.map(rfc3339),
        "since": of.since.map(rfc3339),
        "reason": of.reason,
        "by": of.by,
        "source": of.source.as_str(),
    });
    line.to_string()
}
