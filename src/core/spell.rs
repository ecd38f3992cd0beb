//! How long something lasts, as people read it.
//!
//! In: a duration. Out: text, such as `42 s` or `3 h`: the largest unit of which there are two or more.
//! Does not know what lasts.

use std::fmt;
use std::time::Duration;

/// A duration as people read it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Spell(pub Duration);

impl fmt::Display for Spell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let units = [(86_400, "days"), (3600, "h"), (60, "min")];
        let found = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
        let (unit, word) = found.unwrap_or((1, "s"));
        write!(f, "{} {word}", seconds / unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_unit_of_which_there_are_two() {
        let text = |seconds| Spell(Duration::from_secs(seconds)).to_string();
        assert_eq!([text(0), text(119), text(120)], ["0 s", "119 s", "2 min"]);
        assert_eq!([text(7200), text(172_800)], ["2 h", "2 days"]);
    }
}
