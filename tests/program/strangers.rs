//! Strangers who take TCP connections and keep them: they ask now and then, say nothing, send half a query,
//! or an octet a second, or never read what they asked for. Whoever comes meanwhile is served.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};
use tokio_util::sync::CancellationToken;

use crate::process::{PATIENCE, Server, query, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// As many as there are connections.
const STRANGERS: usize = 1024;
/// How long strangers have been there before anybody else comes.
const SETTLING: Duration = Duration::from_secs(2);
/// How long others come at least.
const LOAD: Duration = Duration::from_secs(8);
/// How many they are at least, unless that takes for ever: on a machine that is busy with other things too.
const FRESH: u64 = 50;
/// How often strangers do something.
const TICK: Duration = Duration::from_millis(50);

/// Most kernel memory for all connections, in octets.
const KERNEL_MEMORY: u64 = 64 << 20;

#[derive(Clone, Copy)]
enum Manner {
    AsksNowAndThen,
    SaysNothing,
    SendsHalf,
    SendsAnOctetASecond,
    NeverReads,
}

use Manner::{AsksNowAndThen, NeverReads, SaysNothing, SendsAnOctetASecond, SendsHalf};

/// A stranger with one connection, and another one within a second when that is closed.
struct Stranger {
    manner: Manner,
    from: Ipv4Addr,
    stream: TcpStream,
    is_closed: bool,
    /// Octets of the query that is being sent, which are sent already.
    sent: usize,
}

fn frame(name: &str) -> Vec<u8> {
    let query = query(name, 7);
    [&(query.len() as u16).to_be_bytes()[..], &query].concat()
}

/// What strangers send.
struct Words {
    frame: Vec<u8>,
    /// Some hundreds of them.
    many: Vec<u8>,
}

/// A connection that may not be made yet.
fn begin(from: Ipv4Addr, to: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // So that of what it does not read most is with the server.
    socket.set_recv_buffer_size(4096).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
    _ = socket.connect(&to.into());
    socket.into()
}

/// Whether a connection is there still, or will be.
fn holds<T>(done: std::io::Result<T>) -> bool {
    let error = done.err().map(|error| error.kind());
    error.is_none_or(|kind| matches!(kind, ErrorKind::WouldBlock | ErrorKind::NotConnected))
}

impl Stranger {
    fn new(manner: Manner, from: Ipv4Addr, to: SocketAddr) -> Self {
        Self { manner, from, stream: begin(from, to), is_closed: false, sent: 0 }
    }

    /// Does what it does at a tick, and connects anew where it was closed.
    fn tick(&mut self, number: usize, to: SocketAddr, words: &Words) {
        let Words { frame, many } = words;
        let is_second = number.is_multiple_of((1000 / TICK.as_millis()) as usize);
        if self.is_closed {
            if is_second {
                *self = Self::new(self.manner, self.from, to);
            }
            return;
        }
        let part: &[u8] = match self.manner {
            AsksNowAndThen if is_second => frame,
            SendsHalf if self.sent == 0 => &frame[..frame.len() / 2],
            SendsAnOctetASecond if is_second => &frame[self.sent..self.sent + 1],
            NeverReads => many,
            _ => &[][..],
        };
        let written = if part.is_empty() { Ok(0) } else { self.stream.write(part) };
        if let (Ok(count), SendsHalf | SendsAnOctetASecond) = (&written, self.manner) {
            self.sent = (self.sent + count) % frame.len();
        }
        let is_read = matches!(self.manner, NeverReads)
            || match self.stream.read(&mut [0; 4096]) {
                Ok(count) => count > 0,
                Err(error) => holds::<()>(Err(error)),
            };
        self.is_closed = !holds(written) || !is_read;
    }
}

/// All of them, from so many addresses, until it is over.
fn stay(to: SocketAddr, manners: &[Manner], addresses: usize, over: &CancellationToken) {
    let frame = frame(CART);
    let words = Words { many: frame.repeat(200), frame };
    let stranger = |number: usize| {
        let from = Ipv4Addr::new(127, 0, 1, 1 + (number % addresses) as u8);
        Stranger::new(manners[number / addresses % manners.len()], from, to)
    };
    let mut strangers: Vec<_> = (0..STRANGERS).map(stranger).collect();
    for tick in 0.. {
        if over.is_cancelled() {
            return;
        }
        for (number, stranger) in strangers.iter_mut().enumerate() {
            // Not all at the same moment.
            stranger.tick(tick + number, to, &words);
        }
        std::thread::sleep(TICK);
    }
}

/// How many asked, and how many of them were answered.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    asked: u64,
    answered: u64,
}

impl Served {
    fn count(&mut self, is_answered: bool) {
        self.asked += 1;
        self.answered += u64::from(is_answered);
    }

    /// At least so many of a thousand were answered: of some dozens, all but one.
    #[track_caller]
    fn is_at_least(self, per_thousand: u64) {
        assert!(self.asked >= 10, "{self:?}");
        let allowed = (self.asked * (1000 - per_thousand) / 1000).max(1);
        assert!(self.asked - self.answered <= allowed, "{self:?}");
    }
}

/// A client that comes, asks over TCP once and goes.
fn is_served(from: Ipv4Addr, to: SocketAddr) -> bool {
    let ask = || -> std::io::Result<()> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((from, 0)).into())?;
        socket.connect_timeout(&to.into(), PATIENCE)?;
        let mut stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(&frame(CART))?;
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        stream.read_exact(&mut vec![0; u16::from_be_bytes(length).into()])
    };
    ask().is_ok()
}

