//! A fleet of clusters: started, fed with events, read anew, rolled, and restarted.
//!
//! A farm of API servers (TLS, lists by watch and by page, objects as they are in practice) runs in this
//! process, on the same cores; the program (`FEDNS_BIN`, else the one built with the benchmarks) runs in one
//! of its own and is asked over its sockets. Without words both sizes of docs/performance.md are taken;
//! `CLUSTERS SERVICES` takes one of that size, `CLUSTERS SERVICES RATE` of that only events at one rate, and
//! `--quick` a small one. `--only=roll,restart` leaves out all phases but the start and those.

mod measure;
mod world;
#[path = "scale/client.rs"]
mod client;
#[path = "scale/server.rs"]
mod server;
#[path = "../tests/fake_api/tls.rs"]
#[allow(dead_code, unreachable_pub, clippy::unwrap_used)]
mod tls;
#[path = "fleet/mod.rs"]
mod fleet;

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use fleet::asking::{self, Awaited, Shown, Started};
use fleet::farm::{Count, Farm};
use measure::{gate, median, quantile, row, table};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use server::Server;
use tempfile::TempDir;

/// How large, for how long, and what is promised.
struct Size {
    clusters: usize,
    services: usize,
    /// Each phase with events.
    phase: Duration,
    /// Changes a second.
    rates: Vec<usize>,
    goals: Option<&'static Goals>,
    /// The phases behind the start that are wanted; all, where none is named.
    only: Vec<String>,
}

impl Size {
    fn wants(&self, phase: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|it| it == phase)
    }
}

/// What is promised of a size.
struct Goals {
    /// Seconds.
    first_answer: f64,
    ready: f64,
    /// MiB.
    peak: f64,
    resting: f64,
    /// p99 in ms by rate, where there is a goal.
    p99: [Option<f64>; 3],
}

const FIFTY: Goals = Goals {
    first_answer: 3.0,
    ready: 12.0,
    peak: 160.0,
    resting: 110.0,
    p99: [None, Some(5.0), Some(15.0)],
};
const TWO_HUNDRED: Goals = Goals {
    first_answer: f64::INFINITY,
    ready: 60.0,
    peak: 500.0,
    resting: 380.0,
    p99: [None, Some(15.0), Some(200.0)],
};

/// The number of the last snapshot, as metrics call it.
const GENERATION: &str = "fedns_snapshot_generation";
/// Changes of slices a second in a rolling deployment.
const ROLLING: usize = 2_000;

/// The service of each cluster that changes while no server runs.
const CHANGED: usize = 7;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let numbers: Vec<usize> = words.iter().filter_map(|it| it.parse().ok()).collect();
    let only = words.iter().filter_map(|it| it.strip_prefix("--only="));
    let only: Vec<String> = only.flat_map(|it| it.split(',')).map(str::to_owned).collect();
    let usual = |clusters, goals| Size {
        clusters,
        services: 10_000,
        phase: Duration::from_secs(10),
        rates: vec![100, 1_000, 10_000],
        goals,
        only: only.clone(),
    };
    let sizes = match (words.iter().any(|it| it == "--quick"), &numbers[..]) {
        (true, _) => {
            let phase = Duration::from_secs(2);
            vec![Size { services: 200, phase, rates: vec![100, 500, 1_000], ..usual(6, None) }]
        }
        (_, &[clusters, services]) => vec![Size { services, ..usual(clusters, None) }],
        (_, &[clusters, services, rate]) => {
            vec![Size { services, rates: vec![rate], ..usual(clusters, None) }]
        }
        _ => vec![usual(50, Some(&FIFTY)), usual(200, Some(&TWO_HUNDRED))],
    };
    let most = getrlimit(Resource::Nofile).maximum;
    setrlimit(Resource::Nofile, Rlimit { current: most, maximum: most }).expect("more open files");
    for size in sizes {
        let has_one_rate = size.rates.len() == 1;
        let mut run = Run::begin(size);
        if has_one_rate { run.show_events() } else { run.run() }
    }
    measure::place_and_day();
}

/// The farm and the files of a run.
struct Run {
    size: Size,
    folder: TempDir,
    config: PathBuf,
    farm: Farm,
    /// Changes so far: each is another shard's, as long as there are any.
    turn: usize,
}

