//! Datagrams in batches: many received, and many sent, by one call of the system (Linux).
//!
//! In: a socket. Out: what has arrived, who sent it and to which of our addresses; replies, each from there.
//! The one room of the house with `unsafe` in it: the system is given pointers. What they point at lives in
//! one place that does not move, and is as old as whoever calls.
//! Does not know what datagrams hold, nor when to stop.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::AsRawFd;
use std::ptr::{self, NonNull};

use nix::libc::{
    AF_INET, AF_INET6, MSG_DONTWAIT, MSG_WAITFORONE, SYS_recvmmsg, SYS_sendmmsg, c_uint, iovec,
    mmsghdr, sockaddr_in, sockaddr_in6, syscall,
};

use super::packet_info::{Control, Source};

/// Datagrams that are received, or sent, by one call at most.
pub(super) const SIZE: usize = 32;

/// Room for one datagram, octets: any that there can be.
const ROOM: usize = u16::MAX as usize + 1;
/// From one datagram's room to the next. Not a power of two, or all beginnings would share a few lines of
/// the processor's nearest memory.
const STRIDE: usize = ROOM + 3 * 64;

/// Whether a call waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wait {
    /// Until one datagram is there.
    ForOne,
    /// For nothing.
    Never,
}

/// The address of who sent a datagram, of either family, as the system writes it.
#[derive(Clone, Copy)]
#[repr(C)]
union Name {
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

/// All that the system is given pointers to. Octets that are all zero are a value of each part.
#[repr(C)]
struct Memory {
    received: [mmsghdr; SIZE],
    into: [iovec; SIZE],
    names: [Name; SIZE],
    said: [Control; SIZE],
    sent: [mmsghdr; SIZE],
    from: [iovec; SIZE],
    told: [Control; SIZE],
    octets: [u8; SIZE * STRIDE],
}

/// A batch of datagrams, and the replies to it.
pub(super) struct Batch {
    memory: NonNull<Memory>,
    /// Whether the system says to which address a datagram was sent.
    has_source: bool,
    /// How many datagrams there are.
    count: usize,
    /// How many headers the system has written to since all of their room was its own.
    used: usize,
    /// Calls of the system since somebody asked.
    calls: u64,
}

/// A datagram of a batch.
pub(super) struct Datagram<'b> {
    pub(super) client: SocketAddr,
    pub(super) octets: &'b [u8],
}

impl Batch {
    /// Room for batches of one socket; `has_source`: it is bound to a wildcard address, and the system says
    /// of each datagram where it was sent to.
    pub(super) fn new(has_source: bool) -> Self {
        // SAFETY: C structures of numbers and pointers, and octets: all zero is a value of each.
        let memory = unsafe { Box::<Memory>::new_zeroed().assume_init() };
        let memory = NonNull::from(Box::leak(memory));
        let mut batch = Self { memory, has_source, count: 0, used: SIZE, calls: 0 };
        batch.point();
        batch.clear();
        batch
    }

    /// Makes all headers point at their parts. None of the pointers is made from a reference: it would be good
    /// only until the next one to the same place.
    fn point(&mut self) {
        let memory = self.memory.as_ptr();
        for index in 0..SIZE {
            // SAFETY: all of it lies in `memory`, which is ours alone.
            unsafe {
                let room = ptr::addr_of_mut!((*memory).octets[index * STRIDE]);
                (*memory).into[index] = iovec { iov_base: room.cast(), iov_len: ROOM };
                let header = ptr::addr_of_mut!((*memory).received[index].msg_hdr);
                (*header).msg_iov = ptr::addr_of_mut!((*memory).into[index]);
                (*header).msg_iovlen = 1;
                (*header).msg_name = ptr::addr_of_mut!((*memory).names[index]).cast();
                (*header).msg_control = ptr::addr_of_mut!((*memory).said[index].octets).cast();
                let header = ptr::addr_of_mut!((*memory).sent[index].msg_hdr);
                (*header).msg_iov = ptr::addr_of_mut!((*memory).from[index]);
                (*header).msg_iovlen = 1;
                (*header).msg_control = ptr::addr_of_mut!((*memory).told[index].octets).cast();
            }
        }
    }

    /// Gives the system all of its room again, where it has said how much of it was used.
    fn clear(&mut self) {
        let (has_source, used) = (self.has_source, std::mem::take(&mut self.used));
        self.count = 0;
        for header in &mut self.memory().received[..used] {
            header.msg_hdr.msg_namelen = size_of::<Name>() as _;
            header.msg_hdr.msg_controllen = if has_source { Control::ROOM as _ } else { 0 };
        }
    }

