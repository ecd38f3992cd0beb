//! Increments: a service of which some shards changed, made of what is compiled of the others.
//!
//! In: a record, and the shards that some clusters have now. Out: the views that compiling all shards
//! would give, or nothing where the record does not tell enough of the others; then all are compiled.
//! Does not know what made a shard another one, nor unpacks those that are not.

use crate::core::topology::ClusterSet;
use crate::core::view::ViewId;

use super::record::{Owned, View, ViewParts};

/// More addresses of a family are written of no list: there may have been others behind them.
const MOST: usize = 0xffff;

/// The view of a service in which the clusters in `changed` have what is in `new`: `None` where none of
/// theirs is published. `before` is its record, where it was published in any view.
/// `keeps_last`: whether addresses count that were healthy last.
pub(super) fn view(
    before: Option<&[u8]>,
    id: ViewId,
    changed: &ClusterSet,
    new: Option<ViewParts>,
    keeps_last: bool,
) -> Increment {
    // Nothing was published: then the others have nothing that counts, but for what was healthy last.
    let Some(view) = before.and_then(|record| View::new(record, id)) else {
        return Increment::Is(new);
    };
    let ttl = match (view.ttl(), new.as_ref().and_then(|new| new.ttl)) {
        (None, ttl) => ttl,
        // The others ask for no less than all of them did.
        (Some(least), Some(ttl)) if ttl <= least => Some(ttl),
        // It may have been one of the changed shards that asked for the least.
        (Some(_), _) => return Increment::Unknown,
    };
    let mut parts = view.parts();
    if is_full(&parts.healthy) || is_full(&parts.published) {
        return Increment::Unknown;
    }
    parts.ttl = ttl;
    parts.limits.retain(|limit| !changed.contains(limit.cluster));
    parts.healthy.retain(|(_, cluster)| !changed.contains(*cluster));
    parts.published.retain(|(_, cluster)| !changed.contains(*cluster));
    parts.last_healthy.clear();
    match new {
        Some(new) => {
            parts.limits.extend(new.limits);
            parts.limits.sort_by_key(|limit| limit.cluster);
            put(&mut parts.healthy, new.healthy);
            put(&mut parts.published, new.published);
        }
        // Whether another shard is published that has no addresses does not stand there.
        None if parts.healthy.is_empty() && parts.published.is_empty() => {
            return Increment::Unknown;
        }
        None => {}
    }
    if parts.healthy.is_empty() && keeps_last {
        return Increment::Unknown;
    }
    Increment::Is(Some(parts))
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Increment {
    /// The view; `None` where the service is not published in it.
    Is(Option<ViewParts>),
    /// Only all shards together tell.
    Unknown,
}

fn is_full(list: &Owned) -> bool {
    let v4 = list.partition_point(|(address, _)| address.is_ipv4());
    v4 >= MOST || list.len() - v4 >= MOST
}

/// Puts sorted addresses into sorted ones.
fn put(list: &mut Owned, new: Owned) {
    for entry in new {
        let at = list.partition_point(|other| *other < entry);
        list.insert(at, entry);
    }
}
