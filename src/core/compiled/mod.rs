//! Answers: ground state compiled into what queries read.
//!
//! In: ground state and what changed in it. Out: [`Table`], in which a service is found by one
//! hash and holds its addresses by cluster. Nothing is stored by name; a service whose facts did not
//! change is not compiled again, and of one that did mostly only the shards that changed. What clusters
//! answer to their own askers stands in a second table, so that it costs nobody else anything.
//! Does not know federations' domains, TTL or packets.

mod number;
mod record;
mod address_set;
mod table;
mod changed;
mod increment;
mod in_cluster;

use std::collections::BTreeSet;

use crate::core::policy::{Publish, WhenAllDown};
use crate::core::selection::{Candidate, Selection};
use crate::core::service::{Exclusion, Shard, Tier};
use crate::core::state::{CLASSES, Changes, State};
use crate::core::topology::ClusterIndex;
use crate::core::view::{ViewId, ViewSet};

pub use address_set::{AddressBuffer, AddressSet};
use changed::{Changed, ChangedShards};
pub use in_cluster::{External, InClusterEntry, compile_in_cluster};
use increment::Increment;
use record::CompiledView;
pub use record::{List, Owned, View, ViewParts};
use table::Patch;
pub use table::Table;

/// Compiles what changed into the table.
pub fn compile(table: &mut Table, state: &State, changes: &Changes) {
    let services = changed::once_each(&changes.services);
    let services = services.iter().map(|it| (it.key.into(), changed_service(table, state, it)));
    let namespaces = changes.namespaces.iter().collect::<BTreeSet<_>>();
    let namespaces = namespaces.iter().map(|it| ((*it).clone(), compile_namespace(state, it)));
    let patches = services.chain(namespaces).collect();
    table.patch(patches);
}

/// The record of a service that changed; `None` where it is published in no view.
fn changed_service(table: &Table, state: &State, changed: &Changed<'_>) -> Option<Vec<u8>> {
    let key = changed.key;
    if let ChangedShards::Of(clusters) = &changed.shards
        && let Some(views) = increment_of(table, state, key, clusters)
    {
        return write_record(key, &views);
    }
    service_of(state, key, &state.shards(key).collect::<Vec<_>>())
}

/// The views of a service of which the shards of these clusters changed, made without the others;
/// `None` where those are needed.
fn increment_of(
    table: &Table,
    state: &State,
    key: &[u8],
    clusters: &[ClusterIndex],
) -> Option<Vec<CompiledView>> {
    let shard = |index: &ClusterIndex| Some((*index, state.shard(key, *index)?));
    let shards: Vec<_> = clusters.iter().filter_map(shard).collect();
    let service = Compiling { state, key, shards: &shards };
    let (before, changed) = (table.find(key), changed::set_of(clusters));
    let mut views = Vec::new();
    for id in ViewSet::wanted(state.policy()).iter() {
        let publish = id.publish();
        let keeps_last = service.answers_with(publish, WhenAllDown::Last);
        match increment::view(before, id, &changed, service.view(publish), keeps_last) {
            Increment::Is(Some(parts)) => views.push(CompiledView { id, parts }),
            Increment::Is(None) => {}
            Increment::Unknown => return None,
        }
    }
    Some(views)
}

/// Both tables.
#[derive(Clone, Debug)]
pub struct Tables {
    /// What names below domains are answered from.
    pub table: Table,
    /// What each cluster answers to its own askers.
    pub in_cluster: Table,
}

/// Compiled services that no table holds yet.
#[derive(Debug, Default)]
pub struct Part {
    table: Vec<Patch>,
    in_cluster: Vec<Patch>,
    // Labels of namespaces, in wire form; most services share theirs with the one before.
    namespaces: BTreeSet<Box<[u8]>>,
}

/// Compiles one of `count` parts of all services, for threads that share the work.
pub fn compile_part(state: &State, number: usize, count: usize) -> Part {
    let mut part = Part::default();
    let at = |number: usize| state.service_count() * number / count;
    for key in state.service_keys().skip(at(number)).take(at(number + 1) - at(number)) {
        // Both tables are made of the same shards, and most of the time goes into unpacking them.
        let shards: Vec<_> = state.shards(key).collect();
        let record = service_of(state, key, &shards);
        part.table.extend(record.map(|record| (key.into(), Some(record))));
        let borrowed = shards.iter().map(|(index, shard)| (*index, shard));
        let record = in_cluster::service(state, key, borrowed);
        part.in_cluster.extend(record.map(|record| (key.into(), Some(record))));
        let namespace = &key[1 + usize::from(key[0])..];
        if !part.namespaces.contains(namespace) {
            part.namespaces.insert(namespace.into());
        }
    }
    part
}