    fn memory(&mut self) -> &mut Memory {
        // SAFETY: it lives as long as `self`, and this is the one reference to it.
        unsafe { self.memory.as_mut() }
    }

    /// Receives what has arrived, [`SIZE`] datagrams at most, in place of those of before; how many.
    pub(super) fn receive(&mut self, socket: &UdpSocket, wait: Wait) -> io::Result<usize> {
        self.clear();
        let flags = match wait {
            Wait::ForOne => MSG_WAITFORONE,
            Wait::Never => MSG_DONTWAIT,
        };
        self.calls += 1;
        // Not by the function of that name: libc would make a point of it at which threads can be cancelled.
        // SAFETY: the headers point into `memory`, which does not move, and say how long each part is.
        let count = unsafe {
            let headers = ptr::addr_of_mut!((*self.memory.as_ptr()).received);
            let (size, no_time) = (SIZE as c_uint, ptr::null_mut::<u8>());
            syscall(SYS_recvmmsg, socket.as_raw_fd(), headers, size, flags, no_time)
        };
        match usize::try_from(count) {
            Ok(count) => {
                self.used = count.min(SIZE);
                for number in 0..self.used {
                    // Of what wakes a worker that is to stop the system says no client; datagrams may have come
                    // after it.
                    if self.memory().received[number].msg_hdr.msg_namelen == 0 {
                        continue;
                    }
                    if number != self.count {
                        self.relocate(number, self.count);
                    }
                    self.count += 1;
                }
                Ok(self.count)
            }
            Err(_) => {
                // Whatever it has written before it failed is written again.
                self.used = SIZE;
                Err(io::Error::last_os_error())
            }
        }
    }

    /// Puts the datagram `number` into an earlier place, where there was none.
    fn relocate(&mut self, number: usize, place: usize) {
        let Memory { received, names, said, octets, .. } = self.memory();
        let mmsghdr { msg_hdr, msg_len } = received[number];
        received[place].msg_len = msg_len;
        received[place].msg_hdr.msg_namelen = msg_hdr.msg_namelen;
        received[place].msg_hdr.msg_controllen = msg_hdr.msg_controllen;
        names[place] = names[number];
        said[place] = said[number];
        let start = number * STRIDE;
        octets.copy_within(start..start + (msg_len as usize).min(ROOM), place * STRIDE);
    }

    /// How many calls of the system there were since this was asked last.
    pub(super) fn take_calls(&mut self) -> u64 {
        std::mem::take(&mut self.calls)
    }

    /// How many datagrams there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The datagrams of the batch, in the order in which they came.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = Datagram<'_>> + Clone {
        // SAFETY: it lives as long as `self`, which nobody changes meanwhile.
        let memory = unsafe { self.memory.as_ref() };
        // Their numbers are those by which they are replied to: behind one of nobody there is none.
        (0..self.count).map_while(|index| {
            let header = &memory.received[index];
            let client = client(&memory.names[index], header.msg_hdr.msg_namelen as usize)?;
            let octets = &memory.octets[index * STRIDE..][..(header.msg_len as usize).min(ROOM)];
            Some(Datagram { client, octets })
        })
    }

    /// Sends replies, each to who sent the datagram of that number, from where that was sent to. A reply that
    /// is not sent is handed to `failed`, and the others go on.
    pub(super) fn reply<'r>(
        &mut self,
        socket: &UdpSocket,
        replies: impl Iterator<Item = (usize, &'r [u8])>,
        mut failed: impl FnMut(usize, io::Error),
    ) {
        let (mut numbers, mut count, received) = ([0; SIZE], 0, self.count);
        for (number, octets) in replies.take(SIZE).filter(|(number, _)| *number < received) {
            self.address(count, number, octets);
            numbers[count] = number;
            count += 1;
        }
        let mut at = 0;
        while at < count {
            self.calls += 1;
            // Never waits: to wait for one client would be to stop for all.
            // SAFETY: the headers point into `memory`, and at replies that live until this returns.
            let sent = unsafe {
                let headers = ptr::addr_of_mut!((*self.memory.as_ptr()).sent[at]);
                let left = (count - at) as c_uint;
                syscall(SYS_sendmmsg, socket.as_raw_fd(), headers, left, MSG_DONTWAIT)
            };
            match usize::try_from(sent) {
                Ok(sent) if sent > 0 => at += sent,
                _ => {
                    failed(numbers[at], io::Error::last_os_error());
                    at += 1;
                }
            }
        }
    }

    /// Makes the header at `at` send `octets` to who sent the datagram `number`.
    fn address(&mut self, at: usize, number: usize, octets: &[u8]) {
        let source = self.source(number);
        let Memory { received, sent, from, told, .. } = self.memory();
        from[at] = iovec { iov_base: octets.as_ptr().cast_mut().cast(), iov_len: octets.len() };
        let (header, asked) = (&mut sent[at].msg_hdr, &received[number].msg_hdr);
        (header.msg_name, header.msg_namelen) = (asked.msg_name, asked.msg_namelen);
        header.msg_controllen = match source {
            Some(source) => {
                told[at].tell(&source);
                told[at].told().len() as _
            }
            None => 0,
        };
    }

    /// Where the reply to a datagram leaves from, where that has to be told.
    fn source(&mut self, number: usize) -> Option<Source> {
        if !self.has_source {
            return None;
        }
        let memory = self.memory();
        let header = &memory.received[number].msg_hdr;
        let client = client(&memory.names[number], header.msg_namelen as usize)?;
        #[allow(clippy::unnecessary_cast)] // Other C libraries have 32 bits here.
        let said = memory.said[number].octets.get(..header.msg_controllen as usize)?;
        Source::of(said, client)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // SAFETY: it came out of a box, and nobody has it any more.
        drop(unsafe { Box::from_raw(self.memory.as_ptr()) });
    }
}

