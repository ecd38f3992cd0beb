//! Who may have how many connections.
//!
//! In: a client's address. Out: a permit that lasts as long as the connection, or none.
//! Does not know what connections carry.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use dashmap::DashMap;

/// The count of connections over all listeners, in total and by client.
pub(super) struct Admission {
    total_limit: usize,
    client_limit: usize,
    total: AtomicUsize,
    by_client: DashMap<IpAddr, usize>,
}

/// The right to one connection; gives it back when dropped.
pub(super) struct Permit {
    admission: Arc<Admission>,
    client: IpAddr,
}

impl Admission {
    pub(super) fn new(total_limit: usize, client_limit: usize) -> Self {
        let (total, by_client) = (AtomicUsize::new(0), DashMap::new());
        Self { total_limit, client_limit, total, by_client }
    }

    /// A permit for one more connection of `address`, if that is within the limits.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Permit> {
        let client = client_of(address);
        if self.total.fetch_add(1, Relaxed) >= self.total_limit {
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

    #[test]
    fn nothing_is_remembered_of_those_who_left() {
        let admission = Arc::new(Admission::new(10, 1));
        drop(admission.admit(address("192.0.2.1")));
        assert!(admission.by_client.is_empty());
        assert_eq!(admission.total.load(Relaxed), 0);
    }
}
