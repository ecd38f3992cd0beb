//! How long a change takes from a cluster's word to a snapshot that queries read.
//!
//! Two kinds of events on random shards: endpoints that become ready or not, and addresses that
//! change. Worlds of all sizes take turns; the measure is the smallest of them. Then what loading
//! costs, by shard: to read manifests, to apply what they say, to compile.

mod measure;
mod world;

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use fedns::clusters::manifests::read::read;
use fedns::core::event::{ClusterEvent, Facts, Listing, NodeFacts};
use fedns::core::policy::ClusterPolicy;
use fedns::core::service::SourceId;
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::{Changes, State};
use fedns::core::time::Now;
use foldhash::quality::RandomState;

use measure::{gate, median, nanoseconds, quantile, ratios, row, spread, table};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const ROUNDS: usize = 15;
/// Events of one round.
const EVENTS: usize = 400;
/// Services of the world that is loaded in pieces.
const LOADED: usize = 20_000;

/// A server without sockets.
struct World {
    services: usize,
    state: State,
    publisher: Publisher,
    published: ArcSwap<Snapshot>,
    dice: world::Dice,
}

fn main() {
    let is_quick = std::env::args().any(|it| it == "--quick");
    let sizes = if is_quick { &SIZES[..3] } else { &SIZES[..] };
    println!("# publish: CPU us an event, from the event to the snapshot that is read\n");
    let mut worlds: Vec<World> = sizes.iter().map(|&services| World::new(services)).collect();
    let mut rows = vec![row(["event", "services", "median us", "p99 us", "ratio to 1,000"])];
    let mut gates = Vec::new();
    for (what, event) in [("readiness", readiness as Event), ("address", address as Event)] {
        let mut all = vec![Vec::new(); worlds.len()];
        let mut medians = vec![Vec::new(); worlds.len()];
        for _ in 0..ROUNDS {
            for (at, world) in worlds.iter_mut().enumerate() {
                let times: Vec<f64> = (0..EVENTS).map(|turn| world.time(event, turn)).collect();
                medians[at].push(median(&times));
                all[at].extend(times);
            }
        }
        for (at, services) in sizes.iter().enumerate() {
            let growth = ratios(&medians[at], &medians[0]);
            rows.push(vec![
                what.to_owned(),
                services.to_string(),
                spread(&medians[at], 1),
                format!("{:.1}", quantile(&all[at], 0.99)),
                spread(&growth, 2),
            ]);
            if *services == 100_000 {
                let (middle, growth) = (median(&medians[at]), median(&growth));
                let held = format!("{what} at 100,000: {middle:.1} us (50)");
                gates.push((held, middle < 50.0));
                let held = format!("{what}, 100,000 to 1,000 services: {growth:.2} (3)");
                gates.push((held, growth <= 3.0));
            }
        }
    }
    table(&rows);
    println!();
    gates.iter().for_each(|(what, is_held)| gate(what, *is_held));
    load();
    nodes();
    measure::place_and_day();
}

/// Makes an event about a service in a zone; `turn` is another one each time.
type Event = fn(service: usize, zone: usize, turn: usize) -> ClusterEvent;

fn readiness(service: usize, _: usize, turn: usize) -> ClusterEvent {
    let slice = world::slice_facts(service, turn.is_multiple_of(2));
    ClusterEvent::Applied(SourceId(0), world::object(Facts::Slice(world::key(service), slice)))
}

fn address(service: usize, zone: usize, turn: usize) -> ClusterEvent {
    let address = Ipv4Addr::new(11, zone as u8, (turn >> 8) as u8, turn as u8);
    let facts = world::service_facts(service, &[address]);
    ClusterEvent::Applied(SourceId(0), world::object(Facts::Service(world::key(service), facts)))
}

impl World {
    fn new(services: usize) -> Self {
        let state = world::state(services);
        let mut publisher = Publisher::new(&state, 1);
        let first = publisher.publish(&state, &Changes::default(), Now::default());
        let published = ArcSwap::from_pointee(first);
        Self { services, state, publisher, published, dice: world::Dice::new(3) }
    }

