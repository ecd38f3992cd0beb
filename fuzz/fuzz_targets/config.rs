//! Any text as a configuration: no panic, and every fault can be shown.
//!
//! `cargo +nightly fuzz run config`
#![no_main]

use std::path::Path;

use fedns::config::Config;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    if let Err(faults) = Config::parse(text, Path::new("fedns.yaml")) {
        assert!(faults.count() > 0);
        assert!(!faults.render(false).is_empty());
    }
});
