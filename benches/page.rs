//! The status page with 100,000 services in 100 clusters, in Chromium: first screen, search, and how soon a change is
//! on it; and what answers take while people look.
//!
//! The world is written as manifests and served by a process of its own (`FEDNS_BIN`, else the one built with the
//! benchmarks). `--quick` takes few rounds. Without Chromium it says that it is skipped.

#[path = "../tests/page/browser.rs"]
#[allow(clippy::unwrap_used, dead_code, unreachable_pub)]
mod browser;
#[path = "scale/client.rs"]
mod client;
mod measure;
#[path = "../tests/process/mod.rs"]
mod process;
#[path = "../tests/real/mod.rs"]
mod real;
#[path = "scale/server.rs"]
mod server;
mod world;

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use browser::{Browser, LOOKS, browser};
use measure::{gate, median, quantile, ratios, row, spread, table};
use serde_json::json;
use server::Server;
use world::manifests::{one_service, spread_config, write_spread};

const CLUSTERS: usize = 100;
const SERVICES: usize = 100_000;
/// The folder of the cluster that has the service that changes.
const CHANGED: &str = "clusters/prod-00";
/// What is searched for, and how many rows are found.
const SEARCHES: [(&str, usize); 4] =
    [("service-04242", 1), ("10.0.33.36", 1), ("team-77/", 25), ("prod-07", 25)];

