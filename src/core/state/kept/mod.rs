//! What is kept across restarts, as sections of state files.
//!
//! In: facts. Out: sections. And back: [`Kept`], whose shards are decoded and evaluated once, by any
//! thread. Facts stand in a file as they are packed in memory, but for their sources: a source is a
//! number of one run. Does not know files, when something is kept, nor where facts are stored.

mod watched;
mod journal;

use std::net::IpAddr;
use std::ops::Range;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::core::event::NodeFacts;
use crate::core::hostname::Known;
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;
use crate::core::service::{Exclusion, Ingress, ServiceKey, Shard, SourceId};
use crate::core::state_file::{Kind, Unusable, sections, whole_checksum};
use crate::core::topology::Place;

use super::CLASSES;
use super::dependents::KeptHostname;
use super::index::KeptFalls;
use super::subjects::namespace_of;

pub use journal::Part;
pub use watched::{LaterVersions, ResourceVersion, ResumePoint, ResumePoints};

pub(super) const HEAD: u8 = 1;
pub(super) const SHOWN: u8 = 2;
pub(super) const NODES: u8 = 3;
pub(super) const SHARDS: u8 = 4;
pub(super) const LAST_HEALTHY: u8 = 5;
const SERIALS: u8 = 6;
const HEARD: u8 = 7;
pub(super) const HOSTNAMES: u8 = 8;
// 9 was that of which objects said something: a watch that goes on tells of those that are gone.
const LATER_VERSIONS: u8 = 10;
pub(super) const FALLS: u8 = 11;

/// What stands first in a cluster's file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Head {
    /// The cluster.
    pub cluster: Label,
    /// What its facts were read from, in an encoding that only its owner reads.
    pub source: Box<str>,
    /// The UID of its `kube-system` namespace, where that is known.
    pub uid: Option<Box<str>>,
    /// Until when they were known to hold, in unix seconds.
    pub as_of: u64,
    /// Whether they are all that the cluster has.
    pub is_complete: bool,
    /// Where its entry places it: places shown are of another one forgotten.
    pub(super) places: EntryPlaces,
    /// Up to where each kind was read, in no order; empty where that is not known, and for a folder of
    /// manifests.
    pub resource_versions: Vec<ResourceVersion>,
}

/// The region and the zones of a cluster's entry.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct EntryPlaces {
    region: Option<Label>,
    zones: Vec<Label>,
}

impl EntryPlaces {
    /// Those of an entry.
    pub(super) fn of(policy: &ClusterPolicy) -> Self {
        Self { region: policy.region.clone(), zones: policy.zones.clone() }
    }
}

/// A cluster whose facts can be kept.
#[derive(Clone, Debug)]
pub struct Mark {
    /// Its name.
    pub name: Label,
    /// Another number whenever what is kept of it changes.
    pub revision: u64,
    /// Whether its source has been read: only then there is something to keep.
    pub is_read: bool,
    /// Until when its facts held, where that is not now, in unix seconds.
    pub as_of: Option<u64>,
}

/// Where copying stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Cursor {
    /// At the nodes behind this one.
    Nodes(Box<str>),
    /// At so many services, counted from the end: one that is taken out is replaced by the last,
    /// which has been copied by then.
    Services(usize),
    /// The same, where it is copied since when services do not answer.
    Falls(usize),
}

/// A section, as it was when it was copied.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Its tag.
    pub tag: u8,
    /// Its octets, once [`Slice::settle`] was called.
    pub octets: Vec<u8>,
    /// Where the next slice begins, if there is one.
    pub next: Option<Cursor>,
}

impl Head {
    /// Its octets: those of the first section.
    pub fn octets(&self) -> Vec<u8> {
        packed(self)
    }
}

impl Slice {
    /// Makes facts those of no source. It takes longer than copying them, and is for whoever
    /// writes.
    pub fn settle(&mut self) {
        if self.tag != SHARDS {
            return;
        }
        let mut settled = Vec::with_capacity(self.octets.len());
        let mut at = 0;
        while let Some(row) = Row::read(&self.octets, &mut at) {
            if row.is_gone() {
                write_row(&mut settled, &self.octets[row.key()], &[]);
                continue;
            }
            let shard = postcard::from_bytes(&self.octets[row.shard()]);
            let mut shard: Shard = shard.expect("what ground state packed can be read");
            shard.service.iter_mut().for_each(|it| it.source = SourceId::FORMER);
            shard.slices.iter_mut().for_each(|it| it.source = SourceId::FORMER);
            write_row(&mut settled, &self.octets[row.key()], &packed(&shard));
        }
        self.octets = settled;
    }
}

