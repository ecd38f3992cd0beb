//! `fuzz/targets/master_file.rs` with inputs of libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fedns_fuzz::master_file::run(octets));
