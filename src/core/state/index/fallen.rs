//! Fallen services: those that did well here, and that nothing answers for now.
//!
//! In: how a service did and does, whether some cluster still has an endpoint of it, moments. Out: since when it
//! does not answer, and whether it is missed: it did well within a week, and some cluster has an endpoint of it or
//! had one within the hour. What is missed is down; the rest is idle.
//! Does not know shards, nor who is told.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::time::{Moment, Now, Past};

use super::super::health::Health;

/// For so long a service that did well is missed.
const MISSED: Duration = Duration::from_secs(7 * 86_400);
/// For so long one is missed of which no cluster has an endpoint any more.
const MISSED_EMPTY: Duration = Duration::from_secs(3600);
/// What time alone changes of many services is looked at together, no more often than this.
const LOOK: Duration = Duration::from_secs(60);

/// Since when a service does not answer in one class.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Fall {
    /// Until when it did.
    healthy_until: Past,
    /// Since when no cluster has an endpoint of it.
    empty_since: Option<Past>,
    /// Whether it was missed when that was looked at last.
    is_missed: bool,
}

/// The same as it is kept, in unix seconds.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(in crate::core::state) struct KeptFall {
    healthy_until: u64,
    empty_since: Option<u64>,
}

/// The falls of a service, of each class, as they are kept.
pub(in crate::core::state) type KeptFalls = [Option<KeptFall>; 2];

/// What became of a service that did well, or does again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::core::state) enum Turn {
    /// The last shard has left.
    Falls,
    /// The first is back, after so long.
    Rises(Duration),
}

/// How a service is in one class, and whether some cluster has an endpoint of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub(super) health: Health,
    pub(super) has_endpoints: bool,
}

/// All that have fallen.
#[derive(Clone, Debug, Default)]
pub(super) struct Fallen {
    services: HashMap<Box<[u8]>, [Option<Fall>; 2]>,
    /// How many are missed in each class.
    missed: [u32; 2],
    /// When time alone may have changed some.
    next: Option<Moment>,
    /// Goes up whenever something changes that is kept.
    revision: u64,
}

impl Fall {
    fn new(healthy_until: Past, empty_since: Option<Past>, now: Moment) -> Self {
        Self { healthy_until, empty_since, is_missed: false }.looked_at(now)
    }

    fn looked_at(self, now: Moment) -> Self {
        let is_empty = self.empty_since.is_some_and(|since| since.age(now) >= MISSED_EMPTY);
        Self { is_missed: !is_empty && self.healthy_until.age(now) < MISSED, ..self }
    }

    /// When it is missed no more.
    fn end(self) -> Moment {
        let empty = self.empty_since.map(|since| since.after(MISSED_EMPTY));
        empty.into_iter().chain([self.healthy_until.after(MISSED)]).min().unwrap_or_default()
    }
}

impl Fallen {
    /// Follows a service from how it did in a class to how it does; `None` where nothing is left of it.
    pub(super) fn follow(
        &mut self,
        key: &[u8],
        class: usize,
        before: Option<Health>,
        after: Option<Standing>,
        now: Moment,
    ) -> Option<Turn> {
        let did_answer = before.is_some_and(Health::answers);
        // Nearly all services do well, and nothing is known of them here.
        if self.services.is_empty() && !did_answer {
            return None;
        }
        let Some(Standing { health: Health::Idle | Health::Down, has_endpoints }) = after else {
            let fall = self.set(key, class, None)?;
            let rises = after.is_some_and(|after| after.health.answers());
            return rises.then(|| Turn::Rises(fall.healthy_until.age(now)));
        };
        let known = self.services.get(key).and_then(|falls| falls[class]);
        let empty_since = known.and_then(|fall| fall.empty_since).unwrap_or(Past::at(now));
        let empty_since = (!has_endpoints).then_some(empty_since);
        let healthy_until = match known {
            Some(fall) if !did_answer => fall.healthy_until,
            _ if did_answer => Past::at(now),
            _ => return None,
        };
        if known.is_none_or(|it| (it.healthy_until, it.empty_since) != (healthy_until, empty_since))
        {
            self.set(key, class, Some(Fall::new(healthy_until, empty_since, now)));
        }
        did_answer.then_some(Turn::Falls)
    }

