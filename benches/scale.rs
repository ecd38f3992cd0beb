//! The whole program at scale: loading, memory, edits, and answers while everything changes.
//!
//! Worlds are written as manifests into a temporary folder and served by a process of its own
//! (`FEDNS_BIN`, else the one built with the benchmarks), which is asked over its sockets.
//! `--quick` takes a small world and few rounds.

mod measure;
mod world;
#[path = "scale/client.rs"]
mod client;
#[path = "scale/server.rs"]
mod server;

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use measure::{gate, median, quantile, ratios, row, spread, table};
use server::Server;
use tempfile::TempDir;
use world::manifests::{extra_list, node_list, write_clusters, write_config};

/// Places that are added, each with a node in one cluster.
const FAR_PLACES: usize = 100;
/// Services of the manifest that is edited; with their slices, twice as many objects.
const EDITED: usize = 500;

/// How much is done.
struct Size {
    services: [usize; 2],
    restarts: usize,
    edits: usize,
    windows: usize,
    window: Duration,
}

fn main() {
    let is_quick = std::env::args().any(|it| it == "--quick");
    let size = if is_quick {
        Size {
            services: [500, 2_000],
            restarts: 3,
            edits: 10,
            windows: 2,
            window: Duration::from_secs(2),
        }
    } else {
        let window = Duration::from_secs(5);
        Size { services: [10_000, 100_000], restarts: 9, edits: 100, windows: 6, window }
    };
    println!("# scale: the whole program\n");
    let mut rows = vec![row([
        "services",
        "places",
        "ready s",
        "CPU s",
        "settled MiB",
        "peak MiB",
        "octets a shard",
    ])];
    let folder = folder();
    let config = folder.path().join("fedns.yaml");
    write_config(folder.path(), &config).expect("a configuration");
    write_clusters(folder.path(), 0).expect("an empty world");
    let empty = load(&folder, &config, 0, 0.0, &mut rows);
    let mut seconds = 0.0;
    let mut settled = 0.0;
    for services in size.services {
        write_clusters(folder.path(), services).expect("room for the world on the disk");
        let loaded = load(&folder, &config, services, empty.1, &mut rows);
        (seconds, settled) = loaded;
    }
    let services = size.services[1];
    let far = clusters(&folder).join("far.json");
    fs::write(&far, node_list(FAR_PLACES)).expect("room for nodes");
    let (_, with_places) = load(&folder, &config, services, empty.1, &mut rows);
    fs::remove_file(&far).expect("it was just written");
    table(&rows);
    println!("{FAR_PLACES} more places: {:+.1} MiB\n", with_places - settled);

    let restarts = restarts(&folder, &config, services, size.restarts);

    let server = Server::start(folder.path(), &config);
    server.wait_ready();
    server.settled();
    let edits = edits(&server, &folder, size.edits);
    println!("{} objects, one changed: ms until it is answered", 2 * EDITED);
    let (half, most) = (median(&edits), quantile(&edits, 0.99));
    println!("p50 {half:.0}, p99 {most:.0}, longest {:.0}\n", quantile(&edits, 1.0));
    let growth = churn(&server, &folder, services, &size);
    drop(server);

    gate(&format!("ready in {seconds:.1} s (5)"), seconds <= 5.0);
    gate(&format!("memory {settled:.0} MiB (250; aim 150)"), settled <= 250.0);
    let what = format!("restart without sources answers in {restarts:.2} s (1)");
    gate(&what, restarts < 1.0);
    gate(&format!("edit answered, p99: {most:.0} ms (1000)"), most < 1000.0);
    let what = format!("p99.9 with {} changes a second: {growth:.2} of without (1.5)", 2 * EDITED);
    gate(&what, growth <= 1.5);
    measure::place_and_day();
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// The folder of the cluster whose manifests are changed.
fn clusters(folder: &TempDir) -> PathBuf {
    folder.path().join("clusters").join(world::PLACES[0].0)
}

/// Loads what the folder holds; gives seconds until it was ready, and MiB afterwards.
fn load(
    folder: &TempDir,
    config: &Path,
    services: usize,
    empty: f64,
    rows: &mut Vec<Vec<String>>,
) -> (f64, f64) {
    let server = Server::start(folder.path(), config);
    let seconds = server.wait_ready();
    let cpu = server.cpu();
    let settled = server.settled();
    let shards = (services * world::PLACES.len()) as f64;
    let octets = (settled - empty) * 1024.0 * 1024.0 / shards;
    let has_far = clusters(folder).join("far.json").exists();
    rows.push(vec![
        services.to_string(),
        (world::PLACES.len() + if has_far { FAR_PLACES } else { 0 }).to_string(),
        format!("{seconds:.2}"),
        format!("{cpu:.2}"),
        format!("{settled:.1}"),
        format!("{:.0}", server.memory("VmHWM")),
        if services > 0 { format!("{octets:.0}") } else { "-".to_owned() },
    ]);
    (seconds, settled)
}

/// Seconds from the start of a process, whose sources are all gone, to its first right answer from
/// what the one before it kept.
fn restarts(folder: &TempDir, config: &Path, services: usize, count: usize) -> f64 {
    let state = folder.path().join("state");
    let keeping = folder.path().join("keeping.yaml");
    let text = fs::read_to_string(config).expect("it was just written");
    fs::write(&keeping, format!("{text}stateDir: {}\n", state.display())).expect("room");
    let server = Server::start(folder.path(), &keeping);
    server.wait_ready();
    let is_kept = || {
        let file = |(zone, _): &(&str, _)| state.join(format!("cluster-{zone}.state"));
        world::PLACES.iter().all(|place| file(place).exists())
    };
    while !is_kept() {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(server);
    let size = |entry: fs::DirEntry| entry.metadata().map_or(0, |it| it.len());
    let octets: u64 = fs::read_dir(&state).expect("the folder").flatten().map(size).sum();
    let (here, away) = (folder.path().join("clusters"), folder.path().join("away"));
    fs::rename(&here, &away).expect("the same disk");
    let service = (0..services).find(|it| !world::addresses(*it)[0].is_empty()).unwrap_or(0);
    let name = world::query_name(service, &world::zone_location(0));
    let wanted = world::addresses(service)[0].last().expect("it is healthy there").octets();
    let (mut seconds, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let began = Instant::now();
        let server = Server::start(folder.path(), &keeping);
        wait_for_any(&server.connect(), &name, wanted);
        seconds.push(began.elapsed().as_secs_f64());
        cpu.push(server.cpu());
    }
    fs::rename(&away, &here).expect("the same disk");
    println!("{services} services, every source gone: s until the first right answer");
    let (taken, used) = (spread(&seconds, 2), spread(&cpu, 2));
    println!("{taken}, CPU {used}; {:.1} MB of state\n", octets as f64 / 1e6);
    median(&seconds)
}

/// Puts a file in the place of another one at once.
fn replace(folder: &TempDir, name: &str, text: &str) {
    let next = folder.path().join("next");
    fs::write(&next, text).expect("room on the disk");
    fs::rename(&next, clusters(folder).join(name)).expect("the same disk");
}

/// Milliseconds from each edit of a manifest to the first answer that shows it.
fn edits(server: &Server, folder: &TempDir, count: usize) -> Vec<f64> {
    let socket = server.connect();
    let name = format!("edit-00007.ns00.{}.svc.{}", world::FEDERATION, world::DOMAIN);
    let address = |turn: usize, service: usize| {
        let turn = if service == 7 { turn as u8 } else { 0 };
        Ipv4Addr::new(11, turn, (service >> 8) as u8, service as u8)
    };
    let mut times = Vec::new();
    for turn in 0..=count {
        let text = extra_list("edit", EDITED, |service| address(turn, service));
        let began = Instant::now();
        replace(folder, "edit.json", &text);
        let wanted = address(turn, 7).octets();
        wait_for(&socket, &name, wanted);
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    // The first time the file was new.
    times.split_off(1)
}

/// Waits for an answer that has an address at all; the order of several turns.
fn wait_for_any(socket: &UdpSocket, name: &str, wanted: [u8; 4]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    for id in 0.. {
        let reply = client::ask(socket, name, id as u16).unwrap_or_default();
        if reply.windows(4).any(|octets| octets == wanted) {
            return;
        }
        assert!(Instant::now() < deadline, "{name} is not answered");
    }
}

fn wait_for(socket: &UdpSocket, name: &str, wanted: [u8; 4]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    for id in 0.. {
        let reply = client::ask(socket, name, id as u16).unwrap_or_default();
        if reply.ends_with(&wanted) {
            return;
        }
        assert!(Instant::now() < deadline, "{name} is not answered with {wanted:?}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Latencies without and with changes, in pairs of windows; how the 99.9th percentiles compare.
fn churn(server: &Server, folder: &TempDir, services: usize, size: &Size) -> f64 {
    let socket = server.connect();
    let (mut quiet, mut busy) = (Vec::new(), Vec::new());
    for pair in 0..size.windows {
        let name = |dice: &mut world::Dice| {
            let zone = dice.below(world::PLACES.len());
            world::query_name(dice.below(services), &world::zone_location(zone))
        };
        let measure = || client::window(&socket, size.window, name);
        // Which of the two is first alternates, so that a drift of the machine favours neither.
        if pair % 2 == 0 {
            quiet.push(measure());
        }
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| write_changes(folder, pair, &is_over));
            busy.push(measure());
            is_over.store(true, Ordering::Relaxed);
        });
        std::thread::sleep(Duration::from_secs(1));
        if pair % 2 == 1 {
            quiet.push(measure());
        }
    }
    let at = |windows: &[Vec<f64>], share| -> Vec<f64> {
        windows.iter().map(|window| quantile(window, share)).collect()
    };
    let what = format!("us at {} questions a second", client::RATE);
    let mut rows = vec![row([&what, "quiet", "changes", "ratio"])];
    for (what, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        let (without, with) = (at(&quiet, share), at(&busy, share));
        let growth = spread(&ratios(&with, &without), 2);
        rows.push(row([what, &spread(&without, 0), &spread(&with, 0), &growth]));
    }
    table(&rows);
    println!();
    median(&ratios(&at(&busy, 0.999), &at(&quiet, 0.999)))
}

/// Rewrites a manifest each second, with all its objects changed.
fn write_changes(folder: &TempDir, pair: usize, is_over: &AtomicBool) {
    let texts = [0, 1].map(|turn| {
        extra_list("churn", EDITED, |service| {
            Ipv4Addr::new(12, pair as u8, service as u8, (2 * (service >> 8) + turn) as u8)
        })
    });
    for turn in 0_usize.. {
        let began = Instant::now();
        replace(folder, "churn.json", &texts[turn % 2]);
        while began.elapsed() < Duration::from_secs(1) {
            if is_over.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
