//! From the files of a zone to the zone, or to all that is wrong with them.
//!
//! In: an apex, the octets of its file, and whoever reads included files. Out: [`Loaded`].
//! Does not know where files are.

use super::check::check;
use super::data::StaticZone;
use super::finding::{Finding, Findings};
use super::reader::{Include, Included, Reader};
use crate::core::name::Name;

/// What the files of a zone come to.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The zone; `None` where the files have faults.
    pub zone: Option<StaticZone>,
    /// What is wrong with them, and what is odd.
    pub findings: Findings,
    /// The files that were read, the zone's own first.
    pub files: Vec<Box<str>>,
}

/// Reads a zone. `ours` are the domains that are served here: an ALIAS leads to a name in one of them. `include`
/// is asked for files that others include, each time anew.
pub fn load(apex: &Name, file: Included, ours: &[Name], include: &mut Include<'_>) -> Loaded {
    let name = file.file.clone();
    let mut reader = Reader::new(apex, include);
    reader.read(file, 0);
    let records = check(&mut reader, ours);
    let files = reader.files().map(Into::into).collect();
    let mut findings = reader.findings;
    let is_whole = findings.faults.is_empty();
    let zone = is_whole.then(|| StaticZone::new(apex, &records)).flatten();
    if is_whole && zone.is_none() {
        findings.fault(|| Finding::of_file(&name, "the zone is too large"));
    }
    Loaded { zone, findings, files }
}
