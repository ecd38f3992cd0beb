//! The wall clock set while the program runs, by minutes and by years, forwards and back.
//!
//! libfaketime gives one process another wall clock, as a file says that it reads at each look; the
//! clock by which time passes is left alone, as the system does when it is set.

use crate::process;
use crate::real;
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hickory_proto::op::Message;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::fake_api::{FakeApi, node, replace, service, slice};
use crate::process::{CONFIG, PATIENCE, Server};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// Seconds by which the clock is off, one after the other.
const STEPS: [i64; 10] = [
    300,
    -300,
    3 * 31_536_000,
    // Where a clock without a battery begins; Linux lets none be set to before 1970.
    -20 * 31_536_000,
    -56 * 31_536_000,
    // Further ahead than serials reach.
    90 * 31_536_000,
    200 * 31_536_000,
    -300,
    1,
    0,
];

struct World {
    folder: TempDir,
    api: FakeApi,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let api = FakeApi::start();
        api.put([node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]);
        let claims = URL_SAFE_NO_PAD.encode(json!({ "exp": 1_700_000_000 }).to_string());
        let token = format!("e30.{claims}.sig");
        api.require_token(&token);
        let path = folder.path();
        fs::write(path.join("east.conf"), api.kubeconfig(json!({ "token": token }), json!({})))
            .unwrap();
        let world = Self { folder, api };
        world.configure(180);
        world.set_clock(0);
        world
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Silence of an hour would be answered by another level, or by nothing.
    fn configure(&self, ttl: u32) {
        let (head, _) = CONFIG.split_once("clusters:").unwrap();
        let head = head.replace("domain:", &format!("ttl: {ttl}s\n    domain:"));
        let cluster = "{ name: east, kubeconfig: { path: ./east.conf }, staleLimit: 1h }";
        let text = format!("{head}stateDir: ./state\nclusters:\n  - {cluster}\n");
        replace(&self.path().join("fedns.yaml"), &text);
    }

    fn set_clock(&self, seconds: i64) {
        replace(&self.path().join("offset"), &format!("{seconds:+}\n"));
    }
}

