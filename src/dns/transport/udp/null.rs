//! The null responder: what the sockets alone cost, for `benches/udp` to measure the server against.
//!
//! In: datagrams of any kind. Out: the same octets to each of them, but for the message's number, by the very
//! calls of a worker. Does not know DNS.

use std::convert::Infallible;
use std::io;
use std::net::UdpSocket;

use crate::dns::transport::batch::{Batch, SIZE, Wait};

/// Octets of the canned reply at most.
const MOST: usize = 512;

/// Replies to what comes to a blocking socket, for as long as that can be read.
///
/// # Errors
/// The socket's.
pub fn reply_to_all(socket: &UdpSocket, canned: &[u8]) -> io::Result<Infallible> {
    let is_wildcard = socket.local_addr()?.ip().is_unspecified();
    let (mut batch, mut replies) = (Batch::new(is_wildcard), [[0; MOST]; SIZE]);
    let len = canned.len().min(MOST);
    loop {
        batch.receive(socket, Wait::ForOne)?;
        for (reply, datagram) in replies.iter_mut().zip(batch.datagrams()) {
            reply[..len].copy_from_slice(&canned[..len]);
            let number = datagram.octets.len().min(2).min(len);
            reply[..number].copy_from_slice(&datagram.octets[..number]);
        }
        let count = batch.len();
        let all = replies[..count].iter().map(|reply| &reply[..len]).enumerate();
        // What is lost is lost, as in the server.
        batch.reply(socket, all, |_, _| ());
    }
}
