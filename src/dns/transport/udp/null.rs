//! The null responder: what the sockets alone cost, for `benches/udp` to measure the server against.
//!
//! In: datagrams of any kind. Out: the same octets to each of them, but for the message's number, by the very
//! calls of a worker. Does not know DNS.

use std::io;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::dns::transport::batch::{Batch, SIZE, Wait};

/// Octets of the canned reply at most.
const MOST: usize = 512;

/// Replies to what comes to a blocking socket, until `is_over` is set and one more datagram comes.
///
/// # Errors
/// The socket's.
pub fn reply_to_all(socket: &UdpSocket, canned: &[u8], is_over: &AtomicBool) -> io::Result<()> {
    let is_wildcard = socket.local_addr()?.ip().is_unspecified();
    let (mut batch, mut replies) = (Batch::new(is_wildcard), [[0; MOST]; SIZE]);
    let len = canned.len().min(MOST);
    while !is_over.load(Ordering::Relaxed) {
        batch.receive(socket, Wait::ForOne)?;
        for (reply, datagram) in replies.iter_mut().zip(batch.datagrams()) {
            reply[..len].copy_from_slice(&canned[..len]);
            let number = datagram.octets.len().min(2).min(len);
            reply[..number].copy_from_slice(&datagram.octets[..number]);
        }
        let count = batch.datagrams().count();
        let all = replies[..count].iter().map(|reply| &reply[..len]).enumerate();
        // What is lost is lost, as in the server.
        batch.reply(socket, all, |_, _| ());
    }
    Ok(())
}
