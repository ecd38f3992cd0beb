//! Control messages: to which of the host's addresses a datagram was sent, and where its reply leaves from.
//!
//! In: octets that the system says beside a datagram. Out: octets that it is told beside the reply (ip(7),
//! ipv6(7), cmsg(3)). Written here because the crates that have words for them allocate room for each.
//! Does not know sockets.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::libc::{IP_PKTINFO, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, c_int};

/// Octets of a control message before its data: its length in a `size_t`, protocol and type in an `int` each.
const HEADER: usize = size_of::<usize>() + 2 * size_of::<c_int>();

/// Room for what the system says, or is told: 40 octets at most. Aligned, as the system's structures are.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
pub(super) struct Control {
    pub(super) octets: [u8; Self::ROOM],
    /// How many of the octets are told.
    len: usize,
}

/// Where a reply is to leave from.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Source {
    /// From this address, by whichever interface leads to the client.
    V4(Ipv4Addr),
    /// From this address, `::` for one of the system's choice, and by this interface; 0 is any.
    V6 { address: Ipv6Addr, interface: u32 },
}

impl Source {
    /// Where the reply to `client` leaves from, given what the system said of its query; `None` where it
    /// said nothing that is understood: the reply then leaves as it would without asking.
    pub(super) fn of(said: &[u8], client: SocketAddr) -> Option<Self> {
        let number = |at: usize| Some(c_int::from_ne_bytes(*said.get(at..)?.first_chunk()?));
        let length = usize::from_ne_bytes(*said.first_chunk()?);
        let (protocol, message_type) =
            (number(size_of::<usize>())?, number(size_of::<usize>() + size_of::<c_int>())?);
        let data = said.get(HEADER..length)?;
        match (protocol, message_type) {
            // `in_pktinfo`: the interface, the address of ours that was asked or, where all hosts were, one
            // of ours, and the address in the packet. The system reads the second. Without an interface the
            // route stays free: queries may come in by another one.
            (IPPROTO_IP, IP_PKTINFO) => {
                Some(Self::V4(Ipv4Addr::from(*data.get(4..)?.first_chunk::<4>()?)))
            }
            // `in6_pktinfo`: the address, the interface.
            (IPPROTO_IPV6, IPV6_PKTINFO) => {
                let asked = Ipv6Addr::from(*data.first_chunk::<16>()?);
                let by = u32::from_ne_bytes(*data.get(16..)?.first_chunk()?);
                Some(Self::v6(asked, by, client))
            }
            _ => None,
        }
    }

    /// Where a reply to `client` leaves from, which asked `asked` by an interface.
    pub(super) fn v6(asked: Ipv6Addr, by: u32, client: SocketAddr) -> Self {
        // Link-local addresses mean nothing without their interface, and the system refuses them. The
        // client's, where it has one, is what the socket would use; another would contradict it.
        let interface = match client {
            SocketAddr::V6(client) if client.ip().is_unicast_link_local() => client.scope_id(),
            _ if asked.is_unicast_link_local() => by,
            _ => 0,
        };
        // Nothing can be sent from a group's address: the system chooses one of ours.
        let address = if asked.is_multicast() { Ipv6Addr::UNSPECIFIED } else { asked };
        Self::V6 { address, interface }
    }
}

impl Control {
    /// Octets for one message of either kind.
    pub(super) const ROOM: usize = 64;

    /// Tells nothing.
    pub(super) const fn new() -> Self {
        Self { octets: [0; Self::ROOM], len: 0 }
    }

    /// Tells where a reply leaves from.
    pub(super) fn tell(&mut self, source: &Source) {
        match *source {
            Source::V4(address) => {
                let mut data = [0; 12];
                data[4..8].copy_from_slice(&address.octets());
                self.write(IPPROTO_IP, IP_PKTINFO, &data);
            }
            Source::V6 { address, interface } => {
                let mut data = [0; 20];
                data[..16].copy_from_slice(&address.octets());
                data[16..].copy_from_slice(&interface.to_ne_bytes());
                self.write(IPPROTO_IPV6, IPV6_PKTINFO, &data);
            }
        }
    }

    /// What is told.
    pub(super) fn told(&self) -> &[u8] {
        &self.octets[..self.len]
    }

    fn write(&mut self, protocol: c_int, message_type: c_int, data: &[u8]) {
        self.len = 0;
        let mut add = |octets: &[u8]| {
            self.octets[self.len..][..octets.len()].copy_from_slice(octets);
            self.len += octets.len();
        };
        add(&(HEADER + data.len()).to_ne_bytes());
        add(&protocol.to_ne_bytes());
        add(&message_type.to_ne_bytes());
        add(data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETH: u32 = 7;

    fn address(text: &str) -> Ipv6Addr {
        text.parse().expect("an address")
    }

    /// The source of a reply to `client`, which asked `asked` by interface `ETH`, as the system says it.
    fn replied(asked: &str, client: &str, scope: u32) -> (String, u32) {
        let client = std::net::SocketAddrV6::new(address(client), 53, 0, scope);
        let mut said = Control::new();
        said.tell(&Source::V6 { address: address(asked), interface: ETH });
        match Source::of(said.told(), client.into()) {
            Some(Source::V6 { address, interface }) => (address.to_string(), interface),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_interface_is_kept_only_where_an_address_needs_it() {
        assert_eq!(replied("2001:db8::1", "2001:db8::2", 0), ("2001:db8::1".into(), 0));
        assert_eq!(replied("fe80::1", "2001:db8::2", 0), ("fe80::1".into(), ETH));
        assert_eq!(replied("fe80::1", "fe80::2", 9), ("fe80::1".into(), 9));
        assert_eq!(replied("2001:db8::1", "fe80::2", ETH), ("2001:db8::1".into(), ETH));
    }

    #[test]
    fn no_reply_leaves_from_a_group() {
        assert_eq!(replied("ff02::1", "fe80::2", ETH), ("::".into(), ETH));
        assert_eq!(replied("ff05::2", "2001:db8::2", 0), ("::".into(), 0));
    }

    #[test]
    fn what_is_said_too_short_or_of_another_kind_is_not_understood() {
        let client: SocketAddr = ([192, 0, 2, 7], 53).into();
        let asked = Source::V4([192, 0, 2, 1].into());
        let mut said = Control::new();
        said.tell(&asked);
        assert_eq!(Source::of(said.told(), client), Some(asked));
        for end in 0..said.told().len() {
            assert_eq!(Source::of(&said.told()[..end], client), None, "{end}");
        }
        said.octets[size_of::<usize>()] ^= 1;
        assert_eq!(Source::of(said.told(), client), None);
    }
}
