//! Objects that stand in several files: which file counts.
//!
//! In: sorted identities of objects, by file. Out: what two of them share, where they differ, and
//! who comes first.
//! Does not know what the objects are or what the files are called.

use std::collections::HashMap;

/// Gives `found` what stands in both; each is sorted.
fn common(left: &[u64], right: &[u64], mut found: impl FnMut(u64)) {
    let (short, mut long) = if left.len() < right.len() { (left, right) } else { (right, left) };
    for &identity in short {
        // What remains to be searched begins behind the last find, and galloping keeps a search
        // short where the two are of like size.
        let mut reach = 1;
        while reach < long.len() && long[reach] < identity {
            reach *= 2;
        }
        let end = long.len().min(reach + 1);
        match long[..end].binary_search(&identity) {
            Ok(at) => {
                found(identity);
                long = &long[at..];
            }
            Err(at) => long = &long[at..],
        }
    }
}

/// Whether two sorted lists share anything.
pub(super) fn intersects(left: &[u64], right: &[u64]) -> bool {
    let mut is_shared = false;
    common(left, right, |_| is_shared = true);
    is_shared
}

/// Adds to `out` what stands in one of two sorted lists only.
pub(super) fn differences(left: &[u64], right: &[u64], out: &mut Vec<u64>) {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => return,
            (Some(a), Some(b)) if a == b => {
                left.next();
                right.next();
            }
            (Some(a), Some(b)) if a > b => out.extend(right.next()),
            (Some(_), _) => out.extend(left.next()),
            (None, Some(_)) => out.extend(right.next()),
        }
    }
}

/// A file's rank among the files of its folder, and what it holds, sorted.
pub(super) type Held<'a> = (usize, &'a [u64]);

/// For everything in one of the `fresh` files that stands in another file too: the first of all
/// files that hold it.
pub(super) fn first_holders(fresh: &[Held<'_>], others: &[Held<'_>]) -> HashMap<u64, usize> {
    let mut all: Vec<(u64, usize)> =
        Vec::with_capacity(fresh.iter().map(|(_, ids)| ids.len()).sum());
    for (rank, identities) in fresh {
        all.extend(identities.iter().map(|&identity| (identity, *rank)));
    }
    // The stable sort merges runs that are sorted already, which these are.
    all.sort();
    let mut first = HashMap::new();
    for pair in all.windows(2) {
        if pair[0].0 == pair[1].0 {
            first.entry(pair[0].0).or_insert(pair[0].1);
        }
    }
    if others.is_empty() {
        return first;
    }
    all.dedup_by_key(|(identity, _)| *identity);
    let identities: Vec<u64> = all.iter().map(|(identity, _)| *identity).collect();
    for (rank, held) in others {
        common(held, &identities, |identity| {
            let own = all.binary_search_by_key(&identity, |(identity, _)| *identity);
            let own = own.map_or(*rank, |at| all[at].1);
            let holder = first.entry(identity).or_insert(own);
            *holder = (*holder).min(*rank);
        });
    }
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn sorted_lists_are_compared_as_sets(
            left in proptest::collection::btree_set(0_u64..60, 0..40),
            right in proptest::collection::btree_set(0_u64..400, 0..40),
        ) {
            let (a, b): (Vec<u64>, Vec<u64>) =
                (left.iter().copied().collect(), right.iter().copied().collect());
            let mut both = BTreeSet::new();
            common(&a, &b, |identity| { both.insert(identity); });
            prop_assert_eq!(&both, &left.intersection(&right).copied().collect());
            prop_assert_eq!(intersects(&a, &b), !both.is_empty());
            let mut differing = Vec::new();
            differences(&a, &b, &mut differing);
            let expected: Vec<u64> = left.symmetric_difference(&right).copied().collect();
            prop_assert_eq!(differing, expected);
        }

        #[test]
        fn the_first_file_holds_what_is_shared(
            files in proptest::collection::vec(
                (any::<bool>(), proptest::collection::btree_set(0_u64..20, 0..10)), 0..6),
        ) {
            let lists: Vec<Vec<u64>> =
                files.iter().map(|(_, held)| held.iter().copied().collect()).collect();
            let some = |fresh: bool| -> Vec<Held<'_>> {
                let chosen = lists.iter().enumerate().filter(|(rank, _)| files[*rank].0 == fresh);
                chosen.map(|(rank, list)| (rank, list.as_slice())).collect()
            };
            let first = first_holders(&some(true), &some(false));
            for identity in 0..20 {
                let holders: Vec<usize> =
                    (0..files.len()).filter(|&rank| files[rank].1.contains(&identity)).collect();
                let is_fresh = holders.iter().any(|&rank| files[rank].0);
                let expected = holders.first().filter(|_| is_fresh && holders.len() > 1);
                prop_assert_eq!(first.get(&identity), expected);
            }
        }
    }
}