/// Facts as octets.
pub(super) fn packed(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).expect("facts hold nothing that can not be packed")
}

fn unpacked<T: DeserializeOwned>(octets: &[u8]) -> Result<T, Unusable> {
    match postcard::take_from_bytes(octets) {
        Ok((value, [])) => Ok(value),
        _ => Err(Unusable::Damaged("a section does not say what it should")),
    }
}

/// A shard in a file: `key length u8 | key | length u32 | packed shard`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    at: u32,
    key: u8,
    shard: u32,
    /// Of how many objects it is made.
    pub(super) objects: u32,
    /// Whether one of them is the Service.
    pub(super) has_service: bool,
    /// Whether its cluster has an endpoint of it.
    pub(super) has_endpoints: bool,
    /// What policy makes of it, for [`CLASSES`]; `None` where more than its exclusion follows
    /// from it: it is applied like one that a cluster says.
    pub(super) exclusions: Option<[Option<Exclusion>; 2]>,
    /// Where it takes part in its cluster: whether it is labelled.
    pub(super) is_labelled: Option<bool>,
}

/// Adds a shard.
pub(super) fn write_row(out: &mut Vec<u8>, key: &[u8], shard: &[u8]) {
    out.push(key.len() as u8);
    out.extend_from_slice(key);
    out.extend_from_slice(&(shard.len() as u32).to_le_bytes());
    out.extend_from_slice(shard);
}

impl Row {
    /// The row at `at`, which moves behind it; `None` at the end, or where it is none.
    fn read(octets: &[u8], at: &mut usize) -> Option<Self> {
        let key = *octets.get(*at)?;
        let length = *at + 1 + usize::from(key);
        let shard = u32::from_le_bytes(*octets.get(length..)?.first_chunk()?);
        let end = (length + 4).checked_add(shard as usize).filter(|end| *end <= octets.len())?;
        let at_row = *at as u32;
        let row = Self {
            at: at_row,
            key,
            shard,
            objects: 0,
            has_service: false,
            has_endpoints: false,
            exclusions: None,
            is_labelled: None,
        };
        *at = end;
        Some(row)
    }

    pub(super) fn key(&self) -> Range<usize> {
        let start = self.at as usize + 1;
        start..start + usize::from(self.key)
    }

    pub(super) fn shard(&self) -> Range<usize> {
        let start = self.key().end + 4;
        start..start + self.shard as usize
    }
}

/// A cluster's file, read and evaluated.
#[derive(Debug)]
pub struct Kept {
    /// What it says of the cluster.
    pub head: Head,
    /// The places it had shown; none where its entry is another one now.
    pub(super) shown: Vec<Place>,
    pub(super) nodes: Vec<(Box<str>, NodeFacts)>,
    pub(super) octets: Vec<u8>,
    pub(super) rows: Vec<Row>,
    /// The checksum of what stands last of it in the folder: its file, or what was added behind that.
    checksum: u32,
}

