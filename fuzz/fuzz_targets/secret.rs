//! Any octets as a Secret of a registry: no panic up to the socket, and no secret in words.
//!
//! `cargo +nightly fuzz run secret`
#![no_main]

use fedns::clusters::api::fuzzed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| fuzzed::secret(octets));
