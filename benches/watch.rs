//! API servers watched at scale: lists, memory, rest, and from an event to its answer.
//!
//! Fake API servers run in this process; the program (`FEDNS_BIN`, else the one built with the
//! benchmarks) runs in one of its own and is asked over its sockets. `--quick` takes few clusters.

#[path = "../tests/fake_api/mod.rs"]
mod fake_api;
mod measure;
mod world;
#[allow(dead_code)]
#[path = "scale/client.rs"]
mod client;
#[path = "scale/server.rs"]
mod server;

use std::fmt::Write;
use std::net::UdpSocket;
use std::time::{Duration, Instant};

use fake_api::{FakeApi, node, service, slice};
use measure::{gate, median, quantile};
use serde_json::Value;
use server::Server;

/// How much is done.
struct Size {
    clusters: usize,
    services: usize,
    events: usize,
    rest: Duration,
}

fn main() {
    let is_quick = std::env::args().any(|it| it == "--quick");
    let size = match is_quick {
        true => Size { clusters: 4, services: 200, events: 20, rest: Duration::from_secs(3) },
        false => Size { clusters: 50, services: 2000, events: 200, rest: Duration::from_secs(30) },
    };
    println!("# watch: {} API servers, {} services each\n", size.clusters, size.services);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("fedns.yaml");
    let mut text = "apiVersion: fedns.dev/v1\nkind: Config\n\
        listen: { udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }\nadmin: { listen: '127.0.0.1:0', socket: off }\n\
        log: { format: text }\nfederations:\n  - name: myfed\n    domain: example.com\n    \
        nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }]\nclusters:\n"
        .to_owned();
    let empty = text.clone() + "  []\n";
    std::fs::write(&config, empty).expect("room on the disk");
    let bare = {
        let server = Server::start(folder.path(), &config);
        server.wait_ready();
        server.settled()
    };
    let mut apis = Vec::new();
    for number in 0..size.clusters {
        let api = FakeApi::start();
        api.put(objects(number, size.services));
        // It need not remember how they came.
        api.forget();
        let name = format!("c{number}");
        api.write_kubeconfig(&folder.path().join(format!("{name}.conf")));
        writeln!(text, "  - {{ name: {name}, kubeconfig: {{ path: ./{name}.conf }} }}")
            .expect("writing to a string");
        apis.push(api);
    }
    std::fs::write(&config, text).expect("room on the disk");
    let server = Server::start(folder.path(), &config);
    let seconds = server.wait_ready();
    let cpu = server.cpu();
    let settled = server.settled();
    let lists: usize = apis.iter().map(|api| api.requests("Stream ") + api.requests("List ")).sum();
    let shards = (size.clusters * size.services) as f64;
    let octets = (settled - bare) * 1024.0 * 1024.0 / shards;
    let peak = server.memory("VmHWM");
    println!("ready in {seconds:.1} s and {cpu:.1} s of CPU; {lists} lists");
    println!(
        "settled {settled:.0} MiB (bare {bare:.0}, peak {peak:.0}): {octets:.0} octets a shard"
    );
    let before = server.cpu();
    std::thread::sleep(size.rest);
    let share = (server.cpu() - before) / size.rest.as_secs_f64();
    println!("at rest: {:.2} % of a core", share * 100.0);
    let times = events(&server, &apis, size.events);
    let (half, most) = (median(&times), quantile(&times, 0.99));
    println!(
        "event to answer, ms: p50 {half:.1}, p99 {most:.1}, longest {:.1}\n",
        quantile(&times, 1.0)
    );
    gate(&format!("{lists} lists, one a kind and cluster"), lists == 3 * size.clusters);
    gate(&format!("{octets:.0} octets a shard (700)"), octets <= 700.0);
    gate(&format!("at rest {:.2} % of a core (2)", share * 100.0), share <= 0.02);
    gate(&format!("event to answer, p99: {most:.1} ms (10)"), most < 10.0);
    measure::place_and_day();
}

/// One cluster: a node in a zone of its own, services with two slices each.
fn objects(number: usize, services: usize) -> Vec<Value> {
    let mut all = vec![node("n1", "us", &format!("z{number}"))];
    for index in 0..services {
        let name = format!("s{index}");
        all.push(service(&name, &format!("10.{number}.{}.{}", index / 250, index % 250)));
        let mut second = slice(&name, 1);
        second["metadata"]["name"] = format!("{name}-2").into();
        all.extend([slice(&name, 2), second]);
    }
    all
}

/// Milliseconds from each change of an address to the first answer that shows it.
fn events(server: &Server, apis: &[FakeApi], count: usize) -> Vec<f64> {
    let socket = server.connect();
    let time = |turn: usize| {
        let number = turn % apis.len();
        let address = [11, number as u8, (turn / 250) as u8, (turn % 250) as u8];
        let text = format!("11.{}.{}.{}", address[1], address[2], address[3]);
        let name = format!("s7.shop.myfed.svc.z{number}.us.example.com");
        let changed = service("s7", &text);
        let began = Instant::now();
        apis[number].put([changed]);
        wait_for(&socket, &name, address);
        let took = began.elapsed().as_secs_f64() * 1000.0;
        // Not in step with anything.
        std::thread::sleep(Duration::from_millis(3 + turn as u64 % 7));
        took
    };
    (0..count).map(time).collect()
}

fn wait_for(socket: &UdpSocket, name: &str, wanted: [u8; 4]) {
    let deadline = Instant::now() + Duration::from_secs(60);
    for id in 0.. {
        let reply = client::ask(socket, name, id as u16).unwrap_or_default();
        if reply.ends_with(&wanted) {
            return;
        }
        assert!(Instant::now() < deadline, "{name} is not answered with {wanted:?}");
        std::thread::sleep(Duration::from_micros(200));
    }
}
