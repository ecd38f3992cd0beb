//! The transports, a file each: how octets of clients come in and replies go out.
//!
//! In: sockets that are bound, or streams that were accepted. Out: packets for a
//! [responder](super::responder), and its replies sent. `udp` takes all that has arrived together, through
//! `batch` or `datagram`, which answer from the address that was asked (`packet_info`); `tcp` accepts, and hands each stream to
//! `connection`, which serves frames over any stream.
//! Does not know what is asked, nor how sockets are bound.

mod packet_info;
pub(super) mod datagram;
#[cfg(target_os = "linux")]
#[allow(unsafe_code)] // The one room that gives pointers to the system.
mod batch;
pub(super) mod udp;
pub(super) mod connection;
pub(super) mod tcp;
