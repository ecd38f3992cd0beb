//! How long an answer takes, by kind of question and by size of the world.
//!
//! The measure is what no server can do without: one look-up of the name in a hash table of as
//! many prepared answers, and a copy of the answer found. Both take the same questions, drawn
//! uniformly over services, in turns. Packets are answered in batches, as UDP workers answer what has
//! arrived; the last column has them answered one by one.
//! `--instructions` counts instructions under valgrind in place of time.

#[path = "answer/questions.rs"]
mod questions;
mod measure;
mod world;

use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use fedns::core::answer::{
    Replied, Replies, Reply, Request, Scratch, Transport, answer, answer_all,
};
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::Changes;
use fedns::core::time::{Moment, Now};
use foldhash::fast::FixedState;
use hashbrown::HashMap;

use measure::{gate, median, nanoseconds, ratios, row, spread, table};
use questions::{KINDS, Kind, question};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SIZES: [usize; 3] = [1_000, 100_000, 1_000_000];
const ROUNDS: usize = 21;
/// Questions of one round.
const PACKETS: usize = 20_000;

/// What answers are looked up in by the baseline.
type Prepared = HashMap<Box<[u8]>, Box<[u8]>, FixedState>;

/// Packets that are answered together at most, as UDP workers do it.
const BATCH: usize = 64;

/// Nanoseconds a packet, by round.
#[derive(Clone, Default)]
struct Times {
    ours: Vec<f64>,
    baseline: Vec<f64>,
    alone: Vec<f64>,
}

/// One kind of question in a world of one size.
struct Case<'s> {
    snapshot: &'s Snapshot,
    packets: Vec<Vec<u8>>,
    prepared: Prepared,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, kind, count, batch] = &arguments[..]
        && mode == "--drive"
    {
        let number = |text: &String| text.parse().expect("a number");
        return drive(kind, number(count), number(batch));
    }
    if arguments.iter().any(|it| it == "--instructions") {
        return count_instructions();
    }
    let sizes = if arguments.iter().any(|it| it == "--quick") { &SIZES[..2] } else { &SIZES[..] };
    println!("# answer: CPU ns a packet, and the ratio to look-up and copy\n");
    let snapshots: Vec<Snapshot> = sizes.iter().map(|&size| snapshot(size)).collect();
    let mut rows = vec![row([
        "question",
        "services",
        "answer ns",
        "baseline ns",
        "ratio",
        "more ns",
        "one by one",
    ])];
    let mut gates = Vec::new();
    let mut zone_hits = Vec::new();
    for kind in KINDS {
        let cases: Vec<_> = sizes
            .iter()
            .zip(&snapshots)
            .map(|(&size, snapshot)| case(kind, size, snapshot))
            .collect();
        let mut times = vec![Times::default(); cases.len()];
        for _ in 0..ROUNDS {
            for (case, times) in cases.iter().zip(&mut times) {
                times.ours.push(time_answers(case, BATCH));
                times.baseline.push(time_baseline(case));
                times.alone.push(time_answers(case, 1));
            }
        }
        for (size, Times { ours, baseline, alone }) in sizes.iter().zip(&times) {
            let more: Vec<_> = ours.iter().zip(baseline).map(|(a, b)| a - b).collect();
            rows.push(vec![
                kind.name().to_owned(),
                size.to_string(),
                spread(ours, 0),
                spread(baseline, 0),
                spread(&ratios(ours, baseline), 2),
                spread(&more, 0),
                spread(alone, 0),
            ]);
            if kind == Kind::ZoneHit && *size == 100_000 {
                let what = format!("zone hit at 100,000: baseline + {:.0} ns (200)", median(&more));
                gates.push((what, median(&more) <= 200.0));
            }
        }
        if let Some(Times { ours, .. }) = times.get(1) {
            if kind == Kind::ZoneHit {
                zone_hits = ours.clone();
            }
            if kind == Kind::InCluster {
                let ratio = median(ours) / median(&zone_hits);
                let what = format!("in-cluster to a zone hit at 100,000: {ratio:.2} (1.3)");
                gates.push((what, ratio <= 1.3));
            }
        }
        if let (Kind::ZoneHit, Some(largest)) = (kind, times.get(2)) {
            let growth = median(&ratios(&largest.ours, &times[0].ours));
            let what = format!("zone hit, 1,000,000 to 1,000 services: {growth:.2} (2.5)");
            gates.push((what, growth <= 2.5));
        }
    }
    table(&rows);
    println!();
    gates.iter().for_each(|(what, is_held)| gate(what, *is_held));
    measure::place_and_day();
}

fn snapshot(services: usize) -> Snapshot {
    let state = world::state(services);
    let mut publisher = Publisher::new(&state, 1);
    publisher.publish(
        &state,
        &Changes::default(),
        Now { moment: Moment::default(), unix_seconds: 1_800_000_000 },
    )
}