impl Run {
    fn begin(size: Size) -> Self {
        println!("# fleet: {} clusters of {} services\n", size.clusters, size.services);
        let farm = Farm::start(size.clusters, size.services);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let config = folder.path().join("fedns.yaml");
        std::fs::write(&config, configuration(&farm, folder.path())).expect("room on the disk");
        Self { size, folder, config, farm, turn: 0 }
    }

    /// Events alone, once all has been read and is at rest.
    fn show_events(&mut self) {
        let (server, _) = self.start("cold", &mut Vec::new());
        server.settled();
        self.events(&server);
        server.end();
    }

    fn run(&mut self) {
        let mut starts = vec![row([
            "start",
            "first answer s",
            "ready s",
            "wrong",
            "requests",
            "MB read",
            "CPU s",
        ])];
        let counted = self.farm.count();
        let (server, cold) = self.start("cold", &mut starts);
        let cold_octets = self.farm.count().since(counted).octets;
        let peak = server.memory("VmHWM");
        let resting = server.settled();
        println!("peak {peak:.0} MiB, at rest {resting:.0} MiB");
        if self.size.wants("rest") {
            self.rest(&server);
        }
        let shown = if self.size.wants("events") { self.events(&server) } else { Vec::new() };
        if self.size.wants("roll") {
            self.roll(&server);
        }
        if self.size.wants("relist") {
            self.relist(&server);
        }
        if self.size.wants("restart") {
            self.restart(server, cold_octets, &mut starts);
        }
        println!();
        table(&starts);
        println!();
        if let Some(goals) = self.size.goals.filter(|_| self.size.only.is_empty()) {
            goals.look(&cold, [peak, resting], &shown);
        }
    }

    /// What it takes while nothing happens.
    fn rest(&self, server: &Server) {
        let (before, requests) = (server.cpu(), self.farm.count());
        let rest = self.size.phase * 3;
        std::thread::sleep(rest);
        let share = 100.0 * (server.cpu() - before) / rest.as_secs_f64();
        let asked = self.farm.count().since(requests);
        let per_minute = |count: u64| count as f64 * 60.0 / rest.as_secs_f64();
        println!(
            "{share:.2} % of a core, {:.0} watches and {:.0} other requests a minute\n",
            per_minute(asked.watches),
            per_minute(asked.others)
        );
    }

    /// Starts the program, and tells how that went.
    fn start(&self, what: &str, rows: &mut Vec<Vec<String>>) -> (Server, Started) {
        let before = self.farm.count();
        let server = Server::start(self.folder.path(), &self.config);
        let started = asking::start(&server, &self.farm, self.size.services, CHANGED);
        let Count { lists, watches, others, .. } = self.farm.count().since(before);
        let read = self.farm.count().since(before).megabytes();
        rows.push(row([
            what,
            &format!("{:.2}", started.first_answer),
            &format!("{:.2}", started.ready),
            &format!("{} of {}", started.wrong, started.asked),
            &format!("{lists} lists, {watches} watches, {others} others"),
            &format!("{read:.1}"),
            &format!("{:.1}", server.cpu()),
        ]));
        (server, started)
    }

    /// The next shard that changes.
    fn next(&mut self) -> [usize; 2] {
        self.turn += 1;
        [self.turn % self.size.clusters, self.turn / self.size.clusters % self.size.services]
    }

    /// Changes so many shards a second, for one phase, and hands on each that is looked at.
    fn change(&mut self, rate: usize, every: usize, each: &mut dyn FnMut(Awaited)) {
        let (began, step) = (Instant::now(), Duration::from_millis(1));
        let mut done = 0;
        while began.elapsed() < self.size.phase {
            let due = (began.elapsed().as_secs_f64() * rate as f64) as usize;
            while done < due {
                done += 1;
                let [cluster, service] = self.next();
                let since = Instant::now();
                let shard = self.farm.readdress(cluster, service);
                if done % every == 0 {
                    each(Awaited { shard, since });
                }
            }
            std::thread::sleep(step);
        }
    }

