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
    if parts.lists().into_iter().any(is_full) {
        return Increment::Unknown;
    }
    parts.ttl = ttl;
    parts.limits.retain(|limit| !changed.contains(limit.cluster));
    parts.last_healthy.clear();
    for list in parts.lists_mut() {
        list.retain(|(_, cluster)| !changed.contains(*cluster));
    }
    match new {
        Some(mut new) => {
            parts.limits.append(&mut new.limits);
            parts.limits.sort_by_key(|limit| limit.cluster);
            // What was healthy last of these alone says nothing of all.
            new.last_healthy.clear();
            for (list, new) in parts.lists_mut().into_iter().zip(new.lists_mut()) {
                put(list, std::mem::take(new));
            }
        }
        // Whether another shard is published that has no addresses does not stand there.
        None if parts.lists().into_iter().all(Vec::is_empty) => return Increment::Unknown,
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::core::compiled::record::{self, CompiledView};
    use crate::core::policy::Publish;
    use crate::core::selection::Limit;
    use crate::core::topology::ClusterIndex;

    fn list(entries: &[(u8, u16)]) -> Owned {
        let entry = |&(host, cluster): &(u8, u16)| {
            (Ipv4Addr::new(192, 0, 2, host).into(), ClusterIndex(cluster))
        };
        entries.iter().map(entry).collect()
    }

    fn limit(cluster: u16, ttl: Option<u32>) -> Limit {
        Limit { cluster: ClusterIndex(cluster), ttl }
    }

    fn of_healthy(ttl: Option<u32>, healthy: &[(u8, u16)]) -> ViewParts {
        ViewParts { ttl, healthy: list(healthy), ..ViewParts::default() }
    }

    /// What comes of a record in which cluster 1 has another shard now.
    fn increment(before: ViewParts, new: Option<ViewParts>, keeps_last: bool) -> Increment {
        let id = ViewId::of(Publish::All);
        let record = record::write(b"\x04cart\x04shop", &[CompiledView { id, parts: before }]);
        let mut changed = ClusterSet::default();
        changed.insert(ClusterIndex(1));
        view(Some(&record), id, &changed, new, keeps_last)
    }

    fn is(increment: Increment) -> ViewParts {
        let Increment::Is(Some(parts)) = increment else { panic!("{increment:?}") };
        parts
    }

    fn is_unknown(increment: &Increment) -> bool {
        matches!(increment, Increment::Unknown)
    }

    #[test]
    fn what_others_have_stays_and_what_the_changed_ones_had_goes() {
        let before = ViewParts {
            ttl: Some(30),
            limits: vec![limit(0, Some(9)), limit(1, None), limit(5, Some(8))],
            healthy: list(&[(1, 1), (2, 5), (4, 1)]),
            published: list(&[(3, 1), (6, 0)]),
            standby: list(&[(7, 1), (8, 5)]),
            reserve: list(&[(9, 0)]),
            last_healthy: Owned::new(),
        };
        let new = ViewParts {
            ttl: Some(20),
            limits: vec![limit(1, Some(7))],
            healthy: list(&[(0, 1), (3, 1)]),
            published: list(&[(5, 1)]),
            reserve: list(&[(10, 1)]),
            ..ViewParts::default()
        };
        let expected = ViewParts {
            ttl: Some(20),
            limits: vec![limit(0, Some(9)), limit(1, Some(7)), limit(5, Some(8))],
            healthy: list(&[(0, 1), (2, 5), (3, 1)]),
            published: list(&[(5, 1), (6, 0)]),
            standby: list(&[(8, 5)]),
            reserve: list(&[(9, 0), (10, 1)]),
            last_healthy: Owned::new(),
        };
        assert_eq!(is(increment(before.clone(), Some(new), false)), expected);
        let gone = is(increment(ViewParts { ttl: None, ..before }, None, false));
        assert_eq!((gone.healthy, gone.published), (list(&[(2, 5)]), list(&[(6, 0)])));
        assert_eq!(gone.limits, [limit(0, Some(9)), limit(5, Some(8))]);
    }

    #[test]
    fn who_asked_for_the_least_may_have_been_a_changed_one() {
        let of = |ttl| of_healthy(ttl, &[(1, 1), (2, 5)]);
        let new = |ttl| Some(of_healthy(ttl, &[(1, 1)]));
        for (before, now, expected) in
            [(None, None, None), (None, Some(40), Some(40)), (Some(30), Some(30), Some(30))]
        {
            assert_eq!(is(increment(of(before), new(now), false)).ttl, expected);
        }
        for now in [Some(31), None] {
            assert!(is_unknown(&increment(of(Some(30)), new(now), false)), "{now:?}");
        }
        assert!(is_unknown(&increment(of(Some(30)), None, false)));
    }

    #[test]
    fn what_was_healthy_last_counts_while_nothing_is() {
        let last_healthy = list(&[(1, 1), (2, 5)]);
        let before = ViewParts { last_healthy, ..ViewParts::default() };
        let new = Some(of_healthy(None, &[(1, 1)]));
        let now = is(increment(before.clone(), new, true));
        assert_eq!((now.healthy, now.last_healthy), (list(&[(1, 1)]), Owned::new()));
        assert!(is_unknown(&increment(before, Some(ViewParts::default()), true)));
        let one = of_healthy(None, &[(1, 1)]);
        assert!(is_unknown(&increment(one, Some(ViewParts::default()), true)));
    }

    #[test]
    fn a_shard_without_addresses_leaves_no_trace() {
        let one = || of_healthy(None, &[(1, 1)]);
        assert!(is_unknown(&increment(one(), None, false)));
        assert_eq!(is(increment(one(), Some(ViewParts::default()), false)), ViewParts::default());
        let (id, changed) = (ViewId::of(Publish::All), ClusterSet::default());
        let first = view(None, id, &changed, Some(one()), true);
        assert_eq!(is(first), one());
        assert!(matches!(view(None, id, &changed, None, false), Increment::Is(None)));
    }

    #[test]
    fn a_list_that_is_full_may_have_had_others_behind_it() {
        let many = |count: usize| {
            let address = |at: usize| Ipv4Addr::from_bits(at as u32).into();
            (0..count).map(|at| (address(at), ClusterIndex(5))).collect::<Owned>()
        };
        let new = || Some(of_healthy(None, &[(1, 1)]));
        for (count, is_full) in [(MOST - 1, false), (MOST, true)] {
            let healthy = ViewParts { healthy: many(count), ..ViewParts::default() };
            assert_eq!(is_unknown(&increment(healthy, new(), false)), is_full);
            let published = ViewParts { published: many(count), ..ViewParts::default() };
            assert_eq!(is_unknown(&increment(published, new(), false)), is_full);
        }
    }
}
