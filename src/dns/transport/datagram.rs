//! Datagrams in and out, each reply from the address that its query was sent to.
//!
//! In: a UDP socket. Out: what arrives on it, and at which of the host's addresses.
//! Does not know what is in them, nor when to wait.
//!
//! Clients ignore a reply from an address that they did not ask. A socket on an address of its own
//! can not get that wrong; on a wildcard address (`0.0.0.0`, `[::]`) the kernel would take the
//! address that the route to the client has, so it is asked for the one of each datagram
//! (IP_PKTINFO, IPV6_RECVPKTINFO) and told it again with the reply.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;

use nix::libc::{
    IP_PKTINFO, IPPROTO_IP, IPPROTO_IPV6, IPV6_PKTINFO, c_int, in_pktinfo, in6_addr, in6_pktinfo,
};
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, SockaddrIn, SockaddrIn6, SockaddrLike, recvmsg, setsockopt,
    sockopt,
};
use socket2::{MsgHdr, SockRef, Socket};

/// Has the kernel say of each datagram which address it was sent to, if `address` is a wildcard.
pub(in crate::dns) fn note_asked(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    match address {
        _ if !address.ip().is_unspecified() => {}
        SocketAddr::V4(_) => setsockopt(socket, sockopt::Ipv4PacketInfo, &true)?,
        SocketAddr::V6(_) => {
            setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?;
            // IPv4 lets replies leave from all that the host takes for its own; IPv6 does so only
            // when told, as to addresses that a `local` route gives it and no interface has.
            // Best effort: where the system can not, only those addresses go without replies.
            if let Err(error) = socket.set_freebind_v6(true) {
                tracing::debug!(%address, %error, "no replies from local routes");
            }
        }
    }
    Ok(())
}

/// A socket, and how its replies get their source.
pub(in crate::dns) struct DatagramSocket<'s> {
    socket: &'s UdpSocket,
    binding: Binding,
}

enum Binding {
    /// The socket has one address, and nothing needs to be said.
    Fixed,
    /// `0.0.0.0`.
    Wildcard4(Control),
    /// `[::]`.
    Wildcard6(Control),
}

/// Octets of a control message before its data.
const HEADER: usize = size_of::<usize>() + 2 * size_of::<c_int>();

/// What the kernel says of one datagram, in room that is used again for the next, or what it is told
/// of a reply: 40 octets at most. Aligned, as nix reads the kernel's structures where they lie.
#[repr(align(8))]
struct Control {
    octets: [u8; 64],
    /// How many of the octets are told.
    len: usize,
}

impl Control {
    const fn new() -> Self {
        Self { octets: [0; 64], len: 0 }
    }
}

/// A datagram that has arrived.
pub(in crate::dns) struct Received {
    pub(in crate::dns) len: usize,
    pub(in crate::dns) client: SocketAddr,
    source: Source,
}

/// Where a reply is to leave from.
enum Source {
    /// As the socket and the route have it.
    Free,
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

impl<'s> DatagramSocket<'s> {
    /// `address` is the one that `socket` was bound to, after [`note_asked`].
    pub(in crate::dns) fn new(socket: &'s UdpSocket, address: SocketAddr) -> Self {
        let binding = match address {
            _ if !address.ip().is_unspecified() => Binding::Fixed,
            SocketAddr::V4(_) => Binding::Wildcard4(Control::new()),
            SocketAddr::V6(_) => Binding::Wildcard6(Control::new()),
        };
        Self { socket, binding }
    }

    /// The next datagram, its octets in `packet`.
    pub(in crate::dns) fn receive(&mut self, packet: &mut [u8]) -> io::Result<Received> {
        match &mut self.binding {
            Binding::Fixed => {
                let (len, client) = self.socket.recv_from(packet)?;
                Ok(Received { len, client, source: Source::Free })
            }
            Binding::Wildcard4(control) => receive::<SockaddrIn>(self.socket, control, packet),
            Binding::Wildcard6(control) => receive::<SockaddrIn6>(self.socket, control, packet),
        }
    }

    /// Sends `reply` to who sent `received`, from where it was sent to.
    pub(in crate::dns) fn reply(&self, received: &Received, reply: &[u8]) -> io::Result<()> {
        let control = match &received.source {
            Source::Free => {
                self.socket.send_to(reply, received.client)?;
                return Ok(());
            }
            Source::V4(info) => Control::source4(info),
            Source::V6(info) => Control::source6(info),
        };
        let (client, octets) = (received.client.into(), [IoSlice::new(reply)]);
        let message = MsgHdr::new().with_addr(&client).with_buffers(&octets);
        let message = message.with_control(&control.octets[..control.len]);
        SockRef::from(self.socket).sendmsg(&message, 0)?;
        Ok(())
    }
}

impl Control {
    fn source4(info: &in_pktinfo) -> Self {
        let mut data = [0; 12];
        data[..4].copy_from_slice(&info.ipi_ifindex.to_ne_bytes());
        data[4..8].copy_from_slice(&info.ipi_spec_dst.s_addr.to_ne_bytes());
        data[8..].copy_from_slice(&info.ipi_addr.s_addr.to_ne_bytes());
        Self::holding(IPPROTO_IP, IP_PKTINFO, &data)
    }

