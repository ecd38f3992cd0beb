//! Any octets as a state file: no panic, and what is read can be restored.
//!
//! Checksums stop nearly all of what chance makes, so the octets are taken as sections too, which
//! are given good checksums: a tag, a length of two octets, what stands in it.
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use std::sync::Arc;
use std::time::Duration;

use fedns::core::name::Label;
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::state::{Kept, Serials, State, read_services};
use fedns::core::state_file::{Encoder, Kind};
use fedns::core::time::Now;

fn sections(mut octets: &[u8], kind: Kind) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::start(kind, &mut out);
    while let [tag, low, high, rest @ ..] = octets {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        encoder.section((*tag).max(1), &rest[..length], &mut out);
        octets = &rest[length..];
    }
    encoder.end(&mut out);
    out
}

fn restore(file: Vec<u8>, journal: &[u8]) {
    let Ok(mut kept) = Kept::read(file, &ClusterPolicy::default()) else { return };
    _ = kept.add(journal, &ClusterPolicy::default());
    let mut state = State::new(Arc::new(Policy::default()), Now::default(), Duration::ZERO);
    let name: Label = kept.head.cluster.clone();
    state.register(name, ClusterPolicy::default());
    state.restore(&[kept]);
}

/// Runs once.
pub fn run(octets: &[u8]) {
    let part = sections(octets, Kind::Journal);
    let journal = [&(part.len() as u32).to_le_bytes()[..], &part, octets].concat();
    restore(octets.to_vec(), &journal);
    restore(sections(octets, Kind::Cluster), octets);
    _ = read_services(octets);
    _ = read_services(&sections(octets, Kind::Services));
    _ = Serials::read(octets);
    _ = Serials::read(&sections(octets, Kind::Serials));
}
