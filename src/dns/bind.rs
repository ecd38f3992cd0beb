//! Opens the sockets that a server listens on.
//!
//! In: addresses. Out: bound, non-blocking sockets, or an error that says what to do about it.
//! Does not know what is read from them.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
#[cfg(target_os = "linux")]
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};

use super::transport::datagram;

/// What the kernel may keep for a UDP worker that is busy: some ten thousand small packets.
const RECEIVE_BUFFER: usize = 4 << 20;

/// What the kernel may keep of replies for a TCP client that does not read them, and of queries that are
/// not read because of that, in octets. It takes twice as much for each, with its own accounts: 1,024 such
/// clients take less than 64 MiB.
const TCP_SEND_BUFFER: usize = 16 << 10;
const TCP_RECEIVE_BUFFER: usize = 8 << 10;

/// How long octets sent over TCP may be unread, or unheard of, before the kernel gives the connection up,
/// also one that was closed (RFC 5482).
#[cfg(target_os = "linux")]
const USER_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// An address that can not be listened on.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {what} {address}: {reason}{}", hint(reason, *address))]
pub struct BindError {
    /// What was to listen: `udp`, `tcp`, `admin`.
    pub what: &'static str,
    /// Where.
    pub address: SocketAddr,
    /// What the system said. It is told above and so not given as a source, or whoever prints the
    /// whole chain would tell it twice.
    pub reason: io::Error,
}

/// What an operator can do about it.
fn hint(reason: &io::Error, address: SocketAddr) -> &'static str {
    match reason.kind() {
        io::ErrorKind::AddrInUse => {
            "; another program listens there: `ss -lntup` shows which; stop it or take another port"
        }
        io::ErrorKind::AddrNotAvailable => {
            "; no interface of this host has the address: `ip address` shows those that it has"
        }
        io::ErrorKind::PermissionDenied if address.port() < 1024 => {
            "; ports below 1024 need the capability CAP_NET_BIND_SERVICE: grant it, or listen on a \
             higher port"
        }
        _ => "",
    }
}

/// Whether an address may belong to another process too.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sharing {
    /// It must not: an address that is taken is an error.
    Alone,
    /// It may be: this process replaces that one, and is bound beside it.
    Beside,
}

/// UDP sockets that share one address and port; the kernel spreads clients over them.
pub(super) fn udp_sockets(
    address: SocketAddr,
    count: usize,
    sharing: Sharing,
) -> Result<Vec<UdpSocket>, BindError> {
    let open = || -> io::Result<Vec<UdpSocket>> {
        // The first socket is bound alone and shares its port only then: bound as a sharer it
        // would join another server's port unseen, or be given one in use when asked for port 0.
        let first = udp_socket(address)?;
        first.set_reuse_port(sharing == Sharing::Beside)?;
        first.bind(&address.into())?;
        first.set_reuse_port(true)?;
        let first = UdpSocket::from(first);
        let shared = first.local_addr()?;
        let mut sockets = vec![first];
        for _ in 1..count {
            let socket = udp_socket(address)?;
            socket.set_reuse_port(true)?;
            socket.bind(&shared.into())?;
            sockets.push(socket.into());
        }
        Ok(sockets)
    };
    open().map_err(|reason| BindError { what: "udp", address, reason })
}

/// A UDP socket as a worker has it, which nobody else shares: for benchmarks.
///
/// # Errors
/// Says what is in the way, and what to do about it.
pub fn udp_socket_alone(address: SocketAddr) -> Result<UdpSocket, BindError> {
    let mut sockets = udp_sockets(address, 1, Sharing::Alone)?;
    Ok(sockets.swap_remove(0))
}

fn udp_socket(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    // Before it is bound: of what arrives earlier the kernel would not keep what was asked.
    datagram::note_asked(&socket, address)?;
    datagram::never_fragment(&socket, address);
    socket.set_nonblocking(true)?;
    // Best effort: the system's limit (net.core.rmem_max) may hold it lower.
    if let Err(error) = socket.set_recv_buffer_size(RECEIVE_BUFFER) {
        tracing::debug!(%address, %error, "the receive buffer stays as it is");
    }
    Ok(socket)
}

