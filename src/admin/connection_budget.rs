//! Who may have a connection: a budget of those that ask and go, and one of those that stay.
//!
//! In: connections, and what they do. Out: a slot for each; where all are taken, the one whose
//! connection has done nothing for the longest is taken from it; where all are busy, that of the one
//! that was answered most. Does not know HTTP.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

/// No slot is taken from a connection that has done something so short a time ago: whoever has
/// just come is to be heard, also while others come without end.
const GRACE: Duration = Duration::from_millis(50);
/// A stream loses its slot to another one only when it was not read for so long.
const UNREAD: Duration = Duration::from_secs(5);
/// A connection ends when it has done nothing for so long.
const STALL: Duration = Duration::from_secs(30);

/// How many connections there may be at a time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Those that ask and go.
    pub connections: usize,
    /// Those whose response stays open, besides.
    pub streams: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { connections: 64, streams: 8 }
    }
}

/// The slots of a listener.
#[derive(Clone, Debug)]
pub(super) struct Slots {
    limits: Limits,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    /// How many were ever given.
    given: u64,
    connections: BTreeMap<u64, Use>,
    streams: BTreeMap<u64, Use>,
}

/// How a slot is used.
#[derive(Debug)]
struct Use {
    /// When its connection came, its last request, or the last piece of a response went.
    moment: Instant,
    /// How many requests came over it.
    requests: u64,
    lost: CancellationToken,
}

/// A slot; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    number: u64,
    lost: CancellationToken,
    slots: Slots,
}

