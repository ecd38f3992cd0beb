//! Counters of the transports: one set for each worker, read together when metrics are asked for.
//!
//! In: tallies of batches. Out: sums.
//! Does not know how metrics are called or printed, and holds no name, client or address.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::latency::Latency;
use crate::core::answer::{Outcome, Transport};
use crate::core::family::Family;
use crate::core::time::Moment;
use crate::core::topology::Level;
use crate::core::wire::Rcode;

/// The response codes that are counted by themselves; all others are counted together, last.
const RCODES: [Rcode; 7] = [
    Rcode::NOERROR,
    Rcode::FORMERR,
    Rcode::SERVFAIL,
    Rcode::NXDOMAIN,
    Rcode::NOTIMP,
    Rcode::REFUSED,
    Rcode::BADVERS,
];

/// The levels by which answers are counted; `None` is an answer without federated addresses.
const LEVELS: [Option<Level>; 4] =
    [None, Some(Level::Zone), Some(Level::Region), Some(Level::Global)];

/// The sizes of replies, in octets, up to which they are counted together: what UDP took before
/// EDNS (512) and takes now (1232) are among them.
pub const SIZES: [u16; 7] = [64, 128, 256, 512, 1232, 4096, 16384];

/// What is counted, as plain numbers ([`Tally`]) or as those that a worker shares.
#[derive(Debug, Default)]
pub struct Numbers<N> {
    /// Packets that came, also those that were not answered.
    pub requests: N,
    /// Packets that deserve no reply.
    pub dropped: N,
    /// Replies with TC set.
    pub truncated: N,
    /// Replies that the socket would not take.
    pub unsent: N,
    /// Calls of the system by which datagrams were received and sent.
    pub calls: N,
    /// Octets of replies.
    pub response_bytes: N,
    sizes: [N; SIZES.len() + 1],
    answered: [[N; LEVELS.len()]; RCODES.len() + 1],
}

/// The sum of many batches.
pub type Tally = Numbers<u64>;

/// What one batch came to. Its replies are mostly of one size and one code, so that few of the numbers for these
/// are other than zero: which ones, is noted, as nobody wants to look at all of them for each datagram.
#[derive(Debug, Default)]
pub struct BatchTally {
    numbers: Tally,
    /// A bit for each number of a size, in their order, and from [`ANSWERED`] on for each of `answered`.
    touched: u64,
}

/// The bit of the first number by code and level.
const ANSWERED: usize = SIZES.len() + 1;

impl Deref for BatchTally {
    type Target = Tally;

    fn deref(&self) -> &Tally {
        &self.numbers
    }
}

// Only for numbers that are no size and no code: those count by themselves.
impl DerefMut for BatchTally {
    fn deref_mut(&mut self) -> &mut Tally {
        &mut self.numbers
    }
}

impl<N> Numbers<N> {
    fn cells(&self) -> impl Iterator<Item = &N> {
        self.plain().into_iter().chain(&self.sizes).chain(self.answered.as_flattened())
    }

    /// Those that are no size and no code.
    fn plain(&self) -> [&N; 6] {
        [
            &self.requests,
            &self.dropped,
            &self.truncated,
            &self.unsent,
            &self.calls,
            &self.response_bytes,
        ]
    }

    /// The number of a bit of [`BatchTally`].
    fn of_bit(&self, bit: usize) -> &N {
        match bit.checked_sub(ANSWERED) {
            None => &self.sizes[bit],
            Some(at) => &self.answered.as_flattened()[at],
        }
    }

    fn cells_mut(&mut self) -> impl Iterator<Item = &mut N> {
        [
            &mut self.requests,
            &mut self.dropped,
            &mut self.truncated,
            &mut self.unsent,
            &mut self.calls,
            &mut self.response_bytes,
        ]
        .into_iter()
        .chain(&mut self.sizes)
        .chain(self.answered.iter_mut().flatten())
    }
}

impl BatchTally {
    /// Counts one packet, what became of it, and the size of the reply.
    pub fn count(&mut self, outcome: Outcome, reply_len: usize) {
        self.requests += 1;
        match outcome {
            Outcome::Answered { rcode, level, is_truncated } => {
                let row = RCODES.iter().position(|one| *one == rcode).unwrap_or(RCODES.len());
                let column = LEVELS.iter().position(|one| *one == level).unwrap_or(0);
                let size = SIZES.partition_point(|bound| usize::from(*bound) < reply_len);
                self.answered[row][column] += 1;
                self.sizes[size] += 1;
                self.touched |= 1 << size | 1 << (ANSWERED + row * LEVELS.len() + column);
                self.truncated += u64::from(is_truncated);
                self.response_bytes += reply_len as u64;
            }
            Outcome::Dropped => self.dropped += 1,
        }
    }

    /// The numbers that are not zero, each with its place among `numbers`.
    fn changes<'n, N>(&self, numbers: &'n Numbers<N>) -> impl Iterator<Item = (&'n N, u64)> {
        let mut touched = self.touched;
        let bits = std::iter::from_fn(move || {
            let bit = touched.trailing_zeros() as usize;
            let rest = touched.checked_sub(1)?;
            touched &= rest;
            Some(bit)
        });
        let counted = bits.map(|bit| (numbers.of_bit(bit), *self.numbers.of_bit(bit)));
        let plain = numbers.plain().into_iter().zip(self.numbers.plain().map(|number| *number));
        plain.filter(|(_, number)| *number > 0).chain(counted)
    }
}