    fn source6(info: &in6_pktinfo) -> Self {
        let mut data = [0; 20];
        data[..16].copy_from_slice(&info.ipi6_addr.s6_addr);
        data[16..].copy_from_slice(&info.ipi6_ifindex.to_ne_bytes());
        Self::holding(IPPROTO_IPV6, IPV6_PKTINFO, &data)
    }

    /// One control message as the kernel reads it (cmsg(3)): its length in a `size_t`, protocol and
    /// type in an `int` each, data. It is written here because nix would allocate it for each reply,
    /// and socket2 and rustix have no words for these types.
    fn holding(protocol: c_int, message_type: c_int, data: &[u8]) -> Self {
        let mut control = Self::new();
        let size = HEADER + data.len();
        let mut write = |octets: &[u8]| {
            control.octets[control.len..][..octets.len()].copy_from_slice(octets);
            control.len += octets.len();
        };
        write(&size.to_ne_bytes());
        write(&protocol.to_ne_bytes());
        write(&message_type.to_ne_bytes());
        write(data);
        control
    }
}

fn receive<S: SockaddrLike + Into<SocketAddr>>(
    socket: &UdpSocket,
    control: &mut Control,
    packet: &mut [u8],
) -> io::Result<Received> {
    let (socket, mut octets) = (socket.as_raw_fd(), [IoSliceMut::new(packet)]);
    let message = recvmsg::<S>(socket, &mut octets, Some(&mut control.octets), MsgFlags::empty())?;
    // Only a kernel that does not keep its word says nothing of where the datagram was sent to, or
    // too little: the reply then leaves as it would without asking.
    let said = message.cmsgs().ok().and_then(|mut all| all.next());
    let len = message.bytes;
    let Some(client) = message.address.map(Into::into) else {
        return Err(io::Error::other("the system does not say who sent a datagram"));
    };
    let source = match (said, client) {
        (Some(ControlMessageOwned::Ipv4PacketInfo(info)), _) => Source::V4(source4(info)),
        (Some(ControlMessageOwned::Ipv6PacketInfo(info)), SocketAddr::V6(client)) => {
            Source::V6(source6(info, client))
        }
        _ => Source::Free,
    };
    Ok(Received { len, client, source })
}

/// Where a reply leaves from, given what the kernel said of its query, over IPv4.
fn source4(said: in_pktinfo) -> in_pktinfo {
    // The kernel reads `ipi_spec_dst`. That is the address asked or, where all hosts were, one of
    // ours. Without an interface the route stays free: queries may come in by another one.
    in_pktinfo { ipi_ifindex: 0, ..said }
}

/// Where a reply to `client` leaves from, given what the kernel said of its query, over IPv6.
fn source6(said: in6_pktinfo, client: SocketAddrV6) -> in6_pktinfo {
    let asked = Ipv6Addr::from(said.ipi6_addr.s6_addr);
    // Link-local addresses mean nothing without their interface, and the kernel refuses them. The
    // client's, where it has one, is what the socket would use; another would contradict it.
    let ipi6_ifindex = if client.ip().is_unicast_link_local() {
        client.scope_id()
    } else if asked.is_unicast_link_local() {
        said.ipi6_ifindex
    } else {
        0
    };
    // Nothing can be sent from a group's address: the kernel chooses one of ours.
    let source = if asked.is_multicast() { Ipv6Addr::UNSPECIFIED } else { asked };
    in6_pktinfo { ipi6_addr: in6_addr { s6_addr: source.octets() }, ipi6_ifindex }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ETH: u32 = 7;

    /// The source and interface of a reply to `client`, which asked `asked` by interface `ETH`.
    fn replied(asked: &str, client: &str, scope: u32) -> (String, u32) {
        let asked: Ipv6Addr = asked.parse().expect("an address");
        let client = SocketAddrV6::new(client.parse().expect("an address"), 53, 0, scope);
        let ipi6_addr = in6_addr { s6_addr: asked.octets() };
        let source = source6(in6_pktinfo { ipi6_addr, ipi6_ifindex: ETH }, client);
        (Ipv6Addr::from(source.ipi6_addr.s6_addr).to_string(), source.ipi6_ifindex)
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
}