/// The tables of all parts; `seed` starts their hash.
pub fn join(seed: u64, state: &State, mut parts: Vec<Part>) -> Tables {
    let all = parts.iter_mut().flat_map(|part| std::mem::take(&mut part.namespaces));
    let all: BTreeSet<_> = all.collect();
    let namespaces = |compile: fn(&State, &[u8]) -> Option<Vec<u8>>| -> Vec<Patch> {
        all.iter().map(|label| (label.clone(), compile(state, label))).collect()
    };
    let (mut table, mut in_cluster) =
        (namespaces(compile_namespace), namespaces(in_cluster::namespace));
    for part in parts {
        table.extend(part.table);
        in_cluster.extend(part.in_cluster);
    }
    let patched = |patches| {
        let mut table = Table::new(seed);
        table.patch(patches);
        table
    };
    Tables { table: patched(table), in_cluster: patched(in_cluster) }
}

/// Compiles everything from scratch.
pub fn compile_all(seed: u64, state: &State) -> Tables {
    join(seed, state, vec![compile_part(state, 0, 1)])
}

/// The key that a record of the table is found by.
pub fn record_key(record: &[u8]) -> &[u8] {
    record::split_key(record).0
}

/// Whether a namespace (its label in wire form) has a published service in a view.
pub fn has_namespace(table: &Table, namespace: &[u8], view: ViewId) -> bool {
    table.find(namespace).is_some_and(|record| View::new(record, view).is_some())
}

/// The record of a service with these shards; `None` where it is published in no view.
fn service_of(state: &State, key: &[u8], shards: &[(ClusterIndex, Shard)]) -> Option<Vec<u8>> {
    let service = Compiling { state, key, shards };
    let wanted = ViewSet::wanted(state.policy()).iter();
    let view = |id: ViewId| Some(CompiledView { id, parts: service.view(id.publish())? });
    write_record(key, &wanted.filter_map(view).collect::<Vec<_>>())
}

fn write_record(key: &[u8], views: &[CompiledView]) -> Option<Vec<u8>> {
    (!views.is_empty()).then(|| record::write(key, views))
}

/// A namespace is a record without sets: it says that inner names exist.
fn compile_namespace(state: &State, label: &[u8]) -> Option<Vec<u8>> {
    let counts = state.published_in(label);
    let views = CLASSES.map(ViewId::of).into_iter().filter(|view| counts[view.index()] > 0);
    let view = |id| CompiledView { id, parts: ViewParts::default() };
    write_record(label, &views.map(view).collect::<Vec<_>>())
}

/// A service that is compiled.
struct Compiling<'s> {
    state: &'s State,
    key: &'s [u8],
    shards: &'s [(ClusterIndex, Shard)],
}

impl Compiling<'_> {
    /// What federations that take part in one way read of it; `None` where it is not published so.
    fn view(&self, publish: Publish) -> Option<ViewParts> {
        let Self { state, key, shards } = *self;
        let selection = Selection::of(state, shards, key, publish);
        if !selection.is_published() {
            return None;
        }
        let answers_with = |wanted| self.answers_with(publish, wanted);
        let [healthy, standby, reserve] =
            [Tier::Active, Tier::Standby, Tier::Reserve].map(|it| owned(selection.of_tier(it)));
        let mut limits: Vec<_> = selection.limits().collect();
        limits.sort_by_key(|limit| limit.cluster);
        let ttl = selection.ttl();
        let mut parts =
            ViewParts { ttl, limits, healthy, standby, reserve, ..ViewParts::default() };
        if answers_with(WhenAllDown::All) {
            let is_unhealthy = |it: &&Candidate<'_>| it.exclusion.is_some() && may_be_given(it);
            parts.published = owned(selection.candidates.iter().filter(is_unhealthy));
        }
        if parts.healthy.is_empty() && answers_with(WhenAllDown::Last) {
            // Released cloud addresses can be taken over by strangers: only what a Service
            // publishes now is given, whatever was healthy once.
            parts.last_healthy = owned(selection.candidates.iter().filter(|it| may_be_given(it)));
            let last = state.last_healthy(key, publish);
            parts.last_healthy.retain(|(address, _)| last.contains(address));
        }
        Some(parts)
    }

    /// Whether some federation that takes part in this way wants that where nothing is healthy.
    fn answers_with(&self, publish: Publish, wanted: WhenAllDown) -> bool {
        let mut federations = self.state.policy().federations.iter();
        federations.any(|it| it.publish == publish && it.when_all_down == wanted)
    }
}

/// Whether an address may be given where nothing is healthy: not of a shard that is drained hard.
fn may_be_given(candidate: &Candidate<'_>) -> bool {
    candidate.exclusion != Some(Exclusion::DrainedHard)
}

fn owned<'a>(candidates: impl Iterator<Item = &'a Candidate<'a>>) -> Owned {
    let of = |it: &'a Candidate<'a>| it.addresses.iter().map(|&address| (address, it.index));
    let mut owned: Owned = candidates.flat_map(of).collect();
    owned.sort_unstable();
    owned.dedup();
    owned
}
