//! What clusters lose in stories: objects that are gone, endpoints that are not ready, slices of others.
//!
//! In: the words of a step. Out: events. Does not know what they do.

use fedns::core::event::{ClusterEvent, Facts, Object, ObjectKey};
use fedns::core::service::SliceFacts;

use super::Words;
use crate::support::facts::{self, SOURCE, key};

pub(super) fn read_loss(words: &mut Words<'_>) -> Vec<ClusterEvent> {
    let what = words.word("what it loses");
    if what == "node" {
        let node = format!("node-{}", words.word("a place or name"));
        return vec![ClusterEvent::Removed(ObjectKey::Node(node.into()))];
    }
    let key = key(what);
    let slice = facts::slice(&key, 0, 1);
    match words.maybe() {
        // The endpoints are there and say that they are not ready: a fact like any other.
        Some("endpoints") => vec![facts::applied(Facts::Slice(key, slice))],
        Some("slice") => vec![ClusterEvent::Removed(ObjectKey::Slice(key, slice.name))],
        Some(other) => words.unknown(other),
        None => [ObjectKey::Service(key.clone()), ObjectKey::Slice(key, slice.name)]
            .map(ClusterEvent::Removed)
            .into(),
    }
}

/// A slice whose label names another service now, or none.
pub(super) fn read_relabelled(words: &mut Words<'_>) -> ClusterEvent {
    let slice = key(words.word("a slice"));
    let name = slice.name.as_str().into();
    let service = words.word("a service");
    if service == "nothing" {
        return ClusterEvent::Removed(ObjectKey::MovedSlice(slice.namespace, name));
    }
    let key = key(service);
    let facts = SliceFacts { name, ..facts::slice(&key, 1, 0) };
    let object = Object { facts: Facts::Slice(key, facts), flaws: Vec::new() };
    ClusterEvent::Modified(SOURCE, object)
}
