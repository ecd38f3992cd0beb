//! `fuzz/targets/exec_output.rs` with inputs of libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fedns_fuzz::exec_output::run(octets));
