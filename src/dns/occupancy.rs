//! How full the table of connections is, and what follows: how many one client may have, how long one may
//! be idle, who is let in, and who goes for that.
//!
//! In: numbers of connections, how long each is idle. Out: decisions. Does not know sockets, addresses or
//! the time.
//!
//! Up to half of the table nothing is withheld. From there to the end both what a client may have and how
//! long it may be idle shrink evenly, so that few clients never come to the end of it alone. Where many do, a
//! connection goes for each that comes.

use std::cmp::Reverse;
use std::time::Duration;

use super::limits::TcpLimits;

/// Of its connections a client keeps one in so many when the table is full.
const CLIENT_SHRINKS: usize = 8;
/// Of its time a connection keeps one part in so many when the table is full.
const IDLE_SHRINKS: u32 = 10;
/// How finely it is reckoned how full the table is.
const PARTS: usize = 1000;
/// How long a query may be under way before it is no reason any more to stay: a few round trips.
const UNDER_WAY: Duration = Duration::from_secs(1);
/// Who was idle for so long has been served; who was not may have a query on its way.
const SETTLED: Duration = Duration::from_secs(1);

/// How full the table is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occupancy {
    /// Connections that are open.
    pub(super) open: usize,
    /// How many there may be now: fewer than in `limits` where descriptors are few.
    pub(super) most: usize,
    pub(super) limits: TcpLimits,
}

/// What is to become of a new connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Verdict {
    /// There is room.
    Admit,
    /// Its client has its share: one of its own has to go.
    ReplaceOwn,
    /// The table is full: so many have to go, whoever's.
    Replace(usize),
}

/// A connection that is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occupant {
    /// How many connections its client has, with this one.
    pub(super) of_client: usize,
    /// How long ago its last query was answered, or it came.
    pub(super) idle: Duration,
    /// Whether a query of it has been answered.
    pub(super) is_served: bool,
    /// How long a query has been coming, or a reply has been waiting to be read.
    pub(super) under_way: Option<Duration>,
}

impl Occupancy {
    /// How far the second half of the table is filled, in parts.
    fn pressure(&self) -> usize {
        let above_half = (2 * self.open).saturating_sub(self.most);
        (above_half * PARTS).checked_div(self.most).map_or(PARTS, |parts| parts.min(PARTS))
    }

    /// Whether nothing more can be let in unless another goes.
    pub(super) fn is_full(&self) -> bool {
        self.open >= self.most
    }

    /// How many connections one client may have now; at least one.
    pub(super) fn per_client(&self) -> usize {
        let most = self.limits.connections_per_client.max(1);
        most - (most - most.div_ceil(CLIENT_SHRINKS)) * self.pressure() / PARTS
    }

    /// How long a connection may be idle now, and a query take to come whole.
    pub(super) fn idle(&self) -> Duration {
        self.shrunk(self.limits.idle)
    }

    /// How long replies may wait now without that any of them is read. Packets get lost, and are sent again.
    pub(super) fn stall(&self) -> Duration {
        let most = self.limits.stall;
        self.shrunk(most).max(most.min(UNDER_WAY))
    }

    fn shrunk(&self, most: Duration) -> Duration {
        let spared = (most - most / IDLE_SHRINKS) / PARTS as u32;
        most - spared * self.pressure() as u32
    }

    /// What is to become of a new connection of a client that has `own` already.
    pub(super) fn verdict(&self, own: usize) -> Verdict {
        if own >= self.per_client() {
            Verdict::ReplaceOwn
        } else if self.is_full() {
            Verdict::Replace(self.open + 1 - self.most)
        } else {
            Verdict::Admit
        }
    }

    /// Which of a client's own goes for a new one: the one that is idle longest. None of which a query is
    /// under way, or may be, as of those that have just come: then the new one is refused.
    pub(super) fn own_who_goes(own: &[Occupant]) -> Option<usize> {
        let is_settled = |it: &Occupant| !it.is_busy() && (it.is_served || it.idle >= SETTLED);
        let at_rest = own.iter().enumerate().filter(|(_, occupant)| is_settled(occupant));
        at_rest.max_by_key(|(_, occupant)| occupant.idle).map(|(at, _)| at)
    }

