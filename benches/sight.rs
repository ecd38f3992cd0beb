//! A cluster of 100,000 shards lost, back, removed and registered again: how late answers are right,
//! and what other questions notice meanwhile.
//!
//! Two fake API servers run in this process; the program (`FEDNS_BIN`, else the one built with the
//! benchmarks) runs in one of its own and is asked over its sockets. `--quick` takes small clusters.

#[path = "../tests/fake_api/mod.rs"]
mod fake_api;
mod measure;
mod world;
#[path = "scale/client.rs"]
mod client;
#[path = "scale/server.rs"]
mod server;

use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fake_api::{FakeApi, Fault, Verb, node, service, slice};
use measure::{gate, median, quantile, ratios, row, spread, table};
use serde_json::Value;
use server::Server;

/// `staleLimit` of the cluster that is lost, in seconds.
const LIMIT: u64 = 10;
/// What its services answer in their region, and what those of the other one do.
const HERE: [u8; 4] = [192, 0, 2, 2];
const AWAY: [u8; 4] = [192, 0, 2, 1];

/// How much is done.
struct Size {
    services: usize,
    rounds: usize,
    window: Duration,
}

/// What one kind of event took, by round.
#[derive(Default)]
struct Taken {
    /// Seconds until it was noticed: of API servers by the next probe.
    noticed: Vec<f64>,
    /// Seconds from there until an answer was right.
    seconds: Vec<f64>,
    /// The 99.9th percentile of other questions' microseconds meanwhile, and without.
    busy: Vec<f64>,
    quiet: Vec<f64>,
}

fn main() {
    let is_quick = std::env::args().any(|it| it == "--quick");
    let size = match is_quick {
        true => Size { services: 2_000, rounds: 1, window: Duration::from_secs(2) },
        false => Size { services: 100_000, rounds: 5, window: Duration::from_secs(6) },
    };
    println!("# sight: a cluster of {} shards lost and back\n", size.services);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let apis = ["east", "west"].map(|name| elsewhere(|| api(folder.path(), name, size.services)));
    let config = folder.path().join("fedns.yaml");
    write_config(&config, true);
    let server = Server::start(folder.path(), &config);
    server.wait_ready();
    server.settled();
    let scene = Scene { server: &server, size: &size, config: &config, west: &apis[1] };
    let mut all: [(&str, Taken); 4] =
        ["lost", "back", "removed", "registered"].map(|what| (what, Taken::default()));
    for _ in 0..size.rounds {
        for (what, taken) in &mut all {
            scene.measure(what, taken);
        }
    }
    let mut rows = vec![row([
        "cluster",
        "noticed after s",
        "right after s",
        "p99.9 us",
        "p99.9 without",
        "ratio",
    ])];
    for (what, taken) in &all {
        let growth = spread(&ratios(&taken.busy, &taken.quiet), 2);
        let [busy, quiet] = [&taken.busy, &taken.quiet].map(|it| spread(it, 0));
        let [noticed, seconds] = [&taken.noticed, &taken.seconds].map(|it| spread(it, 2));
        rows.push(row([what, &noticed, &seconds, &busy, &quiet, &growth]));
    }
    table(&rows);
    println!();
    for (what, taken) in &all {
        let (seconds, growth) =
            (median(&taken.seconds), median(&ratios(&taken.busy, &taken.quiet)));
        // A cluster that is registered anew has to be read in whole, as at every start.
        if *what != "registered" {
            gate(&format!("{what}: right after {seconds:.2} s (1)"), seconds <= 1.0);
        }
        gate(&format!("{what}: p99.9 {growth:.2} of without (1.5)"), growth <= 1.5);
    }
    measure::place_and_day();
}

/// Does what other machines do: their work takes no core from an answer, not for a moment.
fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let other = || {
        // Threads that are started by this one inherit it.
        let this = rustix::thread::gettid().as_raw_nonzero().to_string();
        let done = Command::new("chrt").args(["--idle", "--pid", "0", &this]).status();
        if !done.is_ok_and(|status| status.success()) {
            println!("API servers take part of the cores: there is no `chrt` (util-linux)\n");
        }
        work()
    };
    std::thread::scope(|scope| scope.spawn(other).join().expect("it does not panic"))
}

/// An API server with these services, all in one zone.
fn api(folder: &Path, name: &str, services: usize) -> FakeApi {
    let api = FakeApi::start();
    let address = if name == "west" { HERE } else { AWAY }.map(|it| it.to_string()).join(".");
    let of = |number: usize| -> [Value; 2] {
        let name = format!("s{number}");
        [service(&name, &address), slice(&name, 1)]
    };
    api.put((0..services).flat_map(of).chain([node("n1", "us", name)]));
    // It need not remember how they came.
    api.forget();
    api.write_kubeconfig(&folder.join(format!("{name}.conf")));
    api
}