fn main() {
    let is_quick = std::env::args().any(|it| it == "--quick");
    let (rounds, windows) = if is_quick { (5, 2) } else { (21, 6) };
    println!("# page: {SERVICES} services, each in two of {CLUSTERS} clusters\n");
    let Some(mut browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("fedns.yaml");
    write_spread(folder.path(), CLUSTERS, SERVICES).expect("room for the world on the disk");
    spread_config(folder.path(), CLUSTERS, &config).expect("a configuration");
    change(folder.path(), true);
    let server = Server::start(folder.path(), &config);
    println!("ready after {:.1} s", server.wait_ready());
    println!("resident {:.0} MiB\n", server.memory("VmRSS"));
    let page = format!("http://{}/", server.admin());
    browser.look(LOOKS[0]);
    let mut rows = vec![row(["what", "ms", "longest"])];
    let mut gates = Vec::new();
    let mut add = |what: &str, times: &[f64], most: f64| {
        let longest = quantile(times, 1.0);
        rows.push(row([what, &spread(times, 0), &format!("{longest:.0}")]));
        let median = median(times);
        gates.push((format!("{what}: {median:.0} ms ({most:.0})"), median < most));
    };
    let (times, octets) = first_screens(&mut browser, &page, rounds);
    add("first screen", &times, 300.0);
    for (text, found) in SEARCHES {
        let times: Vec<_> = (0..rounds).map(|_| search(&mut browser, text, found)).collect();
        add(&format!("search for {text}"), &times, 100.0);
    }
    let times = changes(&mut browser, &server, folder.path(), rounds);
    add("a change, from its answer to the page", &times, 1000.0);
    table(&rows);
    println!();
    let growth = answers_meanwhile(&mut browser, &server, &page, windows);
    gates.iter().for_each(|(what, is_held)| gate(what, *is_held));
    let kilobytes = octets / 1000.0;
    gate(&format!("octets of the first screen: {kilobytes:.0} kB (100)"), octets < 100_000.0);
    gate(&format!("p99.9 of answers while people look: {growth:.2} (1.5)"), growth <= 1.5);
    measure::place_and_day();
}

/// From the address typed to all of the first screen, in milliseconds; and the octets that came.
fn first_screens(browser: &mut Browser, page: &str, rounds: usize) -> (Vec<f64>, f64) {
    let (mut times, mut octets) = (Vec::new(), 0.0);
    browser.ask("Network.setCacheDisabled", json!({ "cacheDisabled": true }));
    for _ in 0..rounds {
        browser.open(page);
        browser.until("performance.getEntriesByName('first screen').length > 0");
        times.push(number(browser, "performance.getEntriesByName('first screen')[0].startTime"));
        octets = number(
            browser,
            "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]\
             .filter((one) => !one.name.endsWith('/overview/changes')).reduce((sum, one) => sum + one.transferSize, 0)",
        );
    }
    (times, octets)
}

fn number(browser: &mut Browser, script: &str) -> f64 {
    browser.eval(script).as_f64().expect("a number")
}

/// From the question for rows to the rows, in milliseconds, as the browser counts it.
fn search(browser: &mut Browser, text: &str, found: usize) -> f64 {
    browser.eval(
        "document.getElementById('search').select(); performance.clearResourceTimings(); \
         document.getElementById('search').value = ''; document.getElementById('search').focus()",
    );
    browser.type_in(text);
    let asked = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/overview/rows'))";
    browser.until(&format!(
        "new URLSearchParams(location.search).get('search') === {} && {asked}.length > 0 && \
         document.querySelectorAll('#rows li').length === {found}",
        json!(text)
    ));
    number(browser, &format!("{asked}.at(-1).duration"))
}

/// Has the service that changes with a ready endpoint, or without.
fn change(root: &Path, is_ready: bool) {
    let (new, file) = (root.join("new"), root.join(CHANGED).join("changed.json"));
    fs::write(&new, one_service("changed", is_ready)).expect("room for a manifest");
    fs::rename(new, file).expect("both are on the same disk");
}

/// From the answer that shows a change to the page that shows it.
fn changes(browser: &mut Browser, server: &Server, root: &Path, rounds: usize) -> Vec<f64> {
    search(browser, "changed", 1);
    let socket = server.connect();
    let mut times = Vec::new();
    for turn in 0..rounds {
        let is_ready = turn % 2 == 1;
        change(root, is_ready);
        wait_for(&socket, is_ready);
        let began = Instant::now();
        let word = if is_ready { "healthy" } else { "down" };
        browser.until(&format!("document.querySelector('#rows .pill').innerText === '{word}'"));
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times
}

/// Waits until the service that changes has an address, or has none.
fn wait_for(socket: &UdpSocket, is_ready: bool) {
    let name = format!("changed.changed.{}.svc.{}", world::FEDERATION, world::DOMAIN);
    let deadline = Instant::now() + Duration::from_secs(60);
    for id in 0.. {
        let reply = client::ask(socket, &name, id as u16).unwrap_or_default();
        if reply.ends_with(&[192, 0, 2, 1]) == is_ready {
            return;
        }
        assert!(Instant::now() < deadline, "{name} is not answered");
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// How the 99.9th percentile of answers grows while a browser loads the page and searches, one after the other.
fn answers_meanwhile(browser: &mut Browser, server: &Server, page: &str, windows: usize) -> f64 {
    let socket = server.connect();
    let name = |dice: &mut world::Dice| {
        let at = dice.below(SERVICES);
        format!("service-{at:05}.team-{}.{}.svc.{}", at % 500, world::FEDERATION, world::DOMAIN)
    };
    let measure = || client::window(&socket, Duration::from_secs(5), name);
    let (mut quiet, mut busy) = (Vec::new(), Vec::new());
    for _ in 0..windows {
        quiet.push(measure());
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let measured = measure();
                is_over.store(true, Ordering::Relaxed);
                measured
            });
            while !is_over.load(Ordering::Relaxed) {
                first_screens(browser, page, 1);
                search(browser, SEARCHES[0].0, SEARCHES[0].1);
            }
            busy.push(asked.join().expect("it only asks"));
        });
    }
    let at = |windows: &[Vec<f64>], share| -> Vec<f64> {
        windows.iter().map(|window| quantile(window, share)).collect()
    };
    let what = format!("us at {} questions a second", client::RATE);
    let mut rows = vec![row([&what, "quiet", "looked at", "ratio"])];
    for (what, share) in [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)] {
        let (without, with) = (at(&quiet, share), at(&busy, share));
        let growth = spread(&ratios(&with, &without), 2);
        rows.push(row([what, &spread(&without, 0), &spread(&with, 0), &growth]));
    }
    table(&rows);
    println!();
    median(&ratios(&at(&busy, 0.999), &at(&quiet, 0.999)))
}
