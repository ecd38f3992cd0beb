//! Who may have how many connections.
//!
//! In: a client's address. Out: a permit that lasts as long as the connection, or none.
//! Does not know what connections carry.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dashmap::DashMap;
use tokio::time::Instant;

/// How long fewer connections are let in after the system had no descriptor left.
const LEAN: Duration = Duration::from_secs(60);

/// The count of connections over all listeners, in total and by client.
pub(super) struct Admission {
    total_limit: AtomicUsize,
    client_limit: usize,
    total: AtomicUsize,
    by_client: DashMap<IpAddr, usize>,
    /// A lower limit, and until when it holds.
    lean: Mutex<Option<(usize, Instant)>>,
}

/// The right to one connection; gives it back when dropped.
pub(super) struct Permit {
    admission: Arc<Admission>,
    client: IpAddr,
}

impl Admission {
    pub(super) fn new(total_limit: usize, client_limit: usize) -> Self {
        Self {
            total_limit: AtomicUsize::new(total_limit),
            client_limit,
            total: AtomicUsize::new(0),
            by_client: DashMap::new(),
            lean: Mutex::default(),
        }
    }

    /// A permit for one more connection of `address`, if that is within the limits.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let client = client_of(address);
        if self.total.fetch_add(1, Relaxed) >= self.limit() {
            self.total.fetch_sub(1, Relaxed);
            return None;
        }
        let mut count = self.by_client.entry(client).or_insert(0);
        if *count >= self.client_limit {
            self.total.fetch_sub(1, Relaxed);
            return None;
        }
        *count += 1;
        Some(Permit { admission: Arc::clone(self), client })
    }

    /// Lets so many connections in from now on. Those that are open stay.
    pub(super) fn set_limit(&self, total: usize) {
        self.total_limit.store(total, Relaxed);
    }

    /// The system has no descriptor left: for a while an eighth of the connections that are open
    /// now is not replaced when they end, so that files can be opened.
    pub(super) fn give_way(&self) {
        let open = self.total.load(Relaxed);
        let fewer = (open - open.div_ceil(8)).max(1);
        let mut lean = self.lean.lock().unwrap_or_else(PoisonError::into_inner);
        *lean = Some((fewer, Instant::now() + LEAN));
    }

    fn limit(&self) -> usize {
        let limit = self.total_limit.load(Relaxed);
        let mut lean = self.lean.lock().unwrap_or_else(PoisonError::into_inner);
        _ = lean.take_if(|(_, end)| Instant::now() >= *end);
        lean.map_or(limit, |(fewer, _)| limit.min(fewer))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Admission { by_client, total, .. } = &*self.admission;
        if let Some(mut count) = by_client.get_mut(&self.client) {
            *count -= 1;
        }
        by_client.remove_if(&self.client, |_, count| *count == 0);
        total.fetch_sub(1, Relaxed);
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
mod tests {
    use tokio::time::advance;

    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn each_client_has_its_own_limit_and_all_have_one() {
        let admission = Arc::new(Admission::new(3, 2));
        let admit = |text| admission.admit(address(text));
        let first = admit("192.0.2.1").expect("within limits");
        let _second = admit("192.0.2.1").expect("within limits");
        assert!(admit("192.0.2.1").is_none(), "a third of one client");
        let _other = admit("192.0.2.2").expect("another client");
        assert!(admit("192.0.2.3").is_none(), "a fourth in total");
        drop(first);
        assert!(admit("192.0.2.1").is_some());
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let admission = Arc::new(Admission::new(10, 1));
        let permit = admission.admit(address("2001:db8::1"));
        assert!(permit.is_some());
        assert!(admission.admit(address("2001:db8::ffff")).is_none());
        assert!(admission.admit(address("2001:db8:0:1::1")).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn limits_follow_and_give_way_for_a_while() {
        let admission = Arc::new(Admission::new(16, 100));
        let admit = || admission.admit(address("192.0.2.1"));
        let mut open: Vec<_> = (0..20).filter_map(|_| admit()).collect();
        assert_eq!(open.len(), 16);
        admission.give_way();
        open.truncate(14);
        assert!(admit().is_none(), "two are given to others");
        open.truncate(13);
        open.extend(admit());
        assert_eq!(open.len(), 14);
        advance(LEAN).await;
        open.extend((0..20).filter_map(|_| admit()));
        assert_eq!(open.len(), 16);
        admission.set_limit(4);
        open.truncate(4);
        assert!(admit().is_none());
        admission.set_limit(5);
        assert!(admit().is_some());
    }

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let admission = Arc::new(Admission::new(10, 1));
        drop(admission.admit(address("192.0.2.1")));
        assert!(admission.by_client.is_empty());
        assert_eq!(admission.total.load(Relaxed), 0);
    }
}