impl Kept {
    /// Reads a cluster's file for a cluster with this entry.
    ///
    /// # Errors
    /// Says why the file can not be used.
    pub fn read(octets: Vec<u8>, policy: &ClusterPolicy) -> Result<Self, Unusable> {
        if u32::try_from(octets.len()).is_err() {
            return Err(Unusable::Damaged("it is larger than 4 GiB"));
        }
        let found = sections(&octets, Kind::Cluster)?;
        let Some((HEAD, head)) = found.first() else {
            return Err(Unusable::Damaged("it does not say of which cluster it is"));
        };
        let head: Head = unpacked(&octets[head.clone()])?;
        let (mut shown, mut nodes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (tag, at) in found {
            match tag {
                SHOWN => shown = unpacked(&octets[at])?,
                NODES => nodes.append(&mut unpacked(&octets[at])?),
                SHARDS => read_rows(&octets, at, policy, &mut rows)?,
                _ => {}
            }
        }
        if head.places != EntryPlaces::of(policy) {
            shown.clear();
        }
        let checksum = whole_checksum(&octets);
        Ok(Self { head, shown, nodes, octets, rows, checksum })
    }

    /// How many shards it holds.
    pub fn shards(&self) -> usize {
        self.rows.len()
    }
}

/// Reads the rows of a section and evaluates each: the one time that most of them are decoded before
/// they are compiled.
fn read_rows(
    octets: &[u8],
    section: Range<usize>,
    policy: &ClusterPolicy,
    rows: &mut Vec<Row>,
) -> Result<(), Unusable> {
    let mut at = section.start;
    while at < section.end {
        let row = read_row(&octets[..section.end], &mut at, policy)?;
        if row.is_gone() {
            return Err(Unusable::Damaged("a shard says nothing"));
        }
        rows.push(row);
    }
    Ok(())
}

/// Reads the row at `at`, which moves behind it, and evaluates it.
fn read_row(octets: &[u8], at: &mut usize, policy: &ClusterPolicy) -> Result<Row, Unusable> {
    let damaged = || Unusable::Damaged("a shard does not say what it should");
    let mut row = Row::read(octets, at).ok_or_else(damaged)?;
    let key = &octets[row.key()];
    if !ServiceKey::is_wire(key) {
        return Err(damaged());
    }
    if !row.is_gone() {
        let shard: Shard = unpacked(&octets[row.shard()])?;
        if shard.is_empty() || !shard.sources().all(|source| source == SourceId::FORMER) {
            return Err(damaged());
        }
        row.objects = shard.sources().count() as u32;
        row.has_service = shard.service.is_some();
        row.has_endpoints = shard.has_endpoints();
        let namespace = namespace_of(key);
        if is_plain(policy, namespace, &shard) {
            let evaluate =
                |publish| policy.evaluate(namespace, &shard, publish, |_| Known::Untried).exclusion;
            row.exclusions = Some(CLASSES.map(evaluate));
            row.is_labelled = shard.takes_part();
        }
    }
    Ok(row)
}

/// Whether nothing follows from a shard but whether it answers: it is all admitted, lacks nothing,
/// and names no hostname.
fn is_plain(policy: &ClusterPolicy, namespace: &str, shard: &Shard) -> bool {
    let Some(facts) = shard.facts() else { return true };
    let is_plain = |entry: &Ingress| match entry {
        Ingress::Address(address) => policy.admits_address(*address),
        Ingress::Hostname(_) => false,
    };
    !shard.lacks_endpoints()
        && !facts.has_hostnames()
        && facts.drain.is_none()
        && policy.admits_namespace(namespace)
        && facts.ingress.iter().all(is_plain)
}

/// The last healthy addresses of services, by key and class.
pub(super) type LastHealthy = Vec<(Vec<u8>, [Vec<IpAddr>; 2])>;

/// What is kept by service.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KeptServices {
    /// The last good addresses of hostnames.
    pub(super) hostnames: Vec<KeptHostname>,
    /// The last healthy addresses of services.
    pub(super) last_healthy: LastHealthy,
    /// Since when services do not answer that did well.
    pub(super) falls: Vec<(Vec<u8>, KeptFalls)>,
}

/// Reads the file of what is kept by service.
///
/// # Errors
/// Says why the file can not be used.
pub fn read_services(octets: &[u8]) -> Result<KeptServices, Unusable> {
    let mut all = KeptServices::default();
    for (tag, at) in sections(octets, Kind::Services)? {
        match tag {
            HOSTNAMES => all.hostnames.append(&mut unpacked(&octets[at])?),
            LAST_HEALTHY => all.last_healthy.append(&mut unpacked(&octets[at])?),
            FALLS => all.falls.append(&mut unpacked(&octets[at])?),
            _ => {}
        }
    }
    let keys = all.last_healthy.iter().map(|(key, _)| key);
    let mut keys = keys.chain(all.falls.iter().map(|(key, _)| key));
    match keys.all(|key| ServiceKey::is_wire(key)) {
        true => Ok(all),
        false => Err(Unusable::Damaged("a service's name is none")),
    }
}

/// What is kept of all zones, and of all clusters in few octets each.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Serials {
    /// The serial of each apex, by its name in wire form.
    pub apexes: Vec<(Vec<u8>, u32)>,
    /// Until when each cluster's facts were known to hold, in unix seconds.
    pub heard: Vec<(Label, u64)>,
    /// Up to where clusters were read since their files were written.
    pub later_versions: Vec<LaterVersions>,
}

impl Serials {
    /// The sections of their file: tags and octets.
    pub fn sections(&self) -> [(u8, Vec<u8>); 3] {
        let later = packed(&self.later_versions);
        [(SERIALS, packed(&self.apexes)), (HEARD, packed(&self.heard)), (LATER_VERSIONS, later)]
    }

    /// Reads their file.
    ///
    /// # Errors
    /// Says why the file can not be used.
    pub fn read(octets: &[u8]) -> Result<Self, Unusable> {
        let mut serials = Self::default();
        for (tag, at) in sections(octets, Kind::Serials)? {
            match tag {
                SERIALS => serials.apexes = unpacked(&octets[at])?,
                HEARD => serials.heard = unpacked(&octets[at])?,
                LATER_VERSIONS => serials.later_versions = unpacked(&octets[at])?,
                _ => {}
            }
        }
        Ok(serials)
    }
}
