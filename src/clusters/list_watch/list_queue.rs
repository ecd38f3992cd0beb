//! The queue of lists: which clusters may list now.
//!
//! In: wishes to list, each with a rank; that lists move, and that they are over; moments. Out: which
//! wishes are granted. Few clusters list at once, so that the first is ready while the last has not begun,
//! and memory holds few half lists. All lists of one cluster go together. A cluster whose lists do not
//! move keeps nobody waiting: another may begin, and it goes on if it moves again.
//! Does not know the clock, tasks, or what is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

/// Clusters that list at once.
const MOST: usize = 4;
/// How long a cluster that was let in may take until something comes. A far server needs as long for any
/// answer, and lists of few objects are over with it: clusters would wait for distance alone.
const BEGIN: Duration = Duration::from_millis(250);
/// How long nothing may come after that.
const STALL: Duration = Duration::from_secs(1);
/// How long a cluster keeps others waiting that lists all the time: over a slow line a list takes long,
/// and costs little of what is scarce here.
const TURN: Duration = Duration::from_secs(10);

/// Who goes first: the lesser rank.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(in crate::clusters) enum Rank {
    /// Somebody wishes the list now, for what is known is doubted.
    Wished,
    /// Nothing is known of the cluster but some kinds of objects: so many are missing.
    Missing(usize),
    /// Of the cluster is known what it was before a restart; so many kinds are missing.
    Restored(usize),
    /// The objects are known as they were when their watch was lost.
    Stale,
    /// The objects are known, and listed only in case something was missed.
    Resync,
}

/// A cluster that lists, by number.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ClusterNumber(pub(super) u64);

/// A wish, or the list that it became, by number.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Ticket(u64);

/// A cluster that was let in.
#[derive(Debug)]
struct Listing {
    tickets: BTreeSet<Ticket>,
    /// When it was let in.
    since: Instant,
    /// When it was let in, or something came last.
    moved: Instant,
    /// Whether something came.
    has_begun: bool,
}

impl Listing {
    /// Until when it keeps others waiting, if nothing comes.
    fn busy_until(&self) -> Instant {
        let patience = if self.has_begun { STALL } else { BEGIN };
        (self.moved + patience).min(self.since + TURN)
    }
}

/// Wishes, and lists that are under way.
#[derive(Debug, Default)]
pub(super) struct ListQueue {
    tickets: u64,
    wishes: BTreeMap<(Rank, Ticket), ClusterNumber>,
    listing: BTreeMap<ClusterNumber, Listing>,
    /// When it was looked last who may list.
    looked: Option<Instant>,
}

