//! Any octets as what a program prints that gives credentials: no panic up to the socket, and no secret in words.
//!
//! `cargo +nightly fuzz run exec_output`
#![no_main]

use fedns::clusters::api::fuzzed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| fuzzed::exec_output(octets));