/// Clients that come one after the other over TCP, from addresses that nobody else has.
fn fresh_clients(to: SocketAddr) -> Served {
    let (start, mut served) = (Instant::now(), Served::default());
    let is_enough = |served: &Served| start.elapsed() >= LOAD && served.asked >= FRESH;
    while !is_enough(&served) && start.elapsed() < PATIENCE {
        let from = Ipv4Addr::new(127, 0, 9, 1 + (served.asked % 200) as u8);
        served.count(is_served(from, to));
        std::thread::sleep(Duration::from_millis(5));
    }
    served
}

/// One client that asks over UDP and asks once.
fn asked_over_udp(to: SocketAddr, over: &CancellationToken) -> Served {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.connect(to).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let (mut served, mut reply) = (Served::default(), [0; 4096]);
    while !over.is_cancelled() {
        let id = served.asked as u16;
        socket.send(&query(CART, id)).unwrap();
        // What came too late for one before is no reply to this.
        let is_reply = |octets: &[u8]| octets[..2] == id.to_be_bytes();
        let mut answered = std::iter::from_fn(|| socket.recv(&mut reply).ok().map(|_| reply));
        served.count(answered.any(|octets| is_reply(&octets)));
        std::thread::sleep(Duration::from_millis(1));
    }
    served
}

/// What became of others beside strangers, and most kernel memory that connections took, where it can be
/// told.
struct Load {
    fresh: Served,
    udp: Served,
    memory: Option<u64>,
}

/// Two crowds of strangers at once would ask a machine of two cores for more than either test means to.
fn one_crowd_at_a_time() -> MutexGuard<'static, ()> {
    static CROWD: Mutex<()> = Mutex::new(());
    CROWD.lock().unwrap_or_else(PoisonError::into_inner)
}

fn load(server: &Server, manners: &[Manner], addresses: usize) -> Load {
    let over = &CancellationToken::new();
    std::thread::scope(|scope| {
        // Also where this fails: or strangers would stay for ever.
        let end = over.clone().drop_guard();
        let (tcp, udp) = (server.tcp, server.udp);
        scope.spawn(move || stay(tcp, manners, addresses, over));
        std::thread::sleep(SETTLING);
        let fresh = scope.spawn(move || fresh_clients(tcp));
        let udp = scope.spawn(move || asked_over_udp(udp, over));
        let mut memory = None;
        while !fresh.is_finished() {
            memory = memory.max(kernel_memory(tcp));
            std::thread::sleep(Duration::from_millis(100));
        }
        let fresh = fresh.join().unwrap();
        drop(end);
        Load { fresh, udp: udp.join().unwrap(), memory }
    })
}

/// What the kernel holds for the server's connections, in octets: what was received and not read, what was
/// sent and is not acknowledged or waits, and what is set aside for both.
fn kernel_memory(server: SocketAddr) -> Option<u64> {
    let of_port = format!("sport = :{}", server.port());
    let listed = Command::new("ss").args(["-tanmH", &of_port]).output().ok()?;
    let text = String::from_utf8(listed.stdout).ok()?;
    let sockets = text.split("skmem:(").skip(1).map(|it| it.split(')').next().unwrap());
    let numbers = sockets.flat_map(|socket| socket.split(','));
    // Those with two letters are limits.
    Some(numbers.filter_map(|it| it.strip_prefix(['r', 'w', 'f'])?.parse::<u64>().ok()).sum())
}

const STAYING: [Manner; 4] = [AsksNowAndThen, SaysNothing, SendsHalf, SendsAnOctetASecond];

#[test]
fn strangers_from_few_addresses_who_stay_keep_nobody_out() {
    let _alone = one_crowd_at_a_time();
    let world = world();
    let server = Server::start(world.path());
    let load = load(&server, &STAYING, 16);
    load.fresh.is_at_least(990);
    load.udp.is_at_least(999);
}

#[test]
fn strangers_from_many_addresses_who_stay_keep_nobody_out() {
    let _alone = one_crowd_at_a_time();
    let world = world();
    let server = Server::start(world.path());
    let load = load(&server, &STAYING, 250);
    load.fresh.is_at_least(990);
    load.udp.is_at_least(999);
    let closed = |reason| {
        server.metric(&format!("fedns_dns_tcp_connections_closed_total{{reason=\"{reason}\"}} "))
    };
    assert!(closed("idle") + closed("replaced") > 0, "the table was filled");
}

#[test]
fn strangers_who_never_read_take_little_memory_and_keep_nobody_out() {
    let _alone = one_crowd_at_a_time();
    let world = world();
    let server = Server::start(world.path());
    for addresses in [16, 250] {
        let load = load(&server, &[NeverReads], addresses);
        load.fresh.is_at_least(990);
        load.udp.is_at_least(999);
        match load.memory {
            Some(memory) => {
                eprintln!("{addresses} addresses: {} KiB at most", memory >> 10);
                assert!(memory < KERNEL_MEMORY, "{memory} octets");
            }
            None => eprintln!("skipped: memory is not measured without ss (iproute2)"),
        }
    }
    let unread = "fedns_dns_tcp_connections_closed_total{reason=\"unread\"} ";
    assert!(server.metric(unread) > 0, "they are given up");
}