/// Packets of a kind, and a table with a prepared answer for each service.
fn case(kind: Kind, services: usize, snapshot: &Snapshot) -> Case<'_> {
    let mut scratch = Scratch::default();
    let mut prepared = Prepared::with_capacity_and_hasher(services, FixedState::default());
    for service in 0..services {
        let packet = question(kind, service).or_else(|| question(Kind::ZoneHit, service));
        let packet = packet.expect("every service is healthy somewhere");
        let mut buffer = [0; 4096];
        let mut reply = Reply::new(&mut buffer);
        answer(snapshot, &request(&packet, 0), &mut scratch, &mut reply);
        prepared.insert(name_of(&packet).into(), reply.octets().into());
    }
    let mut dice = world::Dice::new(7);
    let drawn = std::iter::from_fn(|| Some(question(kind, dice.below(services))));
    let packets = drawn.flatten().take(PACKETS).collect();
    Case { snapshot, packets, prepared }
}

fn request(packet: &[u8], draw: u64) -> Request<'_> {
    Request {
        packet,
        transport: Transport::Udp,
        // Of the first zone's cluster. Only names inside clusters look at it.
        client: world::client(0),
        idle: Duration::ZERO,
        listener: None,
        now: Moment::default(),
        draw,
    }
}

/// The octets by which the baseline finds an answer: all between header and OPT.
fn name_of(packet: &[u8]) -> &[u8] {
    packet.get(12..packet.len().saturating_sub(15)).unwrap_or_default()
}

fn time_answers(case: &Case<'_>, batch: usize) -> f64 {
    let (mut scratch, mut replies) = (Scratch::default(), Replies::new(batch, 1 << 16));
    let time = nanoseconds(|| {
        for packets in case.packets.chunks(batch) {
            let requests = packets.iter().zip(0..).map(|(it, draw)| request(black_box(it), draw));
            answer_all(case.snapshot, requests, &mut scratch, &mut replies);
            assert_eq!(replies.len(), packets.len(), "there is room for all");
            for Replied { outcome, octets } in replies.iter() {
                black_box((outcome, octets.len()));
            }
        }
    });
    time / case.packets.len() as f64
}

fn time_baseline(case: &Case<'_>) -> f64 {
    let mut buffer = [0; 4096];
    let time = nanoseconds(|| {
        for packet in &case.packets {
            if let Some(octets) = case.prepared.get(name_of(black_box(packet))) {
                buffer[..octets.len()].copy_from_slice(octets);
            }
            black_box(&mut buffer);
        }
    });
    time / case.packets.len() as f64
}

/// Answers `count` packets of a kind, `batch` of them together: what runs under valgrind.
fn drive(kind: &str, count: usize, batch: usize) {
    let kind = KINDS.into_iter().find(|it| it.name() == kind).expect("a kind of question");
    let snapshot = snapshot(100);
    let packets: Vec<_> = (0..100).filter_map(|service| question(kind, service)).collect();
    let (mut scratch, mut buffer) = (Scratch::default(), [0; 4096]);
    if batch > 1 {
        let mut replies = Replies::new(batch, 1 << 16);
        for first in (0..count).step_by(batch) {
            let draws = first..count.min(first + batch);
            let requests = draws.map(|it| request(&packets[it % packets.len()], it as u64));
            answer_all(&snapshot, requests, &mut scratch, &mut replies);
            replies.iter().for_each(|reply| _ = black_box(reply));
        }
        return;
    }
    for (draw, packet) in packets.iter().cycle().take(count).enumerate() {
        let mut reply = Reply::new(&mut buffer);
        black_box(answer(&snapshot, &request(packet, draw as u64), &mut scratch, &mut reply));
    }
}

/// Instructions an answer takes, by kind, one by one and as UDP workers do it: the difference of a run with many and one with none.
fn count_instructions() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return println!("instructions are not counted: valgrind is not installed");
    }
    const COUNT: usize = 20_000;
    println!("# answer: instructions a packet\n");
    let mut rows = vec![row(["question", "one by one", "together"])];
    for kind in KINDS {
        let none = instructions(kind, 0, 1);
        let per_packet = |batch| match (none, instructions(kind, COUNT, batch)) {
            (Some(none), Some(many)) => format!("{:.0}", (many - none) / COUNT as f64),
            _ => "not counted".to_owned(),
        };
        rows.push(row([kind.name(), &per_packet(1), &per_packet(BATCH)]));
    }
    table(&rows);
    measure::place_and_day();
}

fn instructions(kind: Kind, count: usize, batch: usize) -> Option<f64> {
    let this = std::env::current_exe().ok()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(this);
    valgrind.args(["--drive", kind.name(), &count.to_string(), &batch.to_string()]);
    let output = valgrind.output().ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = text.lines().find_map(|line| line.split_once("Collected : "))?.1;
    collected.trim().parse().ok()
}
