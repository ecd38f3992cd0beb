//! Who may have how many connections, and who goes so that another may come.
//!
//! In: a client's address; what connections tell of themselves. Out: a permit that lasts as long as the
//! connection, or none; a call to those that are to go. What is decided, `occupancy` decides.
//! Does not know what connections carry.

use std::net::{IpAddr, Ipv6Addr};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::limits::TcpLimits;
use super::occupancy::{Occupancy, Occupant, Verdict};

/// How long fewer connections are let in after the system had no descriptor left.
const LEAN: Duration = Duration::from_secs(60);

/// How long a connection that was called may take to go before the new one is refused.
const LEAVING: Duration = Duration::from_secs(1);

/// What stands for "no query is under way".
const AT_REST: u64 = u64::MAX;

/// The connections of all listeners.
pub(super) struct Admission {
    limits: TcpLimits,
    started: Instant,
    total_limit: AtomicUsize,
    /// The limit that holds now: lower where descriptors were few.
    limit_now: AtomicUsize,
    total: AtomicUsize,
    by_client: DashMap<IpAddr, Vec<Arc<Seat>>>,
    /// Somebody went.
    freed: Notify,
    /// A lower limit, and until when it holds.
    lean: Mutex<Option<(usize, Instant)>>,
}

/// The right to one connection; gives it back when dropped.
pub(super) struct Permit {
    admission: Arc<Admission>,
    client: IpAddr,
    seat: Arc<Seat>,
}

/// What a connection tells of itself, in milliseconds since the start.
struct Seat {
    /// When its last query was answered, or it came.
    asked_at: AtomicU64,
    /// Since when a query has been coming, or a reply has been waiting to be read.
    busy_since: AtomicU64,
    /// Whether a query of it has been answered.
    is_served: AtomicBool,
    /// It is to go.
    leave: CancellationToken,
}

/// What came of trying to let one in.
enum Trial {
    Admitted(Permit),
    /// Others have been called; `of_own` says whether one of the client's own was.
    Called {
        of_own: bool,
    },
    Refused,
}

impl Admission {
    pub(super) fn new(limits: TcpLimits) -> Self {
        Self {
            limits,
            started: Instant::now(),
            total_limit: AtomicUsize::new(limits.connections),
            limit_now: AtomicUsize::new(limits.connections),
            total: AtomicUsize::new(0),
            by_client: DashMap::new(),
            freed: Notify::new(),
            lean: Mutex::default(),
        }
    }

