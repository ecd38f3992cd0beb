//! Any text as a configuration: no panic, and every fault can be shown.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use std::path::Path;

use fedns::config::Config;

/// Runs once.
pub fn run(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    if let Err(faults) = Config::parse(text, Path::new("fedns.yaml")) {
        assert!(faults.count() > 0);
        assert!(!faults.render(false).is_empty());
    }
}
