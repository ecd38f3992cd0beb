//! Static zones: master files as they are read and printed, answers held against a naive model, and
//! bounds that hostile files meet.

mod answers;
mod model;
mod texts;

use std::sync::Arc;

use fedns::core::name::Name;
use fedns::core::policy::Policy;
use fedns::core::zone::{Included, Loaded, StaticZone, WrittenZone, load};

/// Reads a zone that includes nothing.
pub(super) fn read(apex: &str, octets: &[u8]) -> Loaded {
    let apex = Name::parse(apex).unwrap();
    let file = Included { file: "test.zone".into(), octets: octets.to_vec() };
    let ours = [apex.clone()];
    load(&apex, file, &ours, &mut |it| Err(format!("there is no file {}", it.path).into()))
}

/// A zone without faults.
pub(super) fn zone(apex: &str, text: &str) -> StaticZone {
    let loaded = read(apex, text.as_bytes());
    loaded.zone.unwrap_or_else(|| panic!("{:?}\n{text}", loaded.findings.faults))
}

/// A policy with static zones alone.
pub(super) fn policy(zones: impl IntoIterator<Item = StaticZone>) -> Policy {
    let written =
        |zone: StaticZone| WrittenZone { apex: zone.apex().clone(), records: Some(Arc::new(zone)) };
    Policy { static_zones: zones.into_iter().map(written).collect(), ..Policy::default() }
}
