//! Control messages: to which of the host's addresses a datagram was sent, and where its reply leaves from.
//!
//! In: octets that the system says beside a datagram. Out: octets that it is told beside the reply (ip(7),
//! ipv6(7), cmsg(3)). Written here because the crates that have words for them allocate room for each.
//! Does not know sockets.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::libc::{IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, c_int};

/// The length of a control message, as the system writes it: Linux takes a `size_t`, whatever the C library calls
/// it; others take a `socklen_t`.
#[cfg(target_os = "linux")]
type Length = usize;
#[cfg(not(target_os = "linux"))]
type Length = u32;

/// Octets of a control message before its data: its length, protocol and type in an `int` each, and what aligns
/// the data (`CMSG_DATA`): to four octets on macOS, to a word elsewhere.
const HEADER: usize = {
    let aligned = if cfg!(target_vendor = "apple") { size_of::<u32>() } else { size_of::<usize>() };
    (size_of::<Length>() + 2 * size_of::<c_int>()).next_multiple_of(aligned)
};

/// `in_pktinfo`: the interface, the address of ours that was asked or, where all hosts were, one of ours, and the
/// address in the packet. The system reads the second. Without an interface the route stays free: queries may
/// come in by another one.
#[cfg(not(target_os = "freebsd"))]
mod v4 {
    pub(super) use nix::libc::IP_PKTINFO as KIND;
    /// Octets of the data, and where among them the address begins.
    pub(super) const OCTETS: usize = 12;
    pub(super) const ADDRESS: usize = 4;
}

/// `in_addr`, in and out (ip(4)).
#[cfg(target_os = "freebsd")]
mod v4 {
    pub(super) use nix::libc::IP_RECVDSTADDR as KIND;
    pub(super) const OCTETS: usize = 4;
    pub(super) const ADDRESS: usize = 0;
}

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
        #[allow(clippy::unnecessary_cast, reason = "elsewhere than on Linux it has 32 bits")]
        let length = Length::from_ne_bytes(*said.first_chunk()?) as usize;
        let (protocol, message_type) =
            (number(size_of::<Length>())?, number(size_of::<Length>() + size_of::<c_int>())?);
        let data = said.get(HEADER..length)?;
        match (protocol, message_type) {
            (IPPROTO_IP, v4::KIND) => {
                Some(Self::V4(Ipv4Addr::from(*data.get(v4::ADDRESS..)?.first_chunk::<4>()?)))
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
                let mut data = [0; v4::OCTETS];
                data[v4::ADDRESS..][..4].copy_from_slice(&address.octets());
                self.write(IPPROTO_IP, v4::KIND, &data);
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
        self.len = HEADER + data.len();
        let mut put = |at: usize, octets: &[u8]| {
            self.octets[at..][..octets.len()].copy_from_slice(octets);
        };
        put(0, &((HEADER + data.len()) as Length).to_ne_bytes());
        put(size_of::<Length>(), &protocol.to_ne_bytes());
        put(size_of::<Length>() + size_of::<c_int>(), &message_type.to_ne_bytes());
        put(HEADER, data);
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
        said.octets[size_of::<Length>()] ^= 1;
        assert_eq!(Source::of(said.told(), client), None);
    }
}