    /// Which ones go so that there is room: `count`, or all where there are not so many.
    pub(super) fn who_goes(&self, all: &[Occupant], count: usize) -> Vec<usize> {
        let per_client = self.per_client();
        let mut ranked: Vec<usize> = (0..all.len()).collect();
        let rank = |at: &usize| (all[*at].stands(per_client), Reverse(all[*at].idle), *at);
        if count == 0 {
            return Vec::new();
        }
        if count < ranked.len() {
            ranked.select_nth_unstable_by_key(count - 1, rank);
            ranked.truncate(count);
        }
        ranked
    }
}

/// In which order connections go; within each those first that are idle longest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Standing {
    /// At rest, of a client that has more than its share now.
    TooMany,
    /// At rest, and served.
    Settled,
    /// With a query under way, of a client that has more than its share now.
    TooManyBusy,
    /// Of which a query is under way, or may be.
    Wanted,
}

impl Occupant {
    /// Whether a query of it is under way. One that takes long is none: its client sends it octet by octet,
    /// or does not read the reply.
    fn is_busy(&self) -> bool {
        self.under_way.is_some_and(|time| time < UNDER_WAY)
    }

    fn stands(&self, per_client: usize) -> Standing {
        match (self.is_busy(), self.of_client > per_client) {
            (false, true) => Standing::TooMany,
            (false, false) if self.idle >= SETTLED => Standing::Settled,
            (true, true) => Standing::TooManyBusy,
            _ => Standing::Wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn table(open: usize, most: usize) -> Occupancy {
        Occupancy { open, most, limits: TcpLimits::default() }
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn at_rest(of_client: usize, idle: u64) -> Occupant {
        Occupant { of_client, idle: seconds(idle), is_served: true, under_way: None }
    }

    fn busy(of_client: usize, idle: u64, under_way: u64) -> Occupant {
        Occupant { under_way: Some(seconds(under_way)), ..at_rest(of_client, idle) }
    }

    #[test]
    fn shares_and_times_shrink_in_the_second_half_of_the_table() {
        let shares = [0, 512, 768, 1024, 2000].map(|open| table(open, 1024).per_client());
        assert_eq!(shares, [64, 64, 36, 8, 8]);
        let times = [0, 512, 768, 1024, 2000].map(|open| table(open, 1024).idle().as_millis());
        assert_eq!(times, [10_000, 10_000, 5_500, 1_000, 1_000]);
        // A table without room is full; nobody's share is nothing.
        let limits = TcpLimits { connections_per_client: 0, ..TcpLimits::default() };
        let none = Occupancy { open: 0, most: 0, limits };
        assert_eq!((none.per_client(), none.verdict(0)), (1, Verdict::Replace(1)));
    }

    #[test]
    fn sixteen_clients_do_not_fill_the_table() {
        let (mut open, mut clients) = (0, [0_usize; 16]);
        while let Some(own) =
            clients.iter_mut().find(|own| table(open, 1024).verdict(**own) == Verdict::Admit)
        {
            *own += 1;
            open += 1;
        }
        assert!((768..960).contains(&open), "{open}");
        assert_eq!(table(open, 1024).verdict(0), Verdict::Admit);
    }

    #[test]
    fn who_is_idle_longest_goes_first() {
        let full = table(4, 4);
        let all = [at_rest(1, 5), at_rest(1, 9), at_rest(1, 7), at_rest(1, 0)];
        assert_eq!(full.verdict(1), Verdict::Replace(1));
        assert_eq!(full.who_goes(&all, 1), [1]);
        assert_eq!(Occupancy::own_who_goes(&all), Some(1));
        let mut two = full.who_goes(&all, 2);
        two.sort_unstable();
        assert_eq!(two, [1, 2]);
        assert_eq!(full.who_goes(&all, 9).len(), 4);
        assert!(full.who_goes(&all, 0).is_empty() && full.who_goes(&[], 1).is_empty());
    }

    #[test]
    fn those_of_clients_with_more_than_their_share_go_before_others() {
        let all = [at_rest(1, 9), at_rest(9, 2), at_rest(9, 3), busy(9, 9, 0)];
        assert_eq!(table(1024, 1024).who_goes(&all, 1), [2]);
    }

    #[test]
    fn a_query_under_way_stays_where_that_can_be() {
        let full = table(1024, 1024);
        assert_eq!(full.who_goes(&[busy(9, 9, 0), at_rest(1, 2)], 1), [1]);
        // But not for who may just have come, as long as somebody has too many.
        assert_eq!(full.who_goes(&[busy(9, 9, 0), at_rest(1, 0)], 1), [0]);
        assert_eq!(full.who_goes(&[busy(1, 3, 0), busy(1, 4, 0)], 1), [1]);
        assert_eq!(Occupancy::own_who_goes(&[busy(9, 9, 0), busy(9, 8, 0)]), None);
        // Half a query for seconds, or a reply that is not read, is none.
        assert_eq!(full.who_goes(&[busy(1, 9, 9), at_rest(1, 2)], 1), [0]);
        assert_eq!(Occupancy::own_who_goes(&[busy(9, 9, 0), busy(9, 8, 2)]), Some(1));
    }

    fn occupants() -> impl Strategy<Value = Vec<Occupant>> {
        let one = (1_usize..80, 0_u64..12_000, prop::option::of(0_u64..12_000));
        let one = one.prop_map(|(of_client, idle, under_way)| Occupant {
            of_client,
            idle: Duration::from_millis(idle),
            is_served: idle % 2 == 0,
            under_way: under_way.map(Duration::from_millis),
        });
        prop::collection::vec(one, 0..40)
    }

    proptest! {
        #[test]
        fn the_fuller_the_table_the_less_is_let(
            open in 0_usize..3000, more in 0_usize..3000, most in 0_usize..2000,
        ) {
            let (some, full) = (table(open, most), table(open + more, most));
            prop_assert!(full.per_client() <= some.per_client() && full.per_client() >= 1);
            prop_assert!(full.idle() <= some.idle() && full.idle() >= some.limits.idle / 10);
            prop_assert!(full.stall() <= some.stall() && full.stall() >= UNDER_WAY);
            prop_assert_eq!(table(open, 0).per_client(), 8);
        }

        #[test]
        fn who_is_let_in_finds_room(open in 0_usize..3000, most in 1_usize..2000, own in 0_usize..99) {
            match table(open, most).verdict(own) {
                Verdict::Admit => prop_assert!(open < most),
                Verdict::Replace(count) => prop_assert_eq!(open - count + 1, most),
                Verdict::ReplaceOwn => prop_assert!(own >= 8),
            }
        }

        #[test]
        fn nobody_goes_before_one_that_should(all in occupants(), count in 0_usize..50) {
            let full = table(1024, 1024);
            let gone = full.who_goes(&all, count);
            prop_assert_eq!(gone.len(), count.min(all.len()));
            let stands = |at: usize| (all[at].stands(full.per_client()), Reverse(all[at].idle));
            for stays in (0..all.len()).filter(|at| !gone.contains(at)) {
                for &goes in &gone {
                    prop_assert!(stands(goes) <= stands(stays));
                }
            }
        }

        #[test]
        fn of_its_own_a_client_loses_none_with_a_query_under_way(all in occupants()) {
            let may_go =
                |it: &&Occupant| !it.is_busy() && (it.is_served || it.idle >= Duration::from_secs(1));
            let longest = all.iter().filter(may_go).map(|it| it.idle).max();
            let gone = Occupancy::own_who_goes(&all).map(|at| &all[at]);
            prop_assert!(gone.is_none_or(|it| may_go(&it)));
            prop_assert_eq!(gone.map(|it| it.idle), longest);
        }
    }
}
