//! Who asks: so many questions at once that the server is never idle, or a steady rate of them.
//!
//! In: packets, and a server's address. Out: how many were answered.
#![cfg(target_os = "linux")]

use std::io::{IoSlice, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrStorage, recvmmsg, sendmmsg};

/// Questions that are under way at once.
pub(crate) const WINDOW: usize = 256;
/// Packets by one call.
const BATCH: usize = 32;

/// A client with sockets of its own, by whose ports the system spreads it over workers.
pub(crate) struct Client {
    socket: UdpSocket,
    packets: Vec<Vec<u8>>,
    next: usize,
}

impl Client {
    pub(crate) fn new(server: SocketAddr, packets: Vec<Vec<u8>>) -> Self {
        let here = if server.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        let socket = UdpSocket::bind(here).expect("a socket");
        socket.connect(server).expect("the server's address");
        socket.set_read_timeout(Some(Duration::from_millis(20))).expect("a time-out");
        Self { socket, packets, next: 0 }
    }

    fn send(&mut self, count: usize) {
        let packets = (0..count).map(|at| &self.packets[(self.next + at) % self.packets.len()]);
        let slices: Vec<_> = packets.map(|packet| [IoSlice::new(packet)]).collect();
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(count, None);
        let nobody = vec![None; count];
        // What is not sent is missing from the answers, and sent again.
        _ = sendmmsg(
            self.socket.as_raw_fd(),
            &mut headers,
            slices.iter(),
            nobody,
            [],
            MsgFlags::empty(),
        );
        self.next += count;
    }

    /// Takes replies, waiting for the first; how many.
    fn receive(&self, room: &mut [[u8; 2048]], flags: MsgFlags) -> usize {
        let mut slices: Vec<_> = room.iter_mut().map(|room| [IoSliceMut::new(room)]).collect();
        let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(slices.len(), None);
        let socket = self.socket.as_raw_fd();
        recvmmsg(socket, &mut headers, slices.iter_mut(), flags, None).map_or(0, Iterator::count)
    }

    /// Asks for some time with [`WINDOW`] questions under way; how many were answered.
    pub(crate) fn saturate(&mut self, time: Duration) -> u64 {
        let (began, mut answered, mut under_way) = (Instant::now(), 0, 0);
        let mut room = vec![[0; 2048]; BATCH];
        while began.elapsed() < time {
            while under_way + BATCH <= WINDOW {
                self.send(BATCH);
                under_way += BATCH;
            }
            let got = self.receive(&mut room, MsgFlags::MSG_WAITFORONE);
            answered += got as u64;
            // What does not come in time was lost.
            under_way = if got == 0 { 0 } else { under_way.saturating_sub(got) };
        }
        answered
    }

    /// Asks for some time, so many questions a second, one by one; how many were answered.
    pub(crate) fn ask(&mut self, time: Duration, rate: u32) -> u64 {
        let (began, mut answered) = (Instant::now(), 0);
        let (mut room, mut sent) = (vec![[0; 2048]; BATCH], 0_u64);
        while began.elapsed() < time {
            let due = (began.elapsed().as_secs_f64() * f64::from(rate)) as u64;
            // A late turn does not send all that was due meanwhile.
            let now = due.saturating_sub(sent).min(8);
            (0..now).for_each(|_| self.send(1));
            sent += now;
            answered += self.receive(&mut room, MsgFlags::MSG_DONTWAIT) as u64;
            std::hint::spin_loop();
        }
        answered
    }
}
