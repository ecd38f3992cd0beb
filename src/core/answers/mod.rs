//! Answers: ground state compiled into what queries read.
//!
//! In: ground state and what changed in it. Out: [`Table`], in which a service is found by one
//! hash and holds its addresses by cluster. Nothing is stored by name, and a service whose
//! facts did not change is not compiled again. What clusters answer to their own askers stands in a
//! second table, so that it costs nobody else anything.
//! Does not know federations' domains, TTL or packets.

mod record;
mod gathered;
mod table;
mod local;

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::core::name::labels_of;
use crate::core::policy::{Publish, WhenAllDown};
use crate::core::selection::{Candidate, Selection};
use crate::core::state::{CLASSES, Changes, State, is_class_used};

pub use gathered::{AddressSet, Gathered};
pub use local::{External, LocalEntry, compile_all_local, compile_local};
pub use record::{List, Owned, View, ViewParts};
use table::Patch;
pub use table::Table;

/// Compiles what changed into the table.
pub fn compile(table: &mut Table, state: &State, changes: &Changes) {
    let services = once_each(&changes.services);
    let services = services.map(|key| (key.into(), compile_service(state, key)));
    let namespaces = once_each(&changes.namespaces);
    let namespaces = namespaces.map(|label| (label.into(), compile_namespace(state, label)));
    table.patch(services.chain(namespaces).collect());
}

/// Each of `keys` once. Their order stays: it is mostly the one in which ground state holds them,
/// and memory is read fastest that way.
fn once_each(keys: &[Box<[u8]>]) -> impl Iterator<Item = &[u8]> {
    let mut seen: HashSet<&[u8], RandomState> =
        HashSet::with_capacity_and_hasher(keys.len(), RandomState::default());
    keys.iter().map(|key| &**key).filter(move |key| seen.insert(key))
}

/// Compiled services that no table holds yet.
#[derive(Debug)]
pub struct Part(Vec<Patch>);

/// Compiles one of `count` parts of all services, for threads that share the work.
pub fn compile_part(state: &State, number: usize, count: usize) -> Part {
    let at = |number: usize| state.service_count() * number / count;
    let keys = state.service_keys().skip(at(number)).take(at(number + 1) - at(number));
    Part(keys.filter_map(|key| Some((key.into(), Some(compile_service(state, key)?)))).collect())
}

/// A table of all parts; `seed` starts its hash.
pub fn join(seed: u64, state: &State, parts: Vec<Part>) -> Table {
    let mut table = Table::new(seed);
    let namespaces = state.namespaces();
    let namespaces = namespaces.map(|(label, _)| (label.into(), compile_namespace(state, label)));
    table.patch(parts.into_iter().flat_map(|part| part.0).chain(namespaces).collect());
    table
}

/// Compiles everything from scratch.
pub fn compile_all(seed: u64, state: &State) -> Table {
    join(seed, state, vec![compile_part(state, 0, 1)])
}

/// The key that a record of the table is found by.
pub fn record_key(record: &[u8]) -> &[u8] {
    record::split_key(record).0
}

/// Whether a namespace (its label in wire form) has a published service in a class.
pub fn has_namespace(table: &Table, namespace: &[u8], class: usize) -> bool {
    table.find(namespace).is_some_and(|record| View::new(record, class).is_some())
}

/// The record of a service; `None` where it is published in no class.
fn compile_service(state: &State, key: &[u8]) -> Option<Vec<u8>> {
    let namespace = labels_of(key).nth(1).and_then(|label| std::str::from_utf8(label).ok())?;
    let views = CLASSES.map(|publish| {
        is_class_used(state.policy(), publish)
            .then(|| compile_view(state, key, namespace, publish))
            .flatten()
    });
    let [all, labelled] = &views;
    views.iter().any(Option::is_some).then(|| record::write(key, all.as_ref(), labelled.as_ref()))
}

/// A namespace is a record without sets: it says that inner names exist.
fn compile_namespace(state: &State, label: &[u8]) -> Option<Vec<u8>> {
    let empty = ViewParts::default();
    let [all, labelled] = state.published_in(label).map(|count| (count > 0).then_some(&empty));
    (all.is_some() || labelled.is_some()).then(|| record::write(label, all, labelled))
}

fn compile_view(state: &State, key: &[u8], namespace: &str, publish: Publish) -> Option<ViewParts> {
    let selection = Selection::new(state, key, namespace, publish);
    if !selection.is_published() {
        return None;
    }
    let answers_with = |wanted| {
        let mut federations = state.policy().federations.iter();
        federations.any(|it| it.publish == publish && it.when_all_down == wanted)
    };
    let healthy = owned(selection.healthy());
    let (ttl, is_pending) = (selection.ttl(), selection.is_pending());
    let mut parts = ViewParts { ttl, is_pending, healthy, ..ViewParts::default() };
    if answers_with(WhenAllDown::All) {
        parts.published = owned(selection.candidates.iter().filter(|it| it.exclusion.is_some()));
    }
    if parts.healthy.is_empty() && answers_with(WhenAllDown::Last) {
        // Released cloud addresses can be taken over by strangers: only what a Service
        // publishes now is given, whatever was healthy once.
        parts.last_healthy = owned(selection.candidates.iter());
        let last = state.last_healthy(key, publish);
        parts.last_healthy.retain(|(address, _)| last.contains(address));
    }
    Some(parts)
}

fn owned<'a>(candidates: impl Iterator<Item = &'a Candidate<'a>>) -> Owned {
    let of = |it: &'a Candidate<'a>| it.addresses.iter().map(|&address| (address, it.index));
    let mut owned: Owned = candidates.flat_map(of).collect();
    owned.sort_unstable();
    owned.dedup();
    owned
}