impl Tally {
    /// Replies by size: those no longer than each of [`SIZES`] and longer than the one before, and
    /// last those longer than all.
    pub fn sizes(&self) -> &[u64] {
        &self.sizes
    }

    /// Replies by response code and level.
    pub fn responses(&self) -> impl Iterator<Item = Responses> {
        let codes = RCODES.into_iter().map(Some).chain([None]);
        codes.zip(&self.answered).flat_map(|(rcode, row)| {
            let cells = LEVELS.into_iter().zip(row);
            cells.map(move |(level, &count)| Responses { rcode, level, count })
        })
    }
}

/// How many replies had one response code and addresses of one level.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Responses {
    /// The code; `None` stands for all that are not counted by themselves.
    pub rcode: Option<Rcode>,
    /// The level; `None` where there were no federated addresses.
    pub level: Option<Level>,
    /// How many.
    pub count: u64,
}

impl std::ops::AddAssign<&Self> for Tally {
    fn add_assign(&mut self, other: &Self) {
        for (sum, number) in self.cells_mut().zip(other.cells()) {
            *sum += number;
        }
    }
}

/// Connections of one TCP listener.
#[derive(Debug, Default)]
pub struct Connections {
    /// Open now.
    pub open: AtomicU64,
    /// Taken so far.
    pub accepted: AtomicU64,
    /// Closed at once because of a limit.
    pub refused: AtomicU64,
    /// Closed because no query came in time, or not the whole of one.
    pub idle: AtomicU64,
    /// Closed because the client did not read its replies.
    pub unread: AtomicU64,
    /// Closed so that there was room for another one.
    pub replaced: AtomicU64,
}

/// The counters of one worker. They have cache lines of their own, so that workers do not slow
/// one another down.
#[derive(Debug)]
#[repr(align(128))]
pub struct Counters {
    /// Which transport the worker serves.
    pub transport: Transport,
    /// Which family of addresses it listens on.
    pub family: Family,
    /// Its connections; all zero for UDP.
    pub connections: Connections,
    /// How long its answers take.
    pub latency: Latency,
    numbers: Numbers<AtomicU64>,
}

impl Counters {
    /// Counters at zero for a worker that listens on `address`.
    pub fn new(transport: Transport, address: SocketAddr) -> Self {
        let family = Family::of(address.ip());
        let (connections, numbers) = (Connections::default(), Numbers::default());
        Self { transport, family, connections, latency: Latency::default(), numbers }
    }

    /// Adds a batch. Only for counters with a single writer: a load and a store cost no lock.
    pub fn add(&self, tally: &BatchTally) {
        for (cell, number) in tally.changes(&self.numbers) {
            cell.store(cell.load(Relaxed).wrapping_add(number), Relaxed);
        }
    }

    /// Adds a batch where several tasks write, as the connections of one listener do.
    pub fn add_shared(&self, tally: &BatchTally) {
        for (cell, number) in tally.changes(&self.numbers) {
            cell.fetch_add(number, Relaxed);
        }
    }

    /// The numbers up to now.
    pub fn read(&self) -> Tally {
        let mut tally = Tally::default();
        for (number, cell) in tally.cells_mut().zip(self.numbers.cells()) {
            *number = cell.load(Relaxed);
        }
        tally
    }

    /// Counts how long a batch took that began at `began`, where it is one that is measured. The clock is asked for
    /// those alone.
    pub(super) fn measure(&self, tally: &Tally, began: Moment, now: impl FnOnce() -> Moment) {
        if self.latency.is_sampled() {
            let took = now().0.saturating_sub(began.0);
            self.latency.count(took, tally.requests - tally.dropped);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_add_up_by_code_and_level() {
        let counters = Counters::new(Transport::Udp, ([127, 0, 0, 1], 53).into());
        let mut batch = BatchTally::default();
        let zone = Some(Level::Zone);
        let code = Rcode::NOERROR;
        batch.count(Outcome::Answered { rcode: code, level: zone, is_truncated: true }, 40);
        batch.count(Outcome::Answered { rcode: Rcode(23), level: None, is_truncated: false }, 12);
        batch.count(Outcome::Dropped, 0);
        counters.add(&batch);
        counters.add_shared(&batch);

        let sum = counters.read();
        assert_eq!((sum.requests, sum.dropped, sum.truncated), (6, 2, 2));
        assert_eq!(sum.response_bytes, 104);
        assert_eq!(sum.sizes(), [4, 0, 0, 0, 0, 0, 0, 0]);
        let seen: Vec<_> = sum.responses().filter(|it| it.count > 0).collect();
        let of = |rcode, level| Responses { rcode, level, count: 2 };
        assert_eq!(seen, [of(Some(code), zone), of(None, None)]);
    }

    #[test]
    fn a_size_that_is_a_bound_belongs_to_it() {
        let mut tally = BatchTally::default();
        for size in [64, 65, 1232, 16384, 16385] {
            let (rcode, level) = (Rcode::NOERROR, None);
            tally.count(Outcome::Answered { rcode, level, is_truncated: false }, size);
        }
        assert_eq!(tally.sizes(), [1, 1, 0, 0, 1, 0, 1, 1]);
    }
}
