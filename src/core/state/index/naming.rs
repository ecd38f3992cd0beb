//! Which services may name an address: found without unpacking a shard.
//!
//! In: the octets of packed shards, an address. Out: keys; of all services that name it, and perhaps of others,
//! in whose shards the same octets stand for something else. Does not know what an address is to a service.

use std::net::IpAddr;

use super::ServiceIndex;

impl ServiceIndex {
    /// The keys of the services in a shard of which the octets of an address stand, in no order.
    pub(in crate::core::state) fn holding(&self, address: IpAddr) -> impl Iterator<Item = &[u8]> {
        let octets = match address {
            IpAddr::V4(address) => address.octets().to_vec(),
            IpAddr::V6(address) => address.octets().to_vec(),
        };
        let holds = move |packed: &[u8]| packed.windows(octets.len()).any(|it| *it == *octets);
        let found = self.services.iter();
        let found = found.filter(move |it| it.shards.iter().any(|shard| holds(shard.octets())));
        found.map(|entry| &*entry.key)
    }
}
