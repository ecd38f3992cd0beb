//! Locations as documents show them, and who answers there.
//!
//! In: a location of the map of places, a shard. Out: words, and why the shard does not answer there.
//! Does not know services or names.

use crate::core::name::write_presentation;
use crate::core::selection::{Candidate, LeftOut, Selection};
use crate::core::topology::{Level, Location};

/// The word for a location's level: `zone`, `region` or `global`.
pub(super) fn level(location: &Location) -> &'static str {
    match location.level {
        Level::Zone => "zone",
        Level::Region => "region",
        Level::Global => "global",
    }
}

/// A location as names have it, `zone.region`; empty for the world.
pub(super) fn text(location: &Location) -> String {
    labels_text(&location.wire)
}

/// Labels in wire form as text, without a final dot.
pub(super) fn labels_text(wire: &[u8]) -> String {
    if wire.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    write_presentation(wire, &mut text).expect("writing to a string can not fail");
    text.trim_end_matches('.').to_owned()
}

/// Why a shard does not answer at a location; `None` where it does. A zone-only name stands for
/// several places: who answers at one of them answers.
pub(super) fn left_out(
    selection: &Selection<'_>,
    candidate: &Candidate<'_>,
    location: &Location,
) -> Option<LeftOut> {
    let reasons = location.places.iter().map(|&place| selection.left_out(candidate, place));
    reasons.reduce(|first, next| first.and(next)).flatten()
}