impl ListQueue {
    /// A cluster wishes to list.
    pub(super) fn wish(&mut self, cluster: ClusterNumber, rank: Rank) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.wishes.insert((rank, ticket), cluster);
        ticket
    }

    /// Something came of a list.
    pub(super) fn move_on(&mut self, cluster: ClusterNumber, now: Instant) {
        if let Some(listing) = self.listing.get_mut(&cluster) {
            (listing.moved, listing.has_begun) = (now, true);
        }
    }

    /// A list is over, or no longer wished.
    pub(super) fn end(&mut self, cluster: ClusterNumber, ticket: Ticket) {
        self.wishes.retain(|(_, it), _| *it != ticket);
        if let Some(listing) = self.listing.get_mut(&cluster) {
            listing.tickets.remove(&ticket);
            if listing.tickets.is_empty() {
                self.listing.remove(&cluster);
            }
        }
    }

    /// The wishes that are granted now.
    pub(super) fn grant(&mut self, now: Instant) -> Vec<Ticket> {
        self.looked = Some(now);
        let mut granted = Vec::new();
        let joining = self.wishes.extract_if(.., |_, cluster| self.listing.contains_key(cluster));
        for ((_, ticket), cluster) in joining.collect::<Vec<_>>() {
            self.let_in(cluster, ticket, now);
            granted.push(ticket);
        }
        while self.busy(now).count() < MOST
            && let Some((_, &cluster)) = self.wishes.first_key_value()
        {
            let of_cluster = self.wishes.extract_if(.., |_, it| *it == cluster);
            for ((_, ticket), _) in of_cluster.collect::<Vec<_>>() {
                self.let_in(cluster, ticket, now);
                granted.push(ticket);
            }
        }
        granted
    }

    /// When it is worth a look again, though nothing is said until then; `None` while nobody waits.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let looked = self.looked.filter(|_| !self.wishes.is_empty())?;
        self.busy(looked).map(Listing::busy_until).min()
    }

    /// Those that keep others waiting.
    fn busy(&self, now: Instant) -> impl Iterator<Item = &Listing> {
        self.listing.values().filter(move |listing| listing.busy_until() > now)
    }

    /// Grants a wish.
    fn let_in(&mut self, cluster: ClusterNumber, ticket: Ticket, now: Instant) {
        let begin =
            || Listing { tickets: BTreeSet::new(), since: now, moved: now, has_begun: false };
        self.listing.entry(cluster).or_insert_with(begin).tickets.insert(ticket);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    struct Rehearsal {
        queue: ListQueue,
        now: Instant,
    }

    impl Rehearsal {
        fn new() -> Self {
            Self { queue: ListQueue::default(), now: Instant::now() }
        }

        fn wish(&mut self, cluster: u64, rank: Rank) -> Ticket {
            self.queue.wish(ClusterNumber(cluster), rank)
        }

        fn grant(&mut self) -> Vec<Ticket> {
            self.queue.grant(self.now)
        }

        fn move_on(&mut self, cluster: u64) {
            self.queue.move_on(ClusterNumber(cluster), self.now);
        }

        fn end(&mut self, cluster: u64, ticket: Ticket) {
            self.queue.end(ClusterNumber(cluster), ticket);
        }
    }

    /// Clusters from 1 on that list and move.
    fn full() -> (Rehearsal, Vec<Ticket>) {
        let mut rehearsal = Rehearsal::new();
        let first: Vec<_> =
            (1..=MOST as u64).map(|it| rehearsal.wish(it, Rank::Missing(3))).collect();
        assert_eq!(rehearsal.grant(), first);
        (1..=MOST as u64).for_each(|cluster| rehearsal.move_on(cluster));
        (rehearsal, first)
    }

    #[test]
    fn who_waits_is_let_in_when_a_cluster_is_done_with_all_its_kinds() {
        let (mut rehearsal, first) = full();
        // Another kind of a cluster that lists goes with it.
        let second = rehearsal.wish(1, Rank::Missing(2));
        let other = rehearsal.wish(9, Rank::Missing(3));
        assert_eq!(rehearsal.grant(), [second]);
        rehearsal.end(1, first[0]);
        assert_eq!(rehearsal.grant(), []);
        rehearsal.end(1, second);
        assert_eq!(rehearsal.grant(), [other]);
    }

    #[test]
    fn the_nearest_to_readiness_goes_first() {
        let (mut rehearsal, first) = full();
        let ranks = [
            Rank::Resync,
            Rank::Restored(1),
            Rank::Missing(3),
            Rank::Stale,
            Rank::Missing(1),
            Rank::Wished,
            Rank::Missing(3),
        ];
        let wishes: Vec<_> = (10..)
            .zip(ranks)
            .map(|(cluster, rank)| (cluster, rehearsal.wish(cluster, rank)))
            .collect();
        assert_eq!(rehearsal.grant(), []);
        rehearsal.end(1, first[0]);
        for at in [5, 4, 2, 6, 1, 3, 0] {
            let (cluster, ticket) = wishes[at];
            assert_eq!(rehearsal.grant(), [ticket], "{:?}", ranks[at]);
            rehearsal.move_on(cluster);
            rehearsal.end(cluster, ticket);
        }
    }

    #[test]
    fn who_does_not_move_keeps_nobody_waiting_and_may_go_on() {
        let (mut rehearsal, first) = full();
        let (fifth, sixth) = (rehearsal.wish(5, Rank::Stale), rehearsal.wish(6, Rank::Stale));
        assert_eq!(rehearsal.queue.next_look(), Some(rehearsal.now + STALL));
        rehearsal.now += STALL - MILLI;
        (2..=4).for_each(|cluster| rehearsal.move_on(cluster));
        assert_eq!(rehearsal.grant(), []);
        rehearsal.now += MILLI;
        assert_eq!(rehearsal.grant(), [fifth]);
        rehearsal.move_on(5);
        // It moves again: now there are more than there should be, and nobody is let in for it.
        rehearsal.move_on(1);
        rehearsal.end(2, first[1]);
        assert_eq!(rehearsal.grant(), []);
        rehearsal.end(1, first[0]);
        assert_eq!(rehearsal.grant(), [sixth]);
    }

    #[test]
    fn servers_of_which_nothing_comes_at_all_delay_others_by_moments() {
        let mut rehearsal = Rehearsal::new();
        (0..100).for_each(|cluster| _ = rehearsal.wish(cluster, Rank::Missing(3)));
        let last = rehearsal.wish(100, Rank::Missing(3));
        let began = rehearsal.now;
        while !rehearsal.grant().contains(&last) {
            let look = rehearsal.queue.next_look().expect("somebody waits");
            assert!(look > rehearsal.now);
            rehearsal.now = look;
        }
        assert_eq!(rehearsal.now - began, BEGIN * 25);
        assert_eq!(rehearsal.queue.next_look(), None);
    }

    #[test]
    fn nor_do_servers_that_are_slow() {
        let (mut rehearsal, _) = full();
        let fifth = rehearsal.wish(5, Rank::Resync);
        let began = rehearsal.now;
        while rehearsal.grant() != [fifth] {
            (1..=4).for_each(|cluster| rehearsal.move_on(cluster));
            rehearsal.now += 100 * MILLI;
        }
        assert_eq!(rehearsal.now - began, TURN);
    }

    #[test]
    fn a_wish_that_is_taken_back_is_gone() {
        let (mut rehearsal, first) = full();
        let fifth = rehearsal.wish(5, Rank::Stale);
        let sixth = rehearsal.wish(6, Rank::Resync);
        rehearsal.end(5, fifth);
        rehearsal.end(1, first[0]);
        assert_eq!(rehearsal.grant(), [sixth]);
    }

    proptest! {
        /// Whatever happens: whoever moves is let in one by one, and everybody in the end.
        #[test]
        fn everybody_has_a_turn_and_few_at_once(
            wishes in prop::collection::vec((0_u64..12, 0_usize..4), 1..40),
            pauses in prop::collection::vec(0_u64..1500, 1..20),
        ) {
            let mut rehearsal = Rehearsal::new();
            let mut waiting = BTreeMap::new();
            for (cluster, missing) in wishes {
                waiting.insert(rehearsal.wish(cluster, Rank::Missing(missing)), cluster);
            }
            let mut under_way: Vec<(u64, Ticket)> = Vec::new();
            let mut pauses = pauses.into_iter().cycle();
            while !(waiting.is_empty() && under_way.is_empty()) {
                for ticket in rehearsal.grant() {
                    let cluster = waiting.remove(&ticket).expect("it is granted once");
                    under_way.push((cluster, ticket));
                }
                prop_assert!(rehearsal.queue.busy(rehearsal.now).count() <= MOST);
                prop_assert!(!under_way.is_empty());
                rehearsal.now += pauses.next().unwrap_or_default() as u32 * MILLI;
                let (cluster, ticket) = under_way.remove(0);
                rehearsal.end(cluster, ticket);
            }
            prop_assert!(rehearsal.queue.listing.is_empty());
        }
    }
}
