//! The rounds, and the table.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use fedns::clock::Clock;
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::Changes;
use fedns::core::time::{Moment, Now};
use fedns::dns::counters::Tally;
use fedns::dns::{Listeners, Settings, TcpLimits, UdpIo, null, udp_socket_alone};
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::measure::{gate, median, ratios, row, spread, table};
use crate::world::{self, Dice};

/// How a world is asked.
#[derive(Clone, Copy)]
enum Load {
    Saturated,
    /// So many questions a second.
    Rate(u32),
}

/// A thread that answers, as long as this lives.
struct Responder {
    address: SocketAddr,
    /// The thread's number.
    thread: i32,
    counters: Option<Arc<fedns::dns::counters::Counters>>,
}

pub(crate) fn main() {
    let is_quick = std::env::args().any(|it| it == "--quick");
    let (rounds, window) = if is_quick { (3, 200) } else { (15, 500) };
    let window = Duration::from_millis(window);
    println!("# udp: CPU us an answer, and the ratio to a null responder\n");
    let mut rows = vec![row([
        "listener",
        "services",
        "load",
        "answer us",
        "null us",
        "ratio",
        "calls an answer",
    ])];
    let mut gates = Vec::new();
    for services in if is_quick { [1_000, 10_000] } else { [1_000, 100_000] } {
        let snapshot = Arc::new(ArcSwap::from_pointee(snapshot(services)));
        let packets = packets(services);
        for (listener, goal) in [("127.0.0.1:0", 1.06), ("0.0.0.0:0", 1.12), ("[::1]:0", 1.08)] {
            let Some(server) = Responder::fedns(listener, &snapshot) else {
                println!("no {listener} on this host\n");
                continue;
            };
            let bound = if listener.starts_with('[') { "[::1]:0" } else { "127.0.0.1:0" };
            let null = Responder::null(bound, &reply(&server, &packets));
            for load in [Load::Saturated, Load::Rate(20_000)] {
                let mut clients =
                    [&server, &null].map(|it| Client::new(it.address, packets.clone()));
                let (mut costs, mut calls) = ([Vec::new(), Vec::new()], Vec::new());
                for round in 0..=rounds {
                    for (at, responder) in [&server, &null].into_iter().enumerate() {
                        let (before, had) = (responder.cpu(), responder.calls());
                        let answered = match load {
                            Load::Saturated => clients[at].saturate(window),
                            Load::Rate(rate) => clients[at].ask(window, rate),
                        };
                        let answered = answered as f64;
                        // The first round warms up.
                        if round > 0 {
                            costs[at].push((responder.cpu() - before) / answered);
                            if at == 0 {
                                calls.push((responder.calls() - had) / answered);
                            }
                        }
                    }
                }
                let ratio = ratios(&costs[0], &costs[1]);
                let load = match load {
                    Load::Saturated => "saturated".to_owned(),
                    Load::Rate(rate) => format!("{rate} a second"),
                };
                rows.push(row([
                    listener,
                    &services.to_string(),
                    &load,
                    &spread(&costs[0], 2),
                    &spread(&costs[1], 2),
                    &spread(&ratio, 3),
                    &spread(&calls, 2),
                ]));
                let goal = if services > 10_000 { goal + 0.04 } else { goal };
                gates.push((
                    format!(
                        "{listener}, {services} services, {load}: {:.3} ({goal})",
                        median(&ratio)
                    ),
                    median(&ratio) <= goal,
                ));
            }
        }
    }
    table(&rows);
    println!();
    gates.iter().for_each(|(what, is_held)| gate(what, *is_held));
    crate::measure::place_and_day();
}