impl Slots {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, taken: Arc::default() }
    }

    /// A slot for a connection that has come. Waits a moment where all others have only just come.
    pub(super) async fn take(&self) -> Slot {
        loop {
            let rest = {
                let mut taken = self.lock();
                let is_full = taken.connections.len() >= self.limits.connections;
                let Some(idlest) = idle_longest(&taken.connections).filter(|_| is_full) else {
                    return self.give(taken);
                };
                let victim = match idlest.idle >= GRACE {
                    true => Some(idlest.number),
                    false => answered_most(&taken.connections),
                };
                if let Some(number) = victim {
                    lose(&mut taken.connections, number);
                    return self.give(taken);
                }
                GRACE - idlest.idle
            };
            sleep(rest).await;
        }
    }

    /// Takes the slot from the connection that is idle longest, so that its descriptor is free.
    pub(super) fn shed(&self) {
        let mut taken = self.lock();
        if let Some(idlest) = idle_longest(&taken.connections) {
            lose(&mut taken.connections, idlest.number);
        }
    }

    fn give(&self, mut taken: MutexGuard<'_, Taken>) -> Slot {
        taken.given += 1;
        let (number, lost) = (taken.given, CancellationToken::new());
        taken.connections.insert(number, Use::new(lost.clone()));
        Slot { number, lost, slots: self.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Use {
    fn new(lost: CancellationToken) -> Self {
        Self { moment: Instant::now(), requests: 0, lost }
    }
}

impl Slot {
    /// Notes that a request has come.
    pub(super) fn ask(&self) {
        self.note(|it| it.requests += 1);
    }

    /// Notes that a piece of a response goes.
    pub(super) fn touch(&self) {
        self.note(|_| {});
    }

    fn note(&self, what: impl FnOnce(&mut Use)) {
        let mut taken = self.slots.lock();
        let Taken { connections, streams, .. } = &mut *taken;
        let found = connections.get_mut(&self.number).or_else(|| streams.get_mut(&self.number));
        if let Some(it) = found {
            it.moment = Instant::now();
            what(it);
        }
    }

    /// Makes this the slot of a stream until its connection ends; false where there are too many.
    pub(super) fn stay(&self) -> bool {
        let mut taken = self.slots.lock();
        let is_full = taken.streams.len() >= self.slots.limits.streams;
        if is_full && !taken.streams.contains_key(&self.number) {
            match idle_longest(&taken.streams) {
                Some(it) if it.idle >= UNREAD => lose(&mut taken.streams, it.number),
                _ => return false,
            }
        }
        if let Some(it) = taken.connections.remove(&self.number) {
            taken.streams.insert(self.number, it);
        }
        true
    }

    /// Waits until the slot is lost: to another connection, or because nothing is done with it.
    pub(super) async fn lost(&self) {
        tokio::select! {
            () = self.lost.cancelled() => {}
            () = self.stalled() => {}
        }
    }

    async fn stalled(&self) {
        loop {
            let moment = {
                let taken = self.slots.lock();
                let Taken { connections, streams, .. } = &*taken;
                let found = connections.get(&self.number).or_else(|| streams.get(&self.number));
                found.map(|it| it.moment)
            };
            match moment {
                Some(moment) if moment.elapsed() < STALL => sleep_until(moment + STALL).await,
                _ => return,
            }
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut taken = self.slots.lock();
        taken.connections.remove(&self.number);
        taken.streams.remove(&self.number);
    }
}

/// A slot whose connection does nothing.
struct Idle {
    number: u64,
    /// For how long.
    idle: Duration,
}

/// The slot whose connection did something before all others.
fn idle_longest(slots: &BTreeMap<u64, Use>) -> Option<Idle> {
    let (&number, it) = slots.iter().min_by_key(|(_, it)| it.moment)?;
    Some(Idle { number, idle: it.moment.elapsed() })
}

/// The slot whose connection has asked most, of those that have asked again: whoever asks without end
/// gives way to who has not been heard at all.
fn answered_most(slots: &BTreeMap<u64, Use>) -> Option<u64> {
    let again = slots.iter().filter(|(_, it)| it.requests > 1);
    again.max_by_key(|(_, it)| it.requests).map(|(number, _)| *number)
}

fn lose(slots: &mut BTreeMap<u64, Use>, number: u64) {
    if let Some(it) = slots.remove(&number) {
        it.lost.cancel();
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::{advance, timeout};

    use super::*;

    async fn take(slots: &Slots) -> Slot {
        advance(GRACE).await;
        slots.take().await
    }

    fn is_lost(slot: &Slot) -> bool {
        slot.lost.is_cancelled()
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_idle_goes_first() {
        let slots = Slots::new(Limits { connections: 3, streams: 1 });
        let (a, b, c) = (take(&slots).await, take(&slots).await, take(&slots).await);
        advance(GRACE).await;
        a.touch();
        let d = take(&slots).await;
        assert_eq!([&a, &b, &c, &d].map(is_lost), [false, true, false, false]);
        drop(c);
        let _e = take(&slots).await;
        assert_eq!([&a, &d].map(is_lost), [false, false], "one had gone");
    }

    #[tokio::test(start_paused = true)]
    async fn who_has_just_come_is_heard() {
        let slots = Slots::new(Limits { connections: 1, streams: 1 });
        let first = slots.take().await;
        assert!(timeout(GRACE / 2, slots.take()).await.is_err());
        assert!(!is_lost(&first));
        let _second = timeout(GRACE, slots.take()).await.expect("a slot");
        assert!(is_lost(&first));
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_without_end_gives_way_at_once() {
        let slots = Slots::new(Limits { connections: 3, streams: 1 });
        let (a, b, c) = (take(&slots).await, take(&slots).await, take(&slots).await);
        for (slot, requests) in [(&a, 2), (&b, 3), (&c, 1)] {
            (0..requests).for_each(|_| slot.ask());
        }
        let new = slots.take();
        let _d = timeout(Duration::ZERO, new).await.expect("a slot without a pause");
        assert_eq!([&a, &b, &c].map(is_lost), [false, true, false]);
    }

    #[tokio::test(start_paused = true)]
    async fn streams_take_no_slots_of_others_and_one_that_is_not_read_goes() {
        let slots = Slots::new(Limits { connections: 1, streams: 1 });
        let stream = take(&slots).await;
        assert!(stream.stay());
        let short = take(&slots).await;
        assert!(!is_lost(&stream) && !is_lost(&short));
        assert!(!short.stay(), "the other one is read");
        advance(UNREAD).await;
        stream.touch();
        assert!(!short.stay());
        advance(UNREAD).await;
        assert!(short.stay() && is_lost(&stream));
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_nothing_ends() {
        let slots = Slots::new(Limits::default());
        let slot = slots.take().await;
        assert!(timeout(STALL / 2, slot.lost()).await.is_err());
        slot.touch();
        assert!(timeout(STALL * 9 / 10, slot.lost()).await.is_err());
        assert!(timeout(STALL, slot.lost()).await.is_ok());
    }
}
