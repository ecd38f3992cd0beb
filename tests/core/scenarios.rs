//! Scenarios: every story in `tests/scenarios/` is played, and what was answered is set against
//! what stands in it. `UPDATE_EXPECT=1 cargo test --test core scenarios::` writes the answers anew.
//! The language is described in `tests/support/story.rs`.

use crate::story;
use crate::support;
use std::panic::catch_unwind;
use std::path::Path;

#[test]
fn every_story_ends_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<_> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "story"));
    paths.sort();
    assert!(!paths.is_empty(), "{} has no stories", folder.display());
    let mut faults = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        match catch_unwind(|| story::play(&text)) {
            Ok(played) => faults.extend(support::expect::check(&path, &text, &played).err()),
            Err(_) => faults.push(format!("{} can not be played, see above", path.display())),
        }
    }
    assert!(
        faults.is_empty(),
        "{} stories end otherwise; UPDATE_EXPECT=1 writes them anew\n\n{}",
        faults.len(),
        faults.join("\n")
    );
}
