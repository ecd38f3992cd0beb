//! Any octets as a manifest file: no panic, and an object for each identity.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use fedns::clusters::manifests::read::read;
use foldhash::quality::RandomState;

/// Runs once.
pub fn run(octets: &[u8]) {
    let hasher = RandomState::default();
    if let Ok(contents) = read("any.yaml", octets, &hasher, &|| false) {
        assert_eq!(contents.objects.len(), contents.identities.len());
    }
}
