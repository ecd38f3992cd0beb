//! Any octets as a manifest file: no panic, and an object for each identity.
//!
//! `cargo +nightly fuzz run manifest`
#![no_main]

use fedns::clusters::manifests::read::read;
use foldhash::quality::RandomState;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let hasher = RandomState::default();
    if let Ok(contents) = read("any.yaml", octets, &hasher, &|| false) {
        assert_eq!(contents.objects.len(), contents.identities.len());
    }
});
