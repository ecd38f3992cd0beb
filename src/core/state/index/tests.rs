//! The index of services alone: counts against counting anew.

use super::*;
use crate::core::service::Sourced;

const EAST: ClusterIndex = ClusterIndex(0);
const WEST: ClusterIndex = ClusterIndex(1);
const HEALTHY: [Option<Exclusion>; 2] = [None, Some(Exclusion::NotLabelled)];
const DOWN: [Option<Exclusion>; 2] =
    [Some(Exclusion::NoReadyEndpoint), Some(Exclusion::NotLabelled)];
const CART: &[u8] = b"\x04cart\x04shop";
const SHOP: &[u8] = b"\x04shop";

fn shard() -> Shard {
    Shard { service: Some(Sourced::default()), slices: Vec::new() }
}

fn counts(index: &ServiceIndex) -> ([u32; 2], [u32; 2], Vec<u32>) {
    let health = index.health_counts(Publish::All).map(|(_, number)| number).collect();
    (index.published(), index.published_in(SHOP), health)
}

/// The counts, which are those of counting anew.
fn checked(index: &mut ServiceIndex, withdrawn: &ClusterSet) -> ([u32; 2], [u32; 2], Vec<u32>) {
    let before = counts(index);
    index.recount(withdrawn);
    assert_eq!(counts(index), before);
    before
}

#[test]
fn counts_follow_what_is_put_in_and_taken_out() {
    let (mut index, none) = (ServiceIndex::default(), ClusterSet::default());
    let first = index.put(CART, EAST, HEALTHY, &shard(), &none);
    let namespace = Some(SHOP.into());
    assert_eq!(
        first,
        Stored {
            shards_before: 0,
            shards_after: 1,
            namespace: namespace.clone(),
            turns: [None; 2]
        }
    );
    assert_eq!(checked(&mut index, &none), ([1, 0], [1, 0], vec![1, 0, 0, 0, 0]));
    let second = index.put(CART, WEST, DOWN, &shard(), &none);
    assert_eq!(
        second,
        Stored { shards_before: 1, shards_after: 2, namespace: None, turns: [None; 2] }
    );
    assert_eq!(checked(&mut index, &none), ([1, 0], [1, 0], vec![0, 1, 0, 0, 0]));
    index.put(CART, EAST, DOWN, &shard(), &none);
    assert_eq!(checked(&mut index, &none), ([1, 0], [1, 0], vec![0, 0, 1, 0, 0]));
    index.put(CART, WEST, DOWN, &Shard::default(), &none);
    let last = index.put(CART, EAST, DOWN, &Shard::default(), &none);
    assert_eq!(last, Stored { shards_before: 1, shards_after: 0, namespace, turns: [None; 2] });
    assert_eq!(checked(&mut index, &none), ([0, 0], [0, 0], vec![0; 5]));
    assert_eq!(index.len(), 0);
}

#[test]
fn withdrawn_clusters_count_as_not_answering() {
    let (mut index, mut withdrawn) = (ServiceIndex::default(), ClusterSet::default());
    index.put(CART, EAST, HEALTHY, &shard(), &withdrawn);
    let before = withdrawn.clone();
    withdrawn.insert(EAST);
    let turned = Turned { key: CART.into(), turns: [Some(Turn::Falls), None] };
    assert_eq!(index.withdraw(&before, &withdrawn), [turned]);
    assert_eq!(counts(&index).2, [0, 0, 1, 0, 0]);
    index.put(CART, WEST, HEALTHY, &shard(), &withdrawn);
    assert_eq!(checked(&mut index, &withdrawn).2, [0, 1, 0, 0, 0]);
}

#[test]
fn what_was_kept_counts_like_what_is_said() {
    let (mut index, none) = (ServiceIndex::default(), ClusterSet::default());
    let octets = postcard::to_allocvec(&shard()).expect("it can be packed");
    let kept = KeptShard { key: CART, exclusions: HEALTHY, has_endpoints: false, octets: &octets };
    assert!(index.put_kept(EAST, kept, 2) && !index.put_kept(EAST, kept, 2));
    index.recount(&none);
    assert_eq!(index.shard(CART, EAST), Some(shard()));
    assert_eq!(checked(&mut index, &none), ([1, 0], [1, 0], vec![1, 0, 0, 0, 0]));
}

#[test]
fn last_healthy_addresses_stay_while_nothing_is_healthy() {
    let (mut index, none) = (ServiceIndex::default(), ClusterSet::default());
    let sets: Sets = [vec![[192, 0, 2, 1].into()], Vec::new()];
    index.remember_healthy(CART, sets.clone());
    let revision = index.revision();
    index.remember_healthy(CART, sets.clone());
    assert_eq!(index.revision(), revision, "nothing new");
    assert_eq!(index.last_healthy(CART, Publish::All), &sets[0]);
    index.remember_healthy(CART, Sets::default());
    assert_eq!(index.last_healthy_sets(CART), None);
    // Of a service that does well, or that nobody has, nothing is taken in.
    index.restore_healthy(CART, sets.clone(), &none);
    index.put(CART, EAST, HEALTHY, &shard(), &none);
    index.restore_healthy(CART, sets.clone(), &none);
    assert_eq!(index.last_healthy_sets(CART), None);
    index.put(CART, EAST, DOWN, &shard(), &none);
    index.restore_healthy(CART, sets.clone(), &none);
    assert_eq!(index.last_healthy(CART, Publish::All), &sets[0]);
    index.put(CART, EAST, DOWN, &Shard::default(), &none);
    assert_eq!(index.last_healthy_sets(CART), None);
}
