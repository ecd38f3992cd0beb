//! Any octets as a master file: no panic; a file that is refused says why, and one that is not is read again as it
//! is printed, each name is found, and whatever is asked of it keeps the law of replies.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use std::sync::Arc;
use std::time::Duration;

use fedns::core::name::{Name, write_presentation};
use fedns::core::policy::Policy;
use fedns::core::zone::{Included, Loaded, StaticZone, WrittenZone, load, print, type_name};

use super::support::Sim;
use super::support::packet::Ask;

fn read(octets: &[u8]) -> Loaded {
    let apex = Name::parse("example.com").unwrap();
    let file = |octets: &[u8]| Included { file: "fuzz.zone".into(), octets: octets.to_vec() };
    let ours = [apex.clone()];
    load(&apex, file(octets), &ours, &mut |_| Ok(file(b"included A 192.0.2.1\n")))
}

fn printed(zone: &StaticZone) -> String {
    let mut text = String::new();
    for record in zone.records() {
        write_presentation(&record.owner, &mut text).unwrap();
        let (number, ttl) = (record.record_type.0, record.ttl);
        text.push_str(&format!(" {ttl} {} {}\n", type_name(number), print(number, record.data)));
    }
    text
}

/// Runs once.
pub fn run(octets: &[u8]) {
    let Loaded { zone, findings, files } = read(octets);
    assert_eq!(zone.is_none(), findings.fault_count() > 0);
    assert!(!files.is_empty());
    findings.faults.iter().for_each(|it| assert!(!format!("{it:#}").is_empty()));
    let Some(zone) = zone else { return };
    let again = read(printed(&zone).as_bytes());
    assert_eq!(again.zone.as_ref(), Some(&zone), "{:?}", again.findings);
    let mut names: Vec<Vec<u8>> = zone.nodes().map(|node| node.name()).collect();
    names.truncate(20);
    let written = WrittenZone { apex: zone.apex().clone(), records: Some(Arc::new(zone)) };
    let policy = Policy { static_zones: vec![written.clone()], ..Policy::default() };
    let mut sim = Sim::new(policy, Duration::ZERO);
    for name in names {
        let records = written.records.as_ref().unwrap();
        assert!(records.find(&name).unwrap().is_exact);
        for record_type in ["A", "ANY", "SOA", "MX", "DS"] {
            let mut ask = Ask::new("example.com", record_type);
            ask.name.clone_from(&name);
            assert!(sim.ask(&ask).len() >= 12);
        }
    }
}