fn write_config(path: &Path, has_west: bool) {
    let mut text = "apiVersion: fedns.dev/v1\nkind: Config\n\
        listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }\nadmin: { listen: '127.0.0.1:0', socket: off }\n\
        log: { format: text }\nfederations:\n  - name: myfed\n    domain: example.com\n    \
        nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }]\nclusters:\n  \
        - { name: east, kubeconfig: { path: ./east.conf } }\n"
        .to_owned();
    if has_west {
        let kubeconfig = "kubeconfig: { path: ./west.conf }";
        text.push_str(&format!("  - {{ name: west, {kubeconfig}, staleLimit: {LIMIT}s }}\n"));
    }
    let next = path.with_extension("next");
    std::fs::write(&next, text).expect("room on the disk");
    std::fs::rename(&next, path).expect("the same disk");
}

struct Scene<'b> {
    server: &'b Server,
    size: &'b Size,
    config: &'b Path,
    west: &'b FakeApi,
}

impl Scene<'_> {
    /// Lets one thing happen while questions are asked, after a window without.
    fn measure(&self, what: &str, taken: &mut Taken) {
        let asking = self.server.connect();
        let window = || {
            let name = |dice: &mut world::Dice| {
                let (service, zone) = (dice.below(self.size.services), dice.below(2));
                format!("s{service}.shop.myfed.svc.{}.us.example.com", ["east", "west"][zone])
            };
            quantile(&client::window(&asking, self.size.window, name), 0.999)
        };
        taken.quiet.push(std::thread::scope(|scope| {
            // Somebody looks in either window.
            let quiet = scope.spawn(window);
            let look = Look::new(self, is_there(what, false));
            while !quiet.is_finished() {
                look.is_right(self.size.services - 1);
            }
            quiet.join().expect("it does not panic")
        }));
        let up = |is_up: u8| format!("fedns_cluster_up{{cluster=\"west\"}} {is_up}");
        let mut due = Instant::now();
        if what == "lost" {
            self.west.fail(Verb::Any, "*", Fault::Status(503, None), None);
            self.west.cut_watches();
            self.server.wait_for_metric(&up(0));
            // What is looked at is the moment from which it counts no more.
            due = Instant::now() + Duration::from_secs(LIMIT);
            std::thread::sleep(Duration::from_secs(LIMIT - 1));
        }
        let (noticed, seconds) = std::thread::scope(|scope| {
            let busy = scope.spawn(window);
            match what {
                "lost" => {}
                "back" => {
                    // Nothing that it said before can be resumed.
                    self.west.forget();
                    self.west.heal();
                    due = Instant::now();
                    self.server.wait_for_metric(&up(1));
                }
                _ => {
                    write_config(self.config, what == "registered");
                    due = Instant::now();
                }
            }
            let noticed = due.elapsed().as_secs_f64();
            let seconds = self.happens(what, due);
            taken.busy.push(busy.join().expect("it does not panic"));
            (noticed, seconds)
        });
        taken.noticed.push(noticed);
        taken.seconds.push((seconds - noticed).max(0.0));
    }

    /// Seconds from `due` to the first right answer; after it all have to be.
    fn happens(&self, what: &str, due: Instant) -> f64 {
        let look = Look::new(self, is_there(what, true));
        let deadline = Instant::now() + Duration::from_secs(90);
        while !look.is_right(self.size.services - 1) {
            assert!(Instant::now() < deadline, "{what}: no right answer");
        }
        let seconds = due.elapsed().as_secs_f64();
        for number in (0..self.size.services).step_by(self.size.services / 500) {
            assert!(look.is_right(number), "{what}: s{number}");
        }
        seconds
    }
}

/// Whether the cluster answers, before or after something happened.
fn is_there(what: &str, is_after: bool) -> bool {
    matches!(what, "back" | "registered") == is_after
}

/// Looks whether the lost cluster's address is there, or not.
struct Look {
    socket: UdpSocket,
    is_there: bool,
}

impl Look {
    fn new(scene: &Scene<'_>, is_there: bool) -> Self {
        Self { socket: scene.server.connect(), is_there }
    }

    fn is_right(&self, service: usize) -> bool {
        std::thread::sleep(Duration::from_millis(2));
        let name = format!("s{service}.shop.myfed.svc.us.example.com");
        let reply = client::ask(&self.socket, &name, service as u16).unwrap_or_default();
        let has = |address: [u8; 4]| reply.windows(4).any(|octets| octets == address);
        has(AWAY) && has(HERE) == self.is_there
    }
}
