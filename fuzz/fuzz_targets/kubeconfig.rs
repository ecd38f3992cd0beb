//! `fuzz/targets/kubeconfig.rs` with inputs of libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| fedns_fuzz::kubeconfig::run(octets));
