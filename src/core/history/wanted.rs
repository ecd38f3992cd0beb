//! Looking back: events of a service or a cluster, within a time, some at a time.
//!
//! In: what is wanted. Out: the events, and what is missing among them. Does not know who looks.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::{Event, EventKind};
use super::{History, ring};

/// Which events are wanted.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted {
    /// Of this service, `namespace/name`, alone.
    pub service: Option<Box<str>>,
    /// And what became of these clusters, as far as that touches it.
    pub of_service_in: BTreeSet<Box<str>>,
    /// Of this cluster alone.
    pub cluster: Option<Box<str>>,
    /// Not before this moment, in unix seconds.
    pub since: u64,
    /// The first ones behind this number, and not the last ones.
    pub after: Option<u64>,
    /// Those before this number alone.
    pub before: Option<u64>,
    /// So many at most.
    pub limit: usize,
}

/// What was found.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Found {
    /// The events, the newest first.
    pub events: Vec<Arc<Event>>,
    /// From this number on nothing has gone.
    pub oldest: u64,
    /// Changes within that time that have no event of their own.
    pub missed: u64,
}

impl Wanted {
    /// Whether an event is wanted. Sums may hide anything.
    pub fn takes(&self, event: &Event) -> bool {
        let is_summed = event.kind == EventKind::Summed;
        let of_cluster = |wanted: &str| event.cluster.as_deref() == Some(wanted);
        let of_service = |wanted: &str| match &event.cluster {
            Some(cluster) if event.kind == EventKind::Cluster => {
                self.of_service_in.contains(cluster)
            }
            _ => event.service.as_deref() == Some(wanted),
        };
        event.at >= self.since
            && self.before.is_none_or(|before| event.id < before)
            && (is_summed || self.cluster.as_deref().is_none_or(of_cluster))
            && (is_summed || self.service.as_deref().is_none_or(of_service))
    }
}

impl History {
    /// Looks back.
    pub fn find(&self, wanted: &Wanted) -> Found {
        let takes = |event: &&Arc<Event>| wanted.takes(event);
        let events: Vec<Arc<Event>> = match wanted.after {
            Some(after) => {
                let found = self.from(after.saturating_add(1)).filter(takes).take(wanted.limit);
                let mut found: Vec<_> = found.cloned().collect();
                found.reverse();
                found
            }
            None => {
                let rows = self.rings.each_ref().map(|ring| ring.from(0));
                ring::merged_backwards(rows).filter(takes).take(wanted.limit).cloned().collect()
            }
        };
        let missed = events.iter().map(|event| event.summed).sum();
        Found { events, oldest: self.whole_from, missed }
    }
}
