//! Reading the folder at the start, before anything is served.
//!
//! In: the clusters that are configured. Out: what was kept of them. A file that is damaged, of
//! another version or of another source is complained about, and the one before it is tried;
//! files of clusters that are not configured are not looked at. Files are read by as many threads
//! as there are cores: that decides how long a restart takes. Does not know how facts are used.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::config::{ClusterEntry, SourceIdentity};
use crate::core::complaint::{Complaint, Flaw};
use crate::core::history::KeptEvents;
use crate::core::name::Label;
use crate::core::state::{Kept, KeptServices, ResumePoints, Serials, read_services};
use crate::core::state_file::Unusable;

use super::registrations::Registrations;
use super::{EVENTS, REGISTRATIONS, SERIALS, SERVICES, complaint, file_of, journal, previous};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// What was kept of clusters.
    pub clusters: Vec<Kept>,
    /// What was kept by service.
    pub services: KeptServices,
    /// Serials.
    pub serials: Serials,
    /// What changed, and when.
    pub events: KeptEvents,
    /// Files that can not be used.
    pub refused: Vec<RefusedFile>,
}

impl Found {
    /// From where the watches of clusters can go on.
    pub fn resume_points(&self) -> BTreeMap<Label, ResumePoints> {
        let later = &self.serials.later_versions;
        let points = |kept: &Kept| Some((kept.head.cluster.clone(), kept.resume_points(later)?));
        self.clusters.iter().filter_map(points).collect()
    }
}

/// What was found of registries.
#[derive(Debug, Default)]
pub struct FoundRegistrations {
    /// The clusters that they had registered.
    pub registrations: Registrations,
    /// The file, where it can not be used.
    pub refused: Vec<RefusedFile>,
}

/// A file that can not be used.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct RefusedFile {
    /// Its name in the folder, or that of the one that came after it.
    pub name: String,
    /// Why.
    pub complaint: Complaint,
}

/// Reads all that is kept in a folder of these clusters.
pub fn read(folder: &Path, clusters: &[ClusterEntry]) -> Found {
    let found = Mutex::new(Found::default());
    let next = AtomicUsize::new(0);
    let work = || {
        while let Some(entry) = clusters.get(next.fetch_add(1, Ordering::Relaxed)) {
            let one = read_cluster(folder, entry);
            let mut found = found.lock().unwrap_or_else(|broken| broken.into_inner());
            found.clusters.extend(one.clusters);
            found.refused.extend(one.refused);
        }
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(clusters.len());
    thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
    let mut found = found.into_inner().unwrap_or_else(|broken| broken.into_inner());
    let mut refused = Vec::new();
    let mut general = Reader { folder, cluster: None, refused: &mut refused };
    found.services = general.read(SERVICES, |octets| read_services(&octets)).unwrap_or_default();
    found.serials = general.read(SERIALS, |octets| Serials::read(&octets)).unwrap_or_default();
    found.events = general.read(EVENTS, |octets| KeptEvents::read(&octets)).unwrap_or_default();
    found.refused.append(&mut refused);
    // Threads end in any order; what is told is told in the same one.
    found.refused.sort();
    found.clusters.sort_by(|a, b| a.head.cluster.cmp(&b.head.cluster));
    found
}

/// Reads which clusters registries had registered.
pub fn registrations(folder: &Path) -> FoundRegistrations {
    let mut refused = Vec::new();
    let mut general = Reader { folder, cluster: None, refused: &mut refused };
    let found = general.read(REGISTRATIONS, |octets| Registrations::read(&octets));
    FoundRegistrations { registrations: found.unwrap_or_default(), refused }
}

fn read_cluster(folder: &Path, entry: &ClusterEntry) -> Found {
    let mut found = Found::default();
    let cluster = Some(&entry.name);
    let mut reader = Reader { folder, cluster, refused: &mut found.refused };
    let kept = reader.read(&file_of(&entry.name), |octets| {
        let kept = Kept::read(octets, &entry.policy)?;
        if kept.head.cluster != entry.name {
            return Err(Unusable::Foreign(format!("the cluster {}", kept.head.cluster)));
        }
        let source = SourceIdentity::decode(&kept.head.source)
            .map_err(|_| Unusable::Damaged("a section does not say what it should"))?;
        if source != entry.source {
            return Err(Unusable::Foreign(source.to_string()));
        }
        Ok(kept)
    });
    if let Some(mut kept) = kept {
        let name = file_of(&entry.name);
        let path = folder.join(journal(&name));
        // What was added behind a file says nothing of the one before it, and knows which one it was.
        let why = match fs::read(&path) {
            Ok(octets) => kept.add(&octets, &entry.policy).err().map(|it| it.to_string()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => Some(unreadable(&error)),
        };
        if let Some(why) = why {
            let flaw = Flaw::StateFileRefused(why.into());
            let complaint = complaint(cluster, &path, flaw);
            found.refused.push(RefusedFile { name, complaint });
        }
        found.clusters.push(kept);
    }
    found
}

/// Why a file is not used that can not be read, and what to do about it.
fn unreadable(error: &io::Error) -> String {
    format!("it can not be read: {error}: let this process read it, or take it away")
}

struct Reader<'r> {
    folder: &'r Path,
    cluster: Option<&'r Label>,
    refused: &'r mut Vec<RefusedFile>,
}

impl Reader<'_> {
    /// What a file holds, else the file before it.
    fn read<T>(
        &mut self,
        name: &str,
        decode: impl Fn(Vec<u8>) -> Result<T, Unusable>,
    ) -> Option<T> {
        [name, &previous(name)].into_iter().find_map(|at| {
            let path = self.folder.join(at);
            let why = match fs::read(&path) {
                Ok(octets) => match decode(octets) {
                    Ok(value) => return Some(value),
                    Err(unusable) => unusable.to_string(),
                },
                Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
                Err(error) => unreadable(&error),
            };
            let flaw = Flaw::StateFileRefused(why.into());
            let complaint = complaint(self.cluster, &path, flaw);
            self.refused.push(RefusedFile { name: name.to_owned(), complaint });
            None
        })
    }
}
