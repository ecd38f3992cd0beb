//! Any octets as a kubeconfig: no panic up to the socket, and no secret in words.
//!
//! `cargo +nightly fuzz run kubeconfig`
#![no_main]

use fedns::clusters::api::fuzzed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| fuzzed::kubeconfig(octets));