/// The address in a name of which the system wrote `len` octets.
fn client(name: &Name, len: usize) -> Option<SocketAddr> {
    // SAFETY: the family stands at the same place in both, and either is a value whatever the octets are.
    unsafe {
        match i32::from(name.v4.sin_family) {
            AF_INET if len >= size_of::<sockaddr_in>() => {
                let ip = Ipv4Addr::from(name.v4.sin_addr.s_addr.to_ne_bytes());
                Some(SocketAddrV4::new(ip, u16::from_be(name.v4.sin_port)).into())
            }
            AF_INET6 if len >= size_of::<sockaddr_in6>() => {
                let sockaddr_in6 { sin6_port, sin6_flowinfo, sin6_scope_id, .. } = name.v6;
                let ip = Ipv6Addr::from(name.v6.sin6_addr.s6_addr);
                let port = u16::from_be(sin6_port);
                Some(SocketAddrV6::new(ip, port, sin6_flowinfo, sin6_scope_id).into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Shutdown;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use socket2::SockRef;

    use super::*;

    /// A worker that is to end has its socket shut down, which ends its waiting, and takes what has arrived: all
    /// of it, also what came the moment after.
    #[test]
    fn what_comes_while_a_worker_ends_is_received() {
        const COUNT: u32 = 10_000;
        // Fewer than any receive buffer has room for.
        const UNDER_WAY: u32 = 50;
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("bound");
        // It is not connected, which is an error, and is shut down all the same.
        _ = SockRef::from(&socket).shutdown(Shutdown::Read);
        let taken = AtomicU32::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                let client = UdpSocket::bind("127.0.0.1:0").expect("a socket");
                for number in 0..COUNT {
                    while number - taken.load(Ordering::Acquire).min(number) > UNDER_WAY {
                        thread::yield_now();
                    }
                    client.send_to(&number.to_ne_bytes(), address).expect("sent");
                }
            });
            let (mut batch, mut next) = (Batch::new(false), 0_u32);
            while next < COUNT {
                let came = batch.receive(&socket, Wait::ForOne);
                let is_whole = came.is_ok()
                    && batch.datagrams().all(|datagram| {
                        next += 1;
                        datagram.octets == (next - 1).to_ne_bytes()
                    });
                // Else who sends would wait for ever.
                taken.store(if is_whole { next } else { COUNT }, Ordering::Release);
                assert!(is_whole, "{came:?}: up to {next} one is missing");
            }
        });
    }

    #[test]
    fn each_reply_goes_to_who_sent_that_datagram() {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let address = socket.local_addr().expect("bound");
        let clients: Vec<_> =
            (0..3).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a socket")).collect();
        for (number, client) in clients.iter().enumerate() {
            client.send_to(&[number as u8], address).expect("sent");
        }
        let mut batch = Batch::new(false);
        assert_eq!(batch.receive(&socket, Wait::ForOne).expect("received"), 3);
        // As if nobody had sent the first.
        batch.relocate(2, 0);
        batch.count = 2;
        let said: Vec<_> = batch.datagrams().map(|one| one.octets.to_vec()).collect();
        assert_eq!(said, [[2], [1]]);
        let replies = said.iter().map(Vec::as_slice).enumerate();
        batch.reply(&socket, replies, |_, error| panic!("{error}"));
        let mut room = [9; 4];
        for number in [1, 2] {
            assert_eq!(clients[number].recv(&mut room).expect("a reply"), 1);
            assert_eq!(usize::from(room[0]), number);
        }
        clients[0].set_nonblocking(true).expect("a socket");
        assert!(clients[0].recv(&mut room).is_err());
    }
}