impl Responder {
    /// A worker of the server; `None` where the host has no such address.
    fn fedns(listen: &str, snapshot: &Arc<ArcSwap<Snapshot>>) -> Option<Self> {
        let settings = Settings {
            udp: vec![listen.parse().expect("an address")],
            tcp: Vec::new(),
            clusters: Vec::new(),
            udp_workers: 1.try_into().expect("not zero"),
            udp_io: UdpIo::Batched,
            tcp_limits: TcpLimits::default(),
        };
        let snapshot = Arc::clone(snapshot);
        let (send, bound) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.enable_all().build().expect("a runtime").block_on(async move {
                let Ok(listeners) = Listeners::bind(&settings) else { return };
                let address = listeners.bound()[0].address;
                send.send((address, Arc::clone(&listeners.counters()[0]))).expect("it is awaited");
                // It ends with the process.
                _ = listeners.run(snapshot, Clock::start(), CancellationToken::new()).await;
            });
        });
        let (mut address, counters) = bound.recv().ok()?;
        if address.ip().is_unspecified() {
            address.set_ip([127, 0, 0, 1].into());
        }
        let thread = thread_called(&format!("udp-{}", address.port()));
        Some(Self { address, thread, counters: Some(counters) })
    }

    fn null(listen: &str, canned: &[u8]) -> Self {
        let socket = udp_socket_alone(listen.parse().expect("an address")).expect("a socket");
        socket.set_nonblocking(false).expect("a socket that waits");
        let (address, canned) = (socket.local_addr().expect("bound"), canned.to_vec());
        let name = format!("null-{}", address.port());
        // It ends with the process.
        let work = move || _ = null::reply_to_all(&socket, &canned).expect("the socket goes on");
        std::thread::Builder::new().name(name.clone()).spawn(work).expect("a thread");
        Self { address, thread: thread_called(&name), counters: None }
    }

    /// Microseconds that its thread has been on a processor.
    fn cpu(&self) -> f64 {
        let path = format!("/proc/self/task/{}/schedstat", self.thread);
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let first = text.split_whitespace().next().and_then(|it| it.parse::<f64>().ok());
        first.unwrap_or(f64::NAN) / 1000.0
    }

    /// Calls of the system for datagrams, of a worker.
    fn calls(&self) -> f64 {
        let mut tally = Tally::default();
        if let Some(counters) = &self.counters {
            tally += &counters.read();
        }
        tally.calls as f64
    }
}

/// The number of the thread of this process that is called so, once there is one.
fn thread_called(name: &str) -> i32 {
    for _ in 0..1000 {
        let tasks = std::fs::read_dir("/proc/self/task").expect("/proc");
        for task in tasks.filter_map(Result::ok) {
            let comm = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
            if comm.trim_end() == name {
                return task.file_name().to_string_lossy().parse().expect("a number");
            }
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    panic!("no thread is called {name}")
}

/// The reply that most questions get, which the null responder gives to all.
fn reply(server: &Responder, packets: &[Vec<u8>]) -> Vec<u8> {
    let here = if server.address.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
    let socket = std::net::UdpSocket::bind(here).expect("a socket");
    socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a time-out");
    let mut replies: Vec<Vec<u8>> = packets[..101]
        .iter()
        .map(|packet| {
            socket.send_to(packet, server.address).expect("sent");
            let mut room = [0; 2048];
            let len = socket.recv(&mut room).expect("a reply");
            room[..len].to_vec()
        })
        .collect();
    replies.sort_by_key(Vec::len);
    replies.swap_remove(replies.len() / 2)
}

fn snapshot(services: usize) -> Snapshot {
    let state = world::state(services);
    let now = Now { moment: Moment::default(), unix_seconds: 1_800_000_000 };
    Publisher::new(&state, 1).publish(&state, &Changes::default(), now)
}

/// Questions for services' names in zones, regions and the world, with EDNS, as clients ask.
fn packets(services: usize) -> Vec<Vec<u8>> {
    let mut dice = Dice::new(3);
    let packet = |_| {
        let (service, zone) = (dice.below(services), dice.below(8));
        let location = match dice.below(20) {
            0..14 => world::zone_location(zone),
            14..17 => format!("{}.", world::PLACES[zone].1),
            _ => String::new(),
        };
        let mut packet = vec![0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        for label in world::query_name(service, &location).split('.') {
            packet.push(label.len() as u8);
            packet.extend_from_slice(label.as_bytes());
        }
        packet
            .extend_from_slice(b"\x00\x00\x01\x00\x01\x00\x00\x29\x04\xd0\x00\x00\x00\x00\x00\x00");
        packet
    };
    (0..50_000).map(packet).collect()
}
