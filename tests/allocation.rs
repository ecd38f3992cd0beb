//! Answering allocates nothing and frees nothing, whatever the packet: workers never wait for
//! the allocator, and no stranger can make them ask for memory.
// Counting allocations takes a global allocator, and that trait is unsafe. Nothing else here is.
#![allow(clippy::unwrap_used, unsafe_code)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicI32, AtomicU64};
use std::time::Duration;

use arc_swap::ArcSwap;
use fedns::clock::Clock;
use fedns::core::answer::{Outcome, Replied, Replies, Request, Scratch, Transport, answer_all};
use fedns::core::event::{Facts, NodeFacts};
use fedns::core::hostname::{Answer, Finding};
use fedns::core::name::Name;
use fedns::core::policy::{ClusterPolicy, Policy, Publish, WhenAllDown};
use fedns::core::service::Inside;
use fedns::core::time::Moment;
use fedns::core::wire::Rcode;
use fedns::core::zone::{Included, WrittenZone, load};
use fedns::dns::{Listeners, Settings, TcpLimits, UdpIo};
use tokio_util::sync::CancellationToken;

use support::packet::{Ask, Edns, TYPES};
use support::{NOBODY, Sim, answer_with, facts, label, request};

struct Counting;

thread_local! {
    /// Calls of this thread; the test harness has threads of its own.
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

/// A thread whose calls are counted by another one, and how many there were.
static WATCHED: AtomicI32 = AtomicI32::new(0);
static WATCHED_CALLS: AtomicU64 = AtomicU64::new(0);

fn count() {
    let watched = WATCHED.load(Relaxed);
    if watched != 0 && watched == rustix::thread::gettid().as_raw_nonzero().get() {
        WATCHED_CALLS.fetch_add(1, Relaxed);
    }
    // A thread that ends may free memory after its thread-locals are gone.
    let _ = CALLS.try_with(|calls| calls.set(calls.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it came; counting touches no memory of it.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// A world in which every kind of answer has a name. `lost` never syncs, so that what nobody has
/// is SERVFAIL; without it the same names are NXDOMAIN.
fn world(is_complete: bool) -> Sim {
    let ways = [
        ("fed", "example.com", WhenAllDown::Nodata, Publish::All),
        ("gone", "example.com", WhenAllDown::Nxdomain, Publish::All),
        ("open", "in.example.com", WhenAllDown::All, Publish::All),
        ("last", "example.org", WhenAllDown::Last, Publish::Labelled),
    ];
    let federations = ways.into_iter().map(|(name, domain, when_all_down, publish)| {
        let federation = facts::federation(name, domain);
        fedns::core::policy::Federation { when_all_down, publish, ..federation }
    });
    let policy = Policy {
        federations: federations.collect(),
        static_zones: vec![static_zone("example.info"), static_zone("in.example.com")],
        max_addresses: 0,
        ..Policy::default()
    };
    let grace = Duration::from_secs(if is_complete { 0 } else { 30 });
    let mut sim = Sim::new(policy, grace);
    // Zone `a` is in three regions: its zone-only name is merged from three sets.
    for (index, place) in ["a.north", "a.south", "a.west", "b.west"].into_iter().enumerate() {
        let cluster = label(&format!("c{index}"));
        sim.register(&cluster, ClusterPolicy::default());
        let node = NodeFacts {
            addresses: vec![[10, index as u8, 0, 1].into()],
            pod_networks: vec![format!("10.{index}.0.0/16").parse().unwrap()],
            ..facts::node_facts(place)
        };
        sim.say(&cluster, facts::applied(Facts::Node("n1".into(), node)));
        sim.say(&cluster, facts::applied(facts::node("b.south")));
        for (service, size, ready) in
            [("shop/cart", 2, index < 3), ("shop/many", 120, true), ("shop/down", 3, false)]
        {
            let key = facts::key(service);
            let v4 = (0..size).map(|host| format!("192.0.{index}.{host}").parse().unwrap());
            let v6 = (0..size).map(|host| format!("2001:db8:{index}::{host}").parse().unwrap());
            let mut facts_of = facts::load_balancer(&v4.chain(v6).collect::<Vec<_>>());
            facts_of.is_labelled = true;
            facts_of.inside = match index {
                0 => Inside::ClusterIps(vec![[10, 96, 0, 1].into()]),
                1 => Inside::ClusterIps(vec!["fd00::1".parse().unwrap(), [10, 97, 0, 1].into()]),
                2 => Inside::ExternalName(
                    match service {
                        "shop/cart" => "db.example.net",
                        "shop/many" => "cart.shop.open.svc.cluster.local",
                        _ => "cart.shop.fed.svc.b.south.example.com",
                    }
                    .into(),
                ),
                _ => Inside::Unassigned,
            };
            sim.say(&cluster, facts::applied(Facts::Service(key.clone(), facts_of)));
            for ready in [1, u32::from(ready)] {
                let slice = facts::slice(&key, ready, 1);
                sim.say(&cluster, facts::applied(Facts::Slice(key.clone(), slice)));
            }
        }
        sim.say(&cluster, facts::SYNCED);
    }
    let addresses = vec!["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()];
    sim.resolve("db.example.net", Finding::Answered(Answer { addresses, ..Answer::default() }));
    if !is_complete {
        sim.register(&label("lost"), ClusterPolicy::default());
        let namespaces = vec![wildmatch::WildMatch::new("other"), wildmatch::WildMatch::new("s*p")];
        let region = Some(label("north"));
        let policy = ClusterPolicy { namespaces, region, ..ClusterPolicy::default() };
        sim.register(&label("held"), policy);
    }
    sim
}

/// A static zone with a name of each kind.
fn static_zone(apex: &str) -> WrittenZone {
    let text = "\
$TTL 60
@ SOA ns1 h 1 2 3 4 5
@ NS ns1
@ NS ns.elsewhere.net.
@ MX 10 mail
@ ALIAS cart.shop.open.svc.in.example.com.
ns1 A 192.0.2.53
mail A 192.0.2.25
mail AAAA 2001:db8::25
shop CNAME cart.shop.open.svc.a.north.in.example.com.
round CNAME round
*.w CNAME shop
lab NS ns.lab
ns.lab A 192.0.2.60
old DNAME w
_sip._tcp SRV 0 5 5060 mail
";
    let apex = Name::parse(apex).unwrap();
    let file = Included { file: "static".into(), octets: text.into() };
    let ours = [apex.clone(), Name::parse("example.com").unwrap()];
    let loaded = load(&apex, file, &ours, &mut |_| Err("includes nothing".into()));
    WrittenZone { apex, records: loaded.zone.map(Arc::new) }
}

/// Names of static zones.
fn static_packets() -> Vec<(Vec<u8>, Transport)> {
    let mut packets = Vec::new();
    let labels = [
        "",
        "mail.",
        "shop.",
        "round.",
        "a.w.",
        "a.b.w.",
        "lab.",
        "x.lab.",
        "a.old.",
        "_tcp.",
        "_sip._tcp.",
        "none.",
        "w.",
        "old.",
    ];
    for name in labels
        .iter()
        .flat_map(|it| ["example.info", "in.example.com"].map(|apex| format!("{it}{apex}")))
    {
        for record_type in ["A", "AAAA", "MX", "NS", "SOA", "ANY", "DS", "SRV", "CNAME", "DNAME"] {
            for transport in [Transport::Udp, Transport::Tcp] {
                packets.push((Ask::new(&name, record_type).packet(), transport));
            }
        }
    }
    packets
}

/// Thousands of packets of every kind: each name with each type, with and without EDNS, over UDP
/// and TCP, whole and damaged.
fn packets() -> Vec<(Vec<u8>, Transport)> {
    let mut packets = in_cluster_packets();
    packets.extend(static_packets());
    let locations = ["", "north.", "a.north.", "b.west.", "a.", "mars.", "a.mars."];
    let stems =
        ["cart.shop.", "many.shop.", "down.shop.", "none.shop.", "shop.", "", "x.cart.shop."];
    let ends = ["fed.svc.", "fed.", "gone.svc.", "open.svc.", "last.", "none.", "svc."];
    let mut number = 0_usize;
    for domain in ["example.com", "in.example.com", "example.org", "example.net"] {
        let inner = stems.iter().flat_map(|stem| ends.iter().map(move |end| (stem, end)));
        let inner = inner.flat_map(|it| locations.iter().map(move |location| (it, location)));
        let names = inner.map(|((stem, end), location)| format!("{stem}{end}{location}{domain}"));
        let others = ["", "ns1.", "hostmaster.", "_http._tcp.cart.shop.fed."];
        for name in names.chain(others.map(|other| format!("{other}{domain}"))) {
            for record_type in ["A", "AAAA", "ANY"] {
                let mut ask = Ask::new(&name, record_type);
                number += 1;
                if number.is_multiple_of(4) {
                    ask.record_type = TYPES[number / 4 % TYPES.len()].1;
                }
                if number.is_multiple_of(3) {
                    let payload = [100, 512, 1232, 4096][number / 3 % 4];
                    // Some ask over TCP how long they may be idle, or ask that wrongly (RFC 7828).
                    let lengths: [&[u8]; 3] = [&[], &[0, 11, 0, 0], &[0, 11, 0, 2, 0, 1]];
                    let options = lengths[number / 3 % 3].to_vec();
                    ask.edns = Some(Edns { payload, options, ..Edns::default() });
                }
                let transport =
                    if number.is_multiple_of(5) { Transport::Tcp } else { Transport::Udp };
                let mut packet = ask.packet();
                match number % 11 {
                    0 => packet.truncate(number % packet.len()),
                    1 => packet[number % 12] ^= 1 << (number % 8),
                    2 => packet.push(0),
                    _ => {}
                }
                packets.push((packet, transport));
            }
        }
    }
    packets
}

/// Names inside clusters; who asks is in the EDNS option, or to be found by the source.
fn in_cluster_packets() -> Vec<(Vec<u8>, Transport)> {
    let mut packets = Vec::new();
    let stems = ["cart.shop.", "many.shop.", "down.shop.", "none.shop.", "shop.", "", "x.y.z."];
    let names = stems.iter().flat_map(|stem| {
        ["fed", "gone", "open", "last"].map(|name| format!("{stem}{name}.svc.cluster.local"))
    });
    for name in names {
        for id in ["", "c0", "c1", "c2", "c3", "lost", "nobody"] {
            for record_type in ["A", "AAAA", "CNAME", "MX"] {
                let mut ask = Ask::new(&name, record_type);
                let mut options = 65001_u16.to_be_bytes().to_vec();
                options.extend((id.len() as u16).to_be_bytes());
                options.extend(id.as_bytes());
                ask.edns = Some(Edns { options, ..Edns::default() });
                packets.push((ask.packet(), Transport::Udp));
            }
        }
    }
    packets
}

#[test]
fn answering_neither_allocates_nor_frees() {
    let packets = packets();
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for is_complete in [true, false] {
        let sim = world(is_complete);
        let (mut scratch, mut buffer) = (Scratch::default(), vec![0; 65_535]);
        let mut outcomes = vec![Outcome::Dropped; packets.len()];
        let request_of = |index: usize| {
            // Every second one comes from a network of a cluster, which is trusted.
            let client = [10, (index / 2 % 5) as u8, 0, 1 + (index % 2) as u8].into();
            let client = if index.is_multiple_of(2) { client } else { NOBODY };
            let (packet, transport) = &packets[index];
            Request { client, ..request(packet, *transport, Moment::default(), index as u64) }
        };
        let mut run = |told: &mut dyn FnMut(usize, Outcome, &[u8])| {
            for index in 0..packets.len() {
                let request = request_of(index);
                let (reply, outcome) =
                    answer_with(&sim.snapshot, &request, &mut scratch, &mut buffer);
                told(index, outcome, reply);
            }
        };
        let mut replies = vec![Vec::new(); packets.len()];
        run(&mut |index, outcome, reply| {
            outcomes[index] = outcome;
            replies[index] = reply.to_vec();
        });
        let before = CALLS.get();
        run(&mut |_, _, _| {});
        let calls = CALLS.get() - before;
        assert_eq!(calls, 0, "{} packets", packets.len());
        // Together they are answered as alone, in batches of any size, as room is.
        let mut replies_together = Replies::new(64, 65_535);
        for size in [1, 3, 64, packets.len()] {
            let before = CALLS.get();
            for first in (0..packets.len()).step_by(size) {
                let mut numbers = first..packets.len().min(first + size);
                while !numbers.is_empty() {
                    let requests = numbers.clone().map(request_of);
                    answer_all(&sim.snapshot, requests, &mut scratch, &mut replies_together);
                    for Replied { outcome, octets } in replies_together.iter() {
                        let index = numbers.next().expect("no more than asked for");
                        let alone = (outcomes[index], &replies[index][..]);
                        assert_eq!((outcome, octets), alone, "{index}");
                    }
                }
            }
            assert_eq!(CALLS.get() - before, 0, "{} packets, {size} together", packets.len());
        }
        for outcome in outcomes {
            *seen.entry(kind(outcome)).or_default() += 1;
        }
    }
    // The packets must be of every kind, or the promise is tested for some only.
    for kind in [
        "DROPPED",
        "TC",
        "addresses",
        "FORMERR",
        "NOERROR",
        "NOTIMP",
        "NXDOMAIN",
        "REFUSED",
        "SERVFAIL",
    ] {
        assert!(seen.get(kind).is_some_and(|&count| count > 10), "{kind}: {seen:?}");
    }
    assert!(packets.len() > 4000, "{}", packets.len());
}

/// Asks each address `rounds` times, so that some queries wait together, and reads the replies.
fn ask(socket: &UdpSocket, addresses: &[SocketAddr], rounds: u16) {
    let mut reply = [0; 4096];
    for id in 0..rounds {
        for address in addresses {
            let mut packet = Ask::new("many.shop.fed.svc.example.com", "A").packet();
            packet[..2].copy_from_slice(&id.to_be_bytes());
            socket.send_to(&packet, address).expect("room");
        }
        for _ in addresses {
            let (_, from) = socket.recv_from(&mut reply).expect("a reply");
            assert!(addresses.contains(&from), "{from} was not asked");
            assert_eq!(reply[..2], id.to_be_bytes());
        }
    }
}

/// The thread of this process that is called so.
fn thread_called(name: &str) -> i32 {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().map(|task| task.unwrap().path());
    let is_it = |task: &std::path::PathBuf| {
        std::fs::read_to_string(task.join("comm")).is_ok_and(|comm| comm.trim_end() == name)
    };
    let task = tasks.into_iter().find(is_it).expect("a worker has a thread of its own");
    task.file_name().unwrap().to_str().unwrap().parse().unwrap()
}

/// What a worker allocates for queries to `hosts` that it takes from the socket at `listen`.
fn allocated_by_worker(io: UdpIo, listen: &str, client: &str, hosts: &[&str]) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let settings = Settings {
            udp: vec![listen.parse().unwrap()],
            tcp: Vec::new(),
            clusters: Vec::new(),
            udp_workers: NonZeroUsize::MIN,
            udp_io: io,
            tcp_limits: TcpLimits::default(),
        };
        let listeners = Listeners::bind(&settings).expect("a free port");
        let port = listeners.bound()[0].address.port();
        let address = |host: &&str| SocketAddr::new(host.parse().unwrap(), port);
        let addresses: Vec<_> = hosts.iter().map(address).collect();
        let snapshot = Arc::new(ArcSwap::from_pointee(world(true).snapshot));
        let worker = listeners.run(snapshot, Clock::start(), CancellationToken::new());
        let _worker = tokio::spawn(worker);

        let socket = UdpSocket::bind(client).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let (told, mut steps) = tokio::sync::mpsc::channel(2);
        let (go, when) = std::sync::mpsc::channel();
        let client = std::thread::spawn(move || {
            for rounds in [100, 1000] {
                when.recv().unwrap();
                ask(&socket, &addresses, rounds);
                told.blocking_send(()).unwrap();
            }
        });
        // What is taken once is taken in the first step.
        go.send(()).unwrap();
        steps.recv().await.unwrap();
        let is_batched = io == UdpIo::Batched;
        if is_batched {
            WATCHED.store(thread_called(&format!("udp-{port}")), Relaxed);
        }
        let calls = || if is_batched { WATCHED_CALLS.load(Relaxed) } else { CALLS.get() };
        let before = calls();
        go.send(()).unwrap();
        steps.recv().await.unwrap();
        let calls = calls() - before;
        WATCHED.store(0, Relaxed);
        client.join().expect("a client");
        calls
    })
}

#[test]
fn nothing_is_allocated_between_sockets() {
    let hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];
    for io in [UdpIo::Batched, UdpIo::OneByOne] {
        let allocated = |listen, client, hosts| allocated_by_worker(io, listen, client, hosts);
        assert_eq!(allocated("127.0.0.1:0", "127.0.0.1:0", &hosts[..1]), 0, "{io:?}");
        assert_eq!(allocated("0.0.0.0:0", "127.0.0.1:0", &hosts), 0, "{io:?}");
        if UdpSocket::bind("[::1]:0").is_err() {
            return eprintln!("skipped: this host has no IPv6");
        }
        assert_eq!(allocated("[::]:0", "[::1]:0", &["::1"]), 0, "{io:?}");
    }
}

fn kind(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Dropped => "DROPPED",
        Outcome::Answered { is_truncated: true, .. } => "TC",
        Outcome::Answered { level: Some(_), .. } => "addresses",
        Outcome::Answered { rcode: Rcode::BADVERS, .. } => "BADVERS",
        Outcome::Answered { rcode, .. } => rcode.as_str(),
    }
}
