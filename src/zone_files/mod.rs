//! The folder of static zones: `<apex>.zone` in it is the master file of an apex.
//!
//! In: a folder. Out: static zones for [`Policy`](crate::core::policy::Policy), and complaints. A file that can not be used leaves
//! its zone as it was; one that is gone takes its zone away, once the folder itself was read. Files that others
//! include lie in the folder too, and a change of them reads the zone again.
//! Does not know what stands in a master file.

mod disk;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::Config;
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::count::Count;
use crate::core::name::Name;
use crate::core::zone::{Findings, Included, StaticZone, WrittenZone, load};

use disk::{Seen, read_file, read_folder, read_included};

/// The folder of static zones.
#[derive(Debug)]
pub struct ZoneFolder {
    path: PathBuf,
    /// Why the folder can not be read.
    fault: Option<String>,
    /// Files that are no zone's, and why.
    strangers: BTreeMap<PathBuf, String>,
    zones: BTreeMap<Name, ZoneFile>,
    /// The domains that were served when zones were read.
    ours: Vec<Name>,
}

/// The file of a zone.
#[derive(Debug)]
struct ZoneFile {
    path: PathBuf,
    /// The last records that could be used.
    records: Option<Arc<StaticZone>>,
    /// What is wrong with the file as it is now, and what is odd.
    findings: Findings,
    /// The files that were read, or looked for.
    seen: Vec<Seen>,
}

impl ZoneFolder {
    /// The folder of a configuration, read; `None` where it has none. What is found is put into the configuration.
    pub fn load(config: &mut Config) -> Option<Self> {
        let mut folder = Self::new(config.zones_dir.as_deref()?);
        folder.read(&domains(config));
        folder.give(config);
        Some(folder)
    }