    /// Takes in what an earlier run kept of a service that does not answer now either.
    pub(super) fn restore(&mut self, key: &[u8], class: usize, kept: KeptFall, now: Now) {
        let past = |unix_seconds| Past::kept(unix_seconds, now);
        let empty_since = kept.empty_since.map(past);
        let fall = Fall::new(past(kept.healthy_until), empty_since, now.moment);
        self.set(key, class, Some(fall));
    }

    /// Puts a fall in the place of the one that was there.
    fn set(&mut self, key: &[u8], class: usize, fall: Option<Fall>) -> Option<Fall> {
        if self.services.is_empty() && fall.is_none() {
            return None;
        }
        let falls = match self.services.get_mut(key) {
            Some(falls) => falls,
            None if fall.is_none() => return None,
            None => self.services.entry(key.into()).or_default(),
        };
        let former = std::mem::replace(&mut falls[class], fall);
        self.revision += u64::from(former != fall);
        if *falls == [None; 2] {
            self.services.remove(key);
        }
        let count = |fall: Option<Fall>| u32::from(fall.is_some_and(|fall| fall.is_missed));
        self.missed[class] = self.missed[class] + count(fall) - count(former);
        if let Some(fall) = fall.filter(|fall| fall.is_missed) {
            self.next = self.next.into_iter().chain([fall.end()]).min();
        }
        former
    }

    /// When time alone changes something.
    pub(super) fn next(&self) -> Option<Moment> {
        self.next
    }

    /// Lets time pass; whether some service is missed no more.
    pub(super) fn pass(&mut self, now: Moment) -> bool {
        if self.next.is_none_or(|next| next > now) {
            return false;
        }
        let missed_before = std::mem::take(&mut self.missed);
        let missed = &mut self.missed;
        let mut next: Option<Moment> = None;
        self.services.retain(|_, falls| {
            for (class, fall) in falls.iter_mut().enumerate() {
                // Who was not missed for a week will not be missed again.
                *fall = fall.filter(|it| it.healthy_until.age(now) < MISSED);
                let Some(fall) = fall else { continue };
                *fall = fall.looked_at(now);
                if fall.is_missed {
                    missed[class] += 1;
                    next = next.into_iter().chain([fall.end()]).min();
                }
            }
            *falls != [None; 2]
        });
        self.next = next.map(|next| next.max(Moment(now.0 + LOOK)));
        missed_before != self.missed
    }

    /// How many are missed in a class.
    pub(super) fn missed(&self, class: usize) -> u32 {
        self.missed[class]
    }

    /// Whether a service is missed in a class.
    pub(super) fn is_missed(&self, key: &[u8], class: usize) -> bool {
        let fall = self.services.get(key).and_then(|falls| falls[class]);
        fall.is_some_and(|fall| fall.is_missed)
    }

    /// Until when a service did well in a class that does not now.
    pub(super) fn healthy_until(&self, key: &[u8], class: usize) -> Option<Past> {
        Some(self.services.get(key)?[class]?.healthy_until)
    }

    /// Those that are missed in a class, in no order, and until when they did well.
    pub(super) fn all_missed(&self, class: usize) -> impl Iterator<Item = (&[u8], Past)> {
        self.services.iter().filter_map(move |(key, falls)| {
            let fall = falls[class].filter(|fall| fall.is_missed)?;
            Some((&**key, fall.healthy_until))
        })
    }

    /// Another number whenever something changes that is kept.
    pub(super) fn kept_revision(&self) -> u64 {
        self.revision
    }