/// A server that runs by the clock of its folder.
fn start(folder: &Path) -> Server {
    let mut command = process::fedns(folder);
    command
        .env("LD_PRELOAD", library())
        .env("FAKETIME_TIMESTAMP_FILE", folder.join("offset"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1")
        // Files keep the times that others see.
        .env("NO_FAKE_STAT", "1");
    let mut server = Server::spawn(command);
    server.wait_for_doors(true);
    server
}

/// Debian keeps it in a folder by architecture.
fn library() -> PathBuf {
    let mut folders = fs::read_dir("/usr/lib").unwrap().map(|it| it.unwrap().path());
    let library = |folder: PathBuf| folder.join("faketime/libfaketimeMT.so.1");
    folders.find_map(|folder| Some(library(folder)).filter(|it| it.exists())).expect("libfaketime")
}

fn status(server: &Server) -> Value {
    serde_json::from_str(&server.get("/status").1).unwrap()
}

fn serial(server: &Server) -> u32 {
    status(server)["federations"][0]["serial"].as_u64().unwrap() as u32
}

/// RFC 1982, section 3.2.
fn is_later(serial: u32, than: u32) -> bool {
    (1..1 << 31).contains(&serial.wrapping_sub(than))
}

/// The process's own clock is where the test has put it.
fn is_off(server: &Server, by: i64) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let text = server.get("/metrics").1;
    let line = text.lines().find(|it| it.starts_with("fedns_config_last_reload_success_timestamp"));
    let seconds: f64 = line.unwrap().rsplit(' ').next().unwrap().parse().unwrap();
    (seconds - now.as_secs_f64() - by as f64).abs() < 100.0
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn address_and_ttl(reply: &Message) -> Option<(String, u32)> {
    let [record] = &reply.answers[..] else { return None };
    Some((record.data.to_string(), record.ttl))
}

/// Whether a file of the state folder names the address, as it is packed there.
fn is_kept(folder: &Path, address: &str) -> bool {
    let octets = address.parse::<Ipv4Addr>().unwrap().octets();
    let files = fs::read_dir(folder.join("state")).unwrap();
    let read = |file: std::io::Result<fs::DirEntry>| fs::read(file.unwrap().path());
    files.filter_map(|file| read(file).ok()).any(|file| file.windows(4).any(|it| it == octets))
}

/// Fresh, with the TTL of the configuration.
#[track_caller]
fn is_answered(server: &Server, expected: &str, ttl: u32) {
    until(&format!("{CART} is {expected}, for {ttl} s"), || {
        address_and_ttl(&server.ask(CART)) == Some((expected.to_owned(), ttl))
    });
}

#[test]
fn a_wall_clock_that_is_set_changes_no_answer() {
    if !real::have(&["faketime"]) {
        return;
    }
    let world = World::new();
    let mut server = start(world.path());
    is_answered(&server, "192.0.2.1", 180);
    let (mut last, mut ttl) = (serial(&server), 180);
    for (turn, &seconds) in STEPS.iter().enumerate() {
        world.set_clock(seconds);
        // It is watched, and what changes is published.
        let expected = format!("192.0.2.{}", turn + 10);
        world.api.put([service("cart", &expected)]);
        is_answered(&server, &expected, ttl);
        // A file that seems to be from the future, or from long ago, is read all the same.
        ttl = 100 + turn as u32;
        world.configure(ttl);
        is_answered(&server, &expected, ttl);
        until("it runs by that clock", || is_off(&server, seconds));
        until("the serial goes up", || serial(&server) != last);
        let serial = serial(&server);
        assert!(is_later(serial, last), "{last} to {serial} at {seconds}");
        last = serial;
        // The credentials are long out of date by what they say, and the server takes them.
        let text = status(&server);
        assert_eq!(text["clusters"][0]["server"]["contact"], "reached", "{text}");
        assert_eq!(text["clusters"][0]["state"], "synced", "{text}");
        let silent = "fedns_clusters{state=\"silent\"} 0\n";
        assert!(server.get("/metrics").1.contains(silent));
        let age = text["clusters"][0]["server"]["watchAgeSeconds"].as_f64().unwrap();
        assert!(age < 600.0, "an age by the wall clock: {text}");
    }
    let expected = format!("192.0.2.{}", STEPS.len() + 9);
    // Contact is lost, and a moment later the clock says that this was years ago.
    let World { folder, api } = world;
    drop(api);
    let lost = Instant::now();
    let offset = folder.path().join("offset");
    until("the loss is told", || status(&server)["clusters"][0]["server"]["contact"] == "lost");
    for seconds in [7200, 94_608_000, -94_608_000, 0] {
        replace(&offset, &format!("{seconds:+}\n"));
        assert_eq!(address_and_ttl(&server.ask(CART)), Some((expected.clone(), ttl)));
        let is_silent = !server.get("/metrics").1.contains("state=\"silent\"} 0\n");
        // Within a minute, as time passes, it is not silent.
        assert!(!is_silent || lost.elapsed() > Duration::from_secs(55), "silent by the wall clock");
    }
    // Killed, and started years before what it kept: that is kept all the same. A file is written no more
    // often than each ten seconds.
    until("the last change is kept", || is_kept(folder.path(), &expected));
    server.signal("KILL");
    server.ended();
    for seconds in [-94_608_000_i64, 94_608_000, -1_750_000_000] {
        replace(&offset, &format!("{seconds:+}\n"));
        let mut server = start(folder.path());
        assert_eq!(address_and_ttl(&server.ask(CART)), Some((expected.clone(), ttl)));
        let serial = serial(&server);
        assert!(serial == last || is_later(serial, last), "{last} to {serial} at {seconds}");
        last = serial;
        server.signal("TERM");
        assert_eq!(server.ended().code(), Some(0));
    }
}