    fn events(&mut self, server: &Server) -> Vec<Shown> {
        let mut rows = vec![row([
            "events a second",
            "event to answer ms, p50",
            "p99",
            "wrong after 2 s",
            "CPU, % of a core",
            "to answer",
            "queries us, p99",
            "p99.9",
        ])];
        let mut all = Vec::new();
        for rate in self.size.rates.clone() {
            let every = (rate / 500).max(1);
            // Without other questions than those that look for the change.
            let before = [server.cpu(), server.cpu_of("udp-")];
            let shown = self.shown(server, rate, every);
            let after = [server.cpu(), server.cpu_of("udp-")];
            let phase = self.size.phase;
            let share = |of: usize| 100.0 * (after[of] - before[of]) / phase.as_secs_f64();
            let socket = server.connect();
            let [clusters, services] = [self.size.clusters, self.size.services];
            let name = move |dice: &mut world::Dice| {
                let (cluster, service) = (dice.below(clusters), dice.below(services));
                fleet::objects::Shard { cluster, service, revision: 0, ready: [0; 2] }.name()
            };
            let queries = std::thread::scope(|scope| {
                let asking = scope.spawn(move || client::window(&socket, phase, name));
                self.change(rate, every, &mut |_| ());
                asking.join().expect("it does not panic")
            });
            rows.push(row([
                &rate.to_string(),
                &format!("{:.1}", median(&shown.milliseconds)),
                &format!("{:.1}", quantile(&shown.milliseconds, 0.99)),
                &format!("{} of {}", shown.late, shown.milliseconds.len() + shown.late),
                &format!("{:.0}", share(0)),
                &format!("{:.0}", share(1)),
                &format!("{:.0}", quantile(&queries, 0.99)),
                &format!("{:.0}", quantile(&queries, 0.999)),
            ]));
            all.push(shown);
        }
        table(&rows);
        println!();
        all
    }

    fn shown(&mut self, server: &Server, rate: usize, every: usize) -> Shown {
        let (send, changes) = mpsc::channel();
        std::thread::scope(|scope| {
            let following = scope.spawn(move || asking::follow(server, &changes));
            // Nobody follows only after a panic, which is told below.
            self.change(rate, every, &mut |awaited| _ = send.send(awaited));
            drop(send);
            following.join().expect("it does not panic")
        })
    }

    /// A rolling deployment, and as many events that are read and mean nothing: in turns, as the machine is
    /// another one from minute to minute.
    fn roll(&mut self, server: &Server) {
        self.settle(server);
        // What is compiled anew is published: a number of snapshots that stands still says both.
        let snapshots = server.metric(GENERATION);
        let (turns, mut cost) = (4, [0.0; 2]);
        let events = self.size.phase.as_secs() as usize * ROLLING / 2;
        for turn in 0..turns {
            let before = server.cpu();
            self.roll_for(events * turn, self.size.phase / 2, turn % 2 == 1);
            cost[turn % 2] += server.cpu() - before;
        }
        let made = server.metric(GENERATION) - snapshots;
        let [real, discarded] = cost;
        println!(
            "a rolling deployment of {} changes of slices: {real:.2} s of CPU, {:.2} of reading and \
             discarding as many ({discarded:.2} s); {made:.0} snapshots\n",
            events * turns / 2,
            real / discarded,
        );
        gate(
            &format!("{:.2} of reading and discarding (1.3)", real / discarded),
            real <= 1.3 * discarded,
        );
        gate(&format!("{made:.0} snapshots (0)"), made == 0.0);
    }

