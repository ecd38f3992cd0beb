//! Any octets as a kubeconfig, and as each file that it names: no panic up to the socket, and no secret in words.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use fedns::clusters::fuzzed;

/// Runs once.
pub fn run(octets: &[u8]) {
    fuzzed::kubeconfig(octets);
}