    /// CPU time of one event, in microseconds. An event that changes nothing does not count: then
    /// another service is tried.
    fn time(&mut self, event: Event, turn: usize) -> f64 {
        loop {
            let (service, zone) = (self.dice.below(self.services), self.dice.below(8));
            let event = event(service, zone, turn + self.dice.below(1 << 15));
            let mut has_changed = false;
            let time = nanoseconds(|| {
                let changes = world::tell(&mut self.state, zone, event);
                has_changed = !changes.is_empty();
                let now = Now::default();
                let snapshot = self.publisher.publish(&self.state, &changes, now);
                drop(self.published.swap(Arc::new(snapshot)));
            });
            if has_changed {
                return time / 1000.0;
            }
        }
    }
}

/// Nodes of a large cluster.
const NODES: usize = 5000;

/// A node with an address and a network of pods, in one of three zones.
fn node(number: usize) -> Facts {
    let [_, _, high, low] = (number as u32).to_be_bytes();
    let facts = NodeFacts {
        region: Some(world::label("us-east1")),
        zone: Some(world::label(["us-east1-b", "us-east1-c", "us-east1-d"][number % 3])),
        addresses: vec![[192, 168, high, low].into()],
        pod_networks: vec![format!("10.{high}.{low}.0/24").parse().expect("a network")],
    };
    Facts::Node(format!("node-{number}").into(), facts)
}

/// What a node costs that joins a cluster of many: places and askers are made anew of all of them.
fn nodes() {
    println!("\n# nodes: CPU ms from one that joins {NODES} to the snapshot\n");
    let mut rows = vec![row(["who asks from the cluster is known by", "ms"])];
    let of_entry = vec!["10.0.0.0/8".parse().expect("a network")];
    for (what, networks) in [("its nodes", Vec::new()), ("`networks` of its entry", of_entry)] {
        let mut state = world::empty_state();
        let policy = ClusterPolicy { networks, ..ClusterPolicy::default() };
        let cluster = world::label("large");
        let mut changes = state.register(cluster.clone(), policy);
        let objects = (0..NODES).map(|number| world::object(node(number))).collect();
        let listing = ClusterEvent::Listed(vec![Listing { source: SourceId(0), objects }]);
        changes.merge(state.apply(Now::default(), &cluster, listing));
        let mut publisher = Publisher::new(&state, 1);
        let times: Vec<_> = (0..50)
            .map(|turn| {
                let event = ClusterEvent::Applied(SourceId(0), world::object(node(NODES + turn)));
                nanoseconds(|| {
                    let changes = state.apply(Now::default(), &cluster, event);
                    black_box(publisher.publish(&state, &changes, Now::default()));
                }) / 1e6
            })
            .collect();
        rows.push(row([what, &spread(&times, 2)]));
    }
    table(&rows);
}

/// What the parts of loading cost.
fn load() {
    let folder = tempfile::tempdir().expect("a folder for the world");
    world::manifests::write_clusters(folder.path(), LOADED).expect("the world fits on the disk");
    let shards = (LOADED * world::PLACES.len()) as f64 * 1000.0;
    let mut times = vec![Vec::new(); 4];
    for _ in 0..3 {
        let reading = nanoseconds(|| {
            for (zone, _) in world::PLACES {
                let file = folder.path().join("clusters").join(zone).join("all.json");
                let octets = std::fs::read(file).expect("it was just written");
                black_box(read("all.json", &octets, &RandomState::default(), &|| false).is_ok());
            }
        });
        let listings: Vec<_> = (0..8).map(|zone| world::listing(LOADED, zone)).collect();
        let again = listings.clone();
        let mut state = world::empty_state();
        let mut apply = |listings: Vec<ClusterEvent>| {
            nanoseconds(|| {
                for (zone, listing) in listings.into_iter().enumerate() {
                    black_box(world::tell(&mut state, zone, listing));
                }
            })
        };
        let (applying, relisting) = (apply(listings), apply(again));
        let compiling = nanoseconds(|| _ = black_box(Publisher::new(&state, 1)));
        for (times, time) in times.iter_mut().zip([reading, applying, compiling, relisting]) {
            times.push(time / shards);
        }
    }
    println!("\n# load: CPU us a shard, {LOADED} services in 8 clusters\n");
    let mut rows = vec![row(["part", "us a shard"])];
    let parts = ["read JSON", "apply listings", "compile", "apply them again, unchanged"];
    for (part, times) in parts.into_iter().zip(&times) {
        rows.push(row([part, &spread(times, 2)]));
    }
    table(&rows);
}