/// A listener for streams of its own; `what` names it in errors.
pub(crate) fn tcp_listener(
    what: &'static str,
    address: SocketAddr,
) -> Result<TcpListener, BindError> {
    open_listener(what, address, None)
}

/// A listener of DNS, whose port a process that replaces this one can share.
pub(super) fn dns_listener(
    address: SocketAddr,
    sharing: Sharing,
) -> Result<TcpListener, BindError> {
    open_listener("tcp", address, Some(sharing))
}

fn open_listener(
    what: &'static str,
    address: SocketAddr,
    sharing: Option<Sharing>,
) -> Result<TcpListener, BindError> {
    let open = || -> io::Result<TcpListener> {
        let domain = Domain::for_address(address);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            socket.set_only_v6(true)?;
        }
        // Without it a restart would wait for the old connections' TIME-WAIT.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.set_reuse_port(sharing == Some(Sharing::Beside))?;
        socket.bind(&address.into())?;
        if sharing.is_some() {
            bound_memory(&socket)?;
        }
        // As with UDP the port is shared only once it is ours: whether others may bind it counts from
        // when the socket listens.
        socket.set_reuse_port(sharing.is_some())?;
        socket.listen(BACKLOG)?;
        Ok(socket.into())
    };
    open().map_err(|reason| BindError { what, address, reason })
}

/// Bounds what the kernel keeps for each connection of a listener, and on Linux for how long. Connections have
/// from birth what their listener has, and the window of the first reply is reckoned from it.
fn bound_memory(listener: &Socket) -> io::Result<()> {
    listener.set_send_buffer_size(TCP_SEND_BUFFER)?;
    listener.set_recv_buffer_size(TCP_RECEIVE_BUFFER)?;
    #[cfg(target_os = "linux")]
    listener.set_tcp_user_timeout(Some(USER_TIMEOUT))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(port: u16) -> SocketAddr {
        ([127, 0, 0, 1], port).into()
    }

    #[test]
    fn a_taken_udp_port_is_an_error_although_ports_are_shared() {
        let ours = udp_sockets(here(0), 2, Sharing::Alone).expect("port 0 is free");
        let address = ours[0].local_addr().expect("bound");
        assert_eq!(ours[1].local_addr().expect("bound"), address);

        let error = udp_sockets(address, 2, Sharing::Alone).expect_err("taken");
        let text = error.to_string();
        assert!(text.starts_with(&format!("cannot listen on udp {address}: ")), "{text}");
        assert!(text.contains("another program listens there"), "{text}");
    }

    #[test]
    fn who_replaces_a_server_is_bound_beside_it() {
        let ours = udp_sockets(here(0), 2, Sharing::Alone).expect("port 0 is free");
        let address = ours[0].local_addr().expect("bound");
        assert_eq!(udp_sockets(address, 2, Sharing::Beside).expect("shared").len(), 2);

        let ours = dns_listener(here(0), Sharing::Alone).expect("port 0 is free");
        let address = ours.local_addr().expect("bound");
        assert!(dns_listener(address, Sharing::Alone).is_err());
        assert!(dns_listener(address, Sharing::Beside).is_ok());

        let admin = tcp_listener("admin", here(0)).expect("port 0 is free");
        let address = admin.local_addr().expect("bound");
        assert!(dns_listener(address, Sharing::Beside).is_err());
    }

    #[test]
    fn an_address_of_another_host_has_a_hint() {
        let error = tcp_listener("tcp", ([192, 0, 2, 1], 0).into()).expect_err("not ours");
        assert!(error.to_string().contains("no interface of this host"), "{error}");
    }

    #[test]
    fn a_low_port_has_a_hint() {
        let refused = || io::Error::from(io::ErrorKind::PermissionDenied);
        assert!(hint(&refused(), here(53)).contains("CAP_NET_BIND_SERVICE"));
        assert_eq!(hint(&refused(), here(5300)), "");
    }

    #[test]
    fn both_families_share_a_port() {
        // A port that is free in one family may be somebody else's in the other.
        let shared = (0..20).any(|_| {
            let Ok(six) = tcp_listener("tcp", "[::]:0".parse().expect("an address")) else {
                return true; // This host has no IPv6.
            };
            let port = six.local_addr().expect("bound").port();
            tcp_listener("tcp", ([0, 0, 0, 0], port).into()).is_ok()
        });
        assert!(shared);
    }
}