    /// What is to be kept of a service.
    pub(super) fn kept(&self, key: &[u8], now: Now) -> Option<KeptFalls> {
        let kept = |fall: Fall| KeptFall {
            healthy_until: fall.healthy_until.unix_seconds(now),
            empty_since: fall.empty_since.map(|since| since.unix_seconds(now)),
        };
        Some(self.services.get(key)?.map(|fall| fall.map(kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CART: &[u8] = b"\x04cart\x04shop";
    const HOUR: u64 = 3600;

    fn at(seconds: u64) -> Moment {
        Moment(Duration::from_secs(seconds))
    }

    fn idle(has_endpoints: bool) -> Option<Standing> {
        Some(Standing { health: Health::Idle, has_endpoints })
    }

    fn fallen(has_endpoints: bool) -> Fallen {
        let mut all = Fallen::default();
        let turn = all.follow(CART, 0, Some(Health::Healthy), idle(has_endpoints), at(10));
        assert_eq!(turn, Some(Turn::Falls));
        all
    }

    #[test]
    fn who_never_did_well_is_not_missed() {
        let mut all = Fallen::default();
        assert_eq!(all.follow(CART, 0, None, idle(true), at(1)), None);
        assert_eq!(all.follow(CART, 0, Some(Health::Idle), idle(true), at(2)), None);
        assert_eq!((all.missed(0), all.next()), (0, None));
    }

    #[test]
    fn one_with_endpoints_is_missed_for_a_week() {
        let mut all = fallen(true);
        assert!(all.is_missed(CART, 0) && !all.is_missed(CART, 1));
        assert_eq!(all.next(), Some(at(10 + 7 * 86_400)));
        assert!(!all.pass(at(7 * 86_400)));
        assert!(all.pass(at(10 + 7 * 86_400)));
        assert_eq!((all.missed(0), all.services.len()), (0, 0));
    }

    #[test]
    fn one_without_endpoints_is_missed_for_an_hour_and_again_when_they_come_back() {
        let mut all = fallen(false);
        assert!(all.pass(at(10 + HOUR)) && !all.is_missed(CART, 0));
        assert_eq!(all.follow(CART, 0, Some(Health::Idle), idle(true), at(2 * HOUR)), None);
        assert_eq!(all.missed(0), 1);
        // The last of them goes: another hour from then.
        assert_eq!(all.follow(CART, 0, Some(Health::Idle), idle(false), at(3 * HOUR)), None);
        assert!(all.is_missed(CART, 0) && all.next() <= Some(at(4 * HOUR)));
        all.pass(at(4 * HOUR));
        assert_eq!(all.missed(0), 0);
    }

    #[test]
    fn who_is_back_says_for_how_long_it_was_down() {
        let mut all = fallen(true);
        let well = Some(Standing { health: Health::Degraded, has_endpoints: true });
        let turn = all.follow(CART, 0, Some(Health::Idle), well, at(52));
        assert_eq!(turn, Some(Turn::Rises(Duration::from_secs(42))));
        assert_eq!((all.missed(0), all.services.len()), (0, 0));
        // One that is withdrawn by its owner is no service that fell.
        let mut all = fallen(true);
        let gone = Some(Standing { health: Health::Unpublished, has_endpoints: true });
        assert_eq!(all.follow(CART, 0, Some(Health::Idle), gone, at(52)), None);
        assert_eq!(all.missed(0), 0);
    }

    #[test]
    fn what_was_kept_counts_from_when_it_was() {
        let all = fallen(true);
        let now = |moment, unix_seconds| Now { moment: at(moment), unix_seconds };
        let kept = all.kept(CART, now(20, 1_000_000)).expect("it fell");
        let mut next = Fallen::default();
        next.restore(CART, 0, kept[0].expect("it fell"), now(1, 1_000_090));
        assert_eq!(next.all_missed(0).count(), 1);
        assert_eq!(next.healthy_until(CART, 0).map(|it| it.age(at(1)).as_secs()), Some(100));
        assert_eq!(next.kept(CART, now(1, 1_000_090)), Some(kept));
        let mut late = Fallen::default();
        late.restore(CART, 0, kept[0].expect("it fell"), now(1, 1_000_000 + 7 * 86_400));
        assert_eq!(late.missed(0), 0);
    }
}