    /// A folder that was not read.
    fn new(path: &Path) -> Self {
        let (strangers, zones, ours) = Default::default();
        Self { path: path.to_owned(), fault: None, strangers, zones, ours }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what has changed in the folder, and everything where other domains are served than before. Gives
    /// whether anything was read anew or went.
    pub fn read(&mut self, domains: &[Name]) -> bool {
        let found = match read_folder(&self.path) {
            Ok(found) => found,
            Err(why) => return self.fault.replace(why.clone()) != Some(why),
        };
        let mut has_changed = self.fault.take().is_some() || found.strangers != self.strangers;
        self.strangers = found.strangers;
        let mut ours: Vec<Name> = domains.iter().chain(found.zones.keys()).cloned().collect();
        ours.sort();
        ours.dedup();
        let is_all = ours != self.ours;
        self.ours = ours;
        let before = self.zones.len();
        self.zones.retain(|apex, _| found.zones.contains_key(apex));
        has_changed |= self.zones.len() != before;
        for (apex, path) in found.zones {
            let known = self.zones.get(&apex);
            let is_same =
                known.is_some_and(|it| it.path == path && it.seen.iter().all(Seen::is_same));
            if is_same && !is_all {
                continue;
            }
            has_changed = true;
            let records = known.and_then(|it| it.records.clone());
            let zone = self.read_zone(&apex, path, records);
            self.zones.insert(apex, zone);
        }
        has_changed
    }

    fn read_zone(&self, apex: &Name, path: PathBuf, before: Option<Arc<StaticZone>>) -> ZoneFile {
        let mut seen = vec![Seen::now(&path)];
        let file = match read_file(&path) {
            Ok(octets) => Included { file: path.display().to_string().into(), octets },
            Err(why) => {
                let findings = Findings::of_file(&path.display().to_string(), &why);
                return ZoneFile { path, records: before, findings, seen };
            }
        };
        let loaded = load(apex, file, &self.ours, &mut |wanted| {
            let found = read_included(&self.path, wanted.from, wanted.path);
            seen.extend(found.seen);
            found.file.map_err(Into::into)
        });
        let records = loaded.zone.map(Arc::new);
        // One that says the same as before is the same.
        let records = match (records, before) {
            (Some(now), Some(before)) if *now == *before => Some(before),
            (now, before) => now.or(before),
        };
        ZoneFile { path, records, findings: loaded.findings, seen }
    }

    /// Puts what was found into a configuration.
    pub fn give(&self, config: &mut Config) {
        let zones = self.zones.iter();
        config.policy.static_zones = zones
            .map(|(apex, zone)| WrittenZone { apex: apex.clone(), records: zone.records.clone() })
            .collect();
        config.zone_complaints = self.complaints();
    }

    /// Whether something in it is another thing than when it was read, and written in whole.
    pub fn has_changed(&self) -> bool {
        let found = match read_folder(&self.path) {
            // Of what it holds nothing is known then.
            Err(why) => return self.fault.as_ref() != Some(&why),
            Ok(found) => found,
        };
        let is_known = |apex: &Name, path: &PathBuf| {
            self.zones.get(apex).is_some_and(|zone| zone.path == *path)
        };
        let new: Vec<Seen> = found
            .zones
            .iter()
            .filter(|it| !is_known(it.0, it.1))
            .map(|(_, path)| Seen::now(path))
            .collect();
        let has_gone = self.zones.keys().any(|apex| !found.zones.contains_key(apex));
        let mut seen = self.zones.values().flat_map(|zone| &zone.seen);
        let is_other = has_gone
            || !new.is_empty()
            || self.fault.is_some()
            || found.strangers != self.strangers
            || seen.clone().any(|it| !it.is_same());
        let is_settled = |seen: &Seen| seen.is_same() || seen.is_settled();
        is_other && seen.all(is_settled) && new.iter().all(Seen::is_settled)
    }

    /// What is wrong in it.
    pub fn complaints(&self) -> Vec<Complaint> {
        let complaint = |path: &Path, flaw| {
            let subject = Subject::Zone(path.display().to_string().into());
            Complaint { cluster: None, subject, flaw }
        };
        let folder = self
            .fault
            .iter()
            .map(|why| complaint(&self.path, Flaw::ZoneFolderUnread(why.as_str().into())));
        let strangers = self.strangers.iter().map(|(path, why)| {
            let first = why.as_str().into();
            complaint(path, Flaw::ZoneFileRefused { faults: 1, first, is_kept: true })
        });
        let faulty = self.zones.values().filter_map(|zone| {
            let first = zone.findings.faults.first()?.to_string().into();
            let (faults, is_kept) = (zone.findings.fault_count(), zone.records.is_some());
            Some(complaint(&zone.path, Flaw::ZoneFileRefused { faults, first, is_kept }))
        });
        folder.chain(strangers).chain(faulty).collect()
    }

    /// The faults of files, as many as are told, each with its line.
    pub fn faults(&self) -> Vec<String> {
        let folder = self.fault.iter().map(|why| format!("{}: {why}", self.path.display()));
        let strangers =
            self.strangers.iter().map(|(path, why)| format!("{}: {why}", path.display()));
        let of_zones = self.zones.values().flat_map(|zone| {
            let Findings { faults, more_faults, .. } = &zone.findings;
            let more = (*more_faults > 0)
                .then(|| format!("{}: {} more", zone.path.display(), Count(*more_faults, "fault")));
            faults.iter().map(|fault| format!("{fault:#}")).chain(more)
        });
        folder.chain(strangers).chain(of_zones).collect()
    }

    /// How many faults there are.
    pub fn fault_count(&self) -> usize {
        let of_zones = self.zones.values().map(|zone| zone.findings.fault_count()).sum::<usize>();
        usize::from(self.fault.is_some()) + self.strangers.len() + of_zones
    }

    /// What is odd in files and does no harm, as much as is told.
    pub fn notices(&self) -> Vec<String> {
        let of_zones = self.zones.values().flat_map(|zone| {
            let Findings { notices, more_notices, .. } = &zone.findings;
            let more = (*more_notices > 0).then(|| {
                format!("{}: {} more", zone.path.display(), Count(*more_notices, "notice"))
            });
            notices.iter().map(ToString::to_string).chain(more)
        });
        of_zones.collect()
    }

    /// Each zone in a line.
    pub fn summary(&self) -> Vec<String> {
        let line = |(apex, zone): (&Name, &ZoneFile)| match &zone.records {
            None => format!("static zone {apex} can not be used: its names are SERVFAIL"),
            Some(records) => {
                let (names, count) = (records.name_count(), records.records().count());
                let (records, names) = (Count(count, "record"), Count(names, "name"));
                format!("static zone {apex}: {records} at {names}")
            }
        };
        self.zones.iter().map(line).collect()
    }
}

/// The domains of a configuration's federations.
pub fn domains(config: &Config) -> Vec<Name> {
    config.policy.federations.iter().map(|federation| federation.domain.clone()).collect()
}
