//! What goes into [`answer`](super::answer) and what comes out of it.
//!
//! In: a packet with where it came from, when, and a random draw. Out: octets and an outcome.
//! Does not know sockets: a transport fills and empties these.

use std::net::IpAddr;
use std::time::Duration;

use crate::core::name::Label;
use crate::core::time::Moment;
use crate::core::topology::Level;
use crate::core::wire::Rcode;

/// How a packet came: it bounds the size of the reply.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Transport {
    /// A stream with two octets of length before each message (RFC 7766).
    Tcp,
    /// One datagram each way.
    Udp,
}

/// One packet to answer.
#[derive(Clone, Copy, Debug)]
pub struct Request<'p> {
    /// The message, without the length octets of a stream.
    pub packet: &'p [u8],
    /// How it came.
    pub transport: Transport,
    /// Who sent it.
    pub client: IpAddr,
    /// How long its connection may be idle now, zero where it had better end: what a client is told
    /// that asks for it (RFC 7828). Of no meaning over UDP.
    pub idle: Duration,
    /// The cluster whose own listener it came to.
    pub listener: Option<&'p Label>,
    /// When it came.
    pub now: Moment,
    /// A random number: where the rotation of addresses starts.
    pub draw: u64,
}

/// Where the reply is written: a buffer of the transport's, used again for each packet.
#[derive(Debug)]
pub struct Reply<'b> {
    pub(super) buffer: &'b mut [u8],
    pub(super) len: usize,
}

impl<'b> Reply<'b> {
    /// A reply into `buffer`, whose length bounds it. 65,535 octets fit every reply; a buffer
    /// shorter than 512 gets no reply at all.
    pub fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// The reply's octets; empty when the packet is not to be answered.
    pub fn octets(&self) -> &[u8] {
        &self.buffer[..self.len]
    }
}

/// What became of a packet: what metrics count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Outcome {
    /// A reply was written.
    Answered {
        /// Its response code, extended by EDNS where that applies.
        rcode: Rcode,
        /// Where its addresses came from, if it has federated addresses.
        level: Option<Level>,
        /// Whether TC is set.
        is_truncated: bool,
    },
    /// Nothing is sent: shorter than a header, or itself a response.
    Dropped,
}