    /// Changes slices for so long, from the change of this number on; and until what has come is taken in.
    fn roll_for(&self, first: usize, phase: Duration, is_stray: bool) {
        let (began, mut done) = (Instant::now(), 0);
        while began.elapsed() < phase {
            let due = (began.elapsed().as_secs_f64() * ROLLING as f64) as usize;
            while done < due {
                done += 1;
                let at = first + done;
                let service = at / 40 % self.size.services;
                self.farm.roll(at % self.size.clusters, service, at / 2, is_stray);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_secs(1));
    }

    /// Waits until all is done that follows from what happened before: serials that could not step yet, and
    /// files of changed clusters, which are written ten seconds apart.
    fn settle(&self, server: &Server) {
        let (mut before, mut quiet) = ([f64::NAN; 2], 0);
        while quiet < 12 {
            std::thread::sleep(Duration::from_secs(1));
            let now = [server.metric(GENERATION), server.cpu()];
            let is_quiet = now[0] == before[0] && now[1] - before[1] < 0.1;
            quiet = if is_quiet { quiet + 1 } else { 0 };
            before = now;
        }
    }

    /// Everything is read anew, and what changed meanwhile is answered.
    fn relist(&self, server: &Server) {
        let (before, counted, began) = (server.cpu(), self.farm.count(), Instant::now());
        let changed = 20.min(self.size.services);
        self.farm.forget_all(changed);
        let shards: Vec<_> = (0..self.size.clusters)
            .flat_map(|cluster| (0..changed).map(move |service| [cluster, service]))
            .collect();
        let seconds = asking::all_right(server, &self.farm, &shards, began);
        let read = self.farm.count().since(counted);
        println!(
            "\nall read anew: right after {seconds:.1} s, {} lists, {:.0} MB, {:.1} s of CPU, peak {:.0} MiB",
            read.lists,
            read.megabytes(),
            server.cpu() - before,
            server.memory("VmHWM")
        );
    }

    /// A restart beside living servers, and one with all of them gone.
    fn restart(&self, server: Server, cold: u64, rows: &mut Vec<Vec<String>>) {
        // What happened last is kept within some seconds; the end writes the rest.
        server.end();
        let changed: Vec<_> = (0..self.size.clusters).map(|cluster| [cluster, CHANGED]).collect();
        for &[cluster, service] in &changed {
            self.farm.readdress(cluster, service);
        }
        let (began, counted) = (Instant::now(), self.farm.count());
        let (server, _) = self.start("resumed", rows);
        let seconds = asking::all_right(&server, &self.farm, &changed, began);
        let octets = self.farm.count().since(counted).octets;
        let share = 100.0 * octets as f64 / cold as f64;
        println!(
            "resumed: what changed meanwhile was right after {seconds:.1} s; {octets} octets, {share:.3} % of \
             a cold start's\n"
        );
        gate(&format!("{share:.3} % of the octets (1)"), share < 1.0);
        server.end();
        self.farm.set_dead(true);
        let (server, _) = self.start("restored, all servers gone", rows);
        server.end();
        self.farm.set_dead(false);
    }
}

impl Goals {
    fn look(&self, cold: &Started, memory: [f64; 2], shown: &[Shown]) {
        let below = |what: &str, is: f64, goal: f64| {
            gate(&format!("{what}: {is:.1} ({goal:.0})"), is <= goal);
        };
        if self.first_answer.is_finite() {
            below("first answer, s", cold.first_answer, self.first_answer);
        }
        below("ready, s", cold.ready, self.ready);
        below("peak, MiB", memory[0], self.peak);
        below("at rest, MiB", memory[1], self.resting);
        gate(&format!("wrong at the start: {} (0)", cold.wrong), cold.wrong == 0);
        for (goal, shown) in self.p99.iter().zip(shown) {
            if let Some(goal) = goal {
                below("event to answer, p99 in ms", quantile(&shown.milliseconds, 0.99), *goal);
            }
        }
        let late: usize = shown.iter().map(|it| it.late).sum();
        gate(&format!("behind after 2 s: {late} (0)"), late == 0);
    }
}

/// The configuration, and the kubeconfigs that it names.
fn configuration(farm: &Farm, folder: &Path) -> String {
    let mut text = "apiVersion: fedns.dev/v1\nkind: Config\nstateDir: ./state\n\
        listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }\nadmin: { listen: '127.0.0.1:0', socket: off }\n\
        log: { format: text }\nfederations:\n  - name: myfed\n    domain: example.com\n    \
        nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }]\nclusters:\n"
        .to_owned();
    for cluster in 0..farm.len() {
        let file = format!("c{cluster}.conf");
        std::fs::write(folder.join(&file), farm.kubeconfig(cluster)).expect("room on the disk");
        writeln!(text, "  - {{ name: c{cluster}, kubeconfig: {{ path: ./{file} }} }}")
            .expect("writing to a string");
    }
    text
}