    /// A permit for one more connection of `address`, within the limits; where there is no room another
    /// one is called to go, and waited for.
    pub(super) async fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let client = client_of(address);
        let end = Instant::now() + LEAVING;
        let mut has_replaced = false;
        loop {
            let mut freed = pin!(self.freed.notified());
            freed.as_mut().enable();
            match self.try_admit(client, has_replaced) {
                Trial::Admitted(permit) => return Some(permit),
                Trial::Refused => return None,
                Trial::Called { of_own } => has_replaced |= of_own,
            }
            timeout_at(end, freed).await.ok()?;
        }
    }

    /// Lets one in, or calls those that have to go for that. A client that `has_replaced` one of its own
    /// has its share still.
    fn try_admit(self: &Arc<Self>, client: IpAddr, has_replaced: bool) -> Trial {
        let open = self.total.fetch_add(1, Relaxed);
        let occupancy = self.occupancy(open, self.limit());
        let own = self.by_client.get(&client).map_or(0, |seats| seats.len());
        let trial = match occupancy.verdict(if has_replaced { 0 } else { own }) {
            Verdict::Admit => return Trial::Admitted(self.seat(client)),
            Verdict::ReplaceOwn => self.replace_own(client),
            Verdict::Replace(count) => self.replace(&occupancy, count),
        };
        self.total.fetch_sub(1, Relaxed);
        trial
    }

    fn seat(self: &Arc<Self>, client: IpAddr) -> Permit {
        let seat = Arc::new(Seat {
            asked_at: AtomicU64::new(self.millis(Instant::now())),
            busy_since: AtomicU64::new(AT_REST),
            is_served: AtomicBool::new(false),
            leave: CancellationToken::new(),
        });
        self.by_client.entry(client).or_default().push(Arc::clone(&seat));
        Permit { admission: Arc::clone(self), client, seat }
    }

    /// Calls one of a client's own.
    fn replace_own(&self, client: IpAddr) -> Trial {
        let now = self.millis(Instant::now());
        let Some(own) = self.by_client.get(&client) else { return Trial::Refused };
        let staying: Vec<_> = own.iter().filter(|seat| !seat.leave.is_cancelled()).collect();
        let occupants: Vec<_> = staying.iter().map(|seat| seat.occupant(own.len(), now)).collect();
        match Occupancy::own_who_goes(&occupants) {
            Some(at) => {
                staying[at].leave.cancel();
                Trial::Called { of_own: true }
            }
            None => Trial::Refused,
        }
    }

    /// Calls so many, whoever's they are, with those that have been called.
    fn replace(&self, occupancy: &Occupancy, count: usize) -> Trial {
        let now = self.millis(Instant::now());
        let (mut staying, mut occupants, mut leaving) = (Vec::new(), Vec::new(), 0);
        for seats in &self.by_client {
            for seat in seats.iter() {
                if seat.leave.is_cancelled() {
                    leaving += 1;
                    continue;
                }
                occupants.push(seat.occupant(seats.len(), now));
                staying.push(Arc::clone(seat));
            }
        }
        let going = occupancy.who_goes(&occupants, count.saturating_sub(leaving));
        if going.is_empty() && leaving == 0 {
            return Trial::Refused;
        }
        going.into_iter().for_each(|at| staying[at].leave.cancel());
        Trial::Called { of_own: false }
    }

    /// Lets so many connections in from now on. Those that are open stay until others come.
    pub(super) fn set_limit(&self, total: usize) {
        self.total_limit.store(total, Relaxed);
        self.limit();
    }

    /// The system has no descriptor left: for a while an eighth of the connections that are open
    /// now is not replaced when they end, so that files can be opened.
    pub(super) fn give_way(&self) {
        let open = self.total.load(Relaxed);
        let fewer = (open - open.div_ceil(8)).max(1);
        let mut lean = self.lean.lock().unwrap_or_else(PoisonError::into_inner);
        *lean = Some((fewer, Instant::now() + LEAN));
        drop(lean);
        self.limit();
    }

    fn limit(&self) -> usize {
        let limit = self.total_limit.load(Relaxed);
        let mut lean = self.lean.lock().unwrap_or_else(PoisonError::into_inner);
        _ = lean.take_if(|(_, end)| Instant::now() >= *end);
        let limit = lean.map_or(limit, |(fewer, _)| limit.min(fewer));
        self.limit_now.store(limit, Relaxed);
        limit
    }

    fn occupancy(&self, open: usize, most: usize) -> Occupancy {
        Occupancy { open, most, limits: self.limits }
    }

    fn millis(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.started).as_millis() as u64
    }
}

impl Seat {
    fn occupant(&self, of_client: usize, now: u64) -> Occupant {
        let since = |then: u64| Duration::from_millis(now.saturating_sub(then));
        let busy_since = Some(self.busy_since.load(Relaxed)).filter(|since| *since != AT_REST);
        let idle = since(self.asked_at.load(Relaxed));
        let is_served = self.is_served.load(Relaxed);
        Occupant { of_client, idle, is_served, under_way: busy_since.map(since) }
    }
}

impl Permit {
    /// A query has begun to come, or a reply waits to be read, since `now`.
    pub(super) fn note_busy(&self, now: Instant) {
        if self.seat.busy_since.load(Relaxed) == AT_REST {
            self.seat.busy_since.store(self.admission.millis(now), Relaxed);
        }
    }

    /// Queries have been answered by `now`, and nothing is under way.
    pub(super) fn note_asked(&self, now: Instant) {
        self.seat.is_served.store(true, Relaxed);
        self.seat.asked_at.store(self.admission.millis(now), Relaxed);
        self.seat.busy_since.store(AT_REST, Relaxed);
    }

    /// How full the table is now.
    pub(super) fn occupancy(&self) -> Occupancy {
        let Admission { total, total_limit, limit_now, .. } = &*self.admission;
        let mut limit = limit_now.load(Relaxed);
        // A limit that was lowered for a while is looked at again, though nobody new comes.
        if limit < total_limit.load(Relaxed) {
            limit = self.admission.limit();
        }
        self.admission.occupancy(total.load(Relaxed), limit)
    }

    /// Fires when the connection is to go.
    pub(super) fn leave(&self) -> CancellationToken {
        self.seat.leave.clone()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Admission { by_client, total, freed, .. } = &*self.admission;
        if let Some(mut seats) = by_client.get_mut(&self.client) {
            seats.retain(|seat| !Arc::ptr_eq(seat, &self.seat));
        }
        by_client.remove_if(&self.client, |_, seats| seats.is_empty());
        total.fetch_sub(1, Relaxed);
        freed.notify_waiters();
    }
}

/// Whom an address counts for: an IPv6 client has at least a /64 of addresses.
fn client_of(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(six) => Ipv6Addr::from_bits(six.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests;
