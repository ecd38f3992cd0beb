//! `fuzz/targets/list_body.rs` with inputs of libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fedns_fuzz::list_body::run(octets));
