//! Any octets as a Secret of a registry: no panic up to the socket, and no secret in words.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use fedns::clusters::fuzzed;

/// Runs once.
pub fn run(octets: &[u8]) {
    fuzzed::secret(octets);
}
