//! Datagrams one by one, in and out, each reply from the address that its query was sent to.
//!
//! In: a UDP socket. Out: what arrives on it, and at which of the host's addresses.
//! Does not know what is in them, nor when to wait.
//!
//! Clients ignore a reply from an address that they did not ask. A socket on an address of its own
//! can not get that wrong; on a wildcard address (`0.0.0.0`, `[::]`) the kernel would take the
//! address that the route to the client has, so it is asked for the one of each datagram
//! (IP_PKTINFO, IP_RECVDSTADDR on FreeBSD, IPV6_RECVPKTINFO) and told it again with the reply.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

#[cfg(not(target_os = "freebsd"))]
use nix::sys::socket::sockopt::Ipv4PacketInfo as Ipv4Asked;
#[cfg(target_os = "freebsd")]
use nix::sys::socket::sockopt::Ipv4RecvDstAddr as Ipv4Asked;
use nix::sys::socket::{
    MsgFlags, SockaddrIn, SockaddrIn6, SockaddrLike, recvmsg, setsockopt, sockopt,
};
#[cfg(target_os = "linux")]
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use socket2::{MsgHdr, SockRef, Socket};

use super::packet_info::{Control, Source};

/// Has the kernel say of each datagram which address it was sent to, if `address` is a wildcard.
pub(in crate::dns) fn note_asked(socket: &Socket, address: SocketAddr) -> io::Result<()> {
    match address {
        _ if !address.ip().is_unspecified() => {}
        SocketAddr::V4(_) => setsockopt(socket, Ipv4Asked, &true)?,
        SocketAddr::V6(_) => {
            setsockopt(socket, sockopt::Ipv6RecvPacketInfo, &true)?;
            // IPv4 lets replies leave from all that the host takes for its own; IPv6 does so only
            // when told, as to addresses that a `local` route gives it and no interface has.
            // Best effort: where the system can not, only those addresses go without replies.
            #[cfg(target_os = "linux")]
            if let Err(error) = socket.set_freebind_v6(true) {
                tracing::debug!(%address, %error, "no replies from local routes");
            }
        }
    }
    Ok(())
}

/// Has replies never leave in fragments, which strangers can forge (RFC 9715): one that is larger than what the
/// interface takes is an error, whatever ICMP says of the path. Best effort: where the system can not, it goes
/// by the path, as ever.
pub(in crate::dns) fn never_fragment(socket: &Socket, address: SocketAddr) {
    #[cfg(target_os = "linux")]
    let done = match address {
        SocketAddr::V4(_) => {
            set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::PROBE).map_err(io::Error::from)
        }
        SocketAddr::V6(_) => set_ipv6_mtu_discover(socket, Ipv6PathMtuDiscovery::PROBE)
            .map_err(io::Error::from)
            .and_then(|()| Ok(setsockopt(socket, sockopt::Ipv6DontFrag, &true)?)),
    };
    #[cfg(target_vendor = "apple")]
    let done = match address {
        SocketAddr::V4(_) => setsockopt(socket, sockopt::IpDontFrag, &true),
        SocketAddr::V6(_) => setsockopt(socket, sockopt::Ipv6DontFrag, &true),
    };
    #[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
    let done: io::Result<()> = {
        _ = socket;
        Err(io::ErrorKind::Unsupported.into())
    };
    if let Err(error) = done {
        tracing::debug!(%address, %error, "replies may leave in fragments");
    }
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

/// A datagram that has arrived.
pub(in crate::dns) struct Received {
    pub(in crate::dns) len: usize,
    pub(in crate::dns) client: SocketAddr,
    source: Option<Source>,
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
                Ok(Received { len, client, source: None })
            }
            Binding::Wildcard4(control) => receive::<SockaddrIn>(self.socket, control, packet),
            Binding::Wildcard6(control) => receive::<SockaddrIn6>(self.socket, control, packet),
        }
    }

    /// Sends `reply` to who sent `received`, from where it was sent to.
    pub(in crate::dns) fn reply(&self, received: &Received, reply: &[u8]) -> io::Result<()> {
        let Some(source) = &received.source else {
            self.socket.send_to(reply, received.client)?;
            return Ok(());
        };
        let mut control = Control::new();
        control.tell(source);
        let (client, octets) = (received.client.into(), [IoSlice::new(reply)]);
        let message = MsgHdr::new().with_addr(&client).with_buffers(&octets);
        let message = message.with_control(control.told());
        SockRef::from(self.socket).sendmsg(&message, 0)?;
        Ok(())
    }
}

fn receive<S: SockaddrLike + Into<SocketAddr>>(
    socket: &UdpSocket,
    control: &mut Control,
    packet: &mut [u8],
) -> io::Result<Received> {
    let (socket, mut octets) = (socket.as_raw_fd(), [IoSliceMut::new(packet)]);
    // What was said of the datagram before would else be said of one of which the system says nothing.
    *control = Control::new();
    let message = recvmsg::<S>(socket, &mut octets, Some(&mut control.octets), MsgFlags::empty())?;
    let (len, client) = (message.bytes, message.address.map(Into::into));
    let Some(client) = client else {
        return Err(io::Error::other("the system does not say who sent a datagram"));
    };
    Ok(Received { len, client, source: Source::of(&control.octets, client) })
}
