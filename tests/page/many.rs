//! 100,000 services in 100 clusters: the page is as small as with a hundred. How quick it is, `benches/page.rs` says.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use fedns::admin::{Admin, Sources};
use fedns::clock::Clock;
use fedns::clusters::watch_stats::WatchStats;
use fedns::controller::{Controller, calls};
use fedns::core::event::Facts;
use fedns::core::state::Changes;
use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::browser::{LOOKS, browser};
use crate::support::facts::{SYNCED, applied, federation, key, load_balancer, node, slice};
use crate::support::{entry, label, plan};

const CLUSTERS: usize = 100;
const SERVICES: usize = 100_000;

/// A controller that knows all of it: every service in two clusters, one in a thousand without a ready endpoint in one.
fn controller(clock: Clock) -> Controller {
    let names: Vec<_> =
        (0..CLUSTERS).map(|at| format!("prod-{:02}-{}", at % 20, at / 20)).collect();
    let entries = names.iter().map(|name| entry(name)).collect();
    let mut controller =
        Controller::new(plan(vec![federation("all", "all.example")], entries), clock);
    let mut changes = Changes::default();
    for (at, name) in names.iter().enumerate() {
        let place = format!("z{}.region-{}", at % 3, at % 20);
        changes.merge(controller.apply(&label(name), applied(node(&place))));
    }
    for of in 0..SERVICES {
        let key = key(&format!("team-{}/service-{of}", of % 500));
        for shift in [0, 37] {
            let at = (of + shift) % CLUSTERS;
            let address = IpAddr::from(Ipv4Addr::from(0x0a00_0000 + (of * 2 + shift / 37) as u32));
            let facts = Facts::Service(key.clone(), load_balancer(&[address]));
            let is_ready = shift == 0 || of % 1000 != 0;
            let slice = Facts::Slice(key.clone(), slice(&key, is_ready.into(), (!is_ready).into()));
            for facts in [facts, slice] {
                changes.merge(controller.apply(&label(&names[at]), applied(facts)));
            }
        }
    }
    names.iter().for_each(|name| changes.merge(controller.apply(&label(name), SYNCED)));
    controller.publish(&changes);
    controller
}

/// Serves it from a thread of its own.
fn serve() -> SocketAddr {
    let (told, address) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let clock = Clock::start();
            let controller = controller(clock);
            let admin = Admin::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
            let (client, calls) = calls();
            let (_events, events_in) = mpsc::channel(1);
            let sources = Sources {
                snapshot: controller.published(),
                counters: Arc::new([]),
                readiness: controller.readiness(),
                figures: controller.figures(),
                controller: client,
                stats: WatchStats::default(),
                clock,
            };
            told.send(admin.address().unwrap()).unwrap();
            tokio::spawn(admin.run(sources, CancellationToken::new()));
            controller.run(events_in, calls, CancellationToken::new()).await;
        });
    });
    address.recv_timeout(Duration::from_secs(600)).unwrap()
}

#[test]
fn a_hundred_thousand_services_are_no_larger_a_page_than_a_hundred() {
    let Some(mut browser) = browser() else { return };
    let address = serve();
    browser.look(LOOKS[0]);
    browser.open(&format!("http://{address}/"));
    browser.until("document.querySelectorAll('#rows li').length === 25 && document.querySelectorAll('.tile').length === 100");
    let octets = "[...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]\
                  .filter((one) => !one.name.endsWith('/overview/changes')).reduce((sum, one) => sum + one.transferSize, 0)";
    let octets = browser.eval(octets).as_f64().unwrap();
    assert!(octets < 100_000.0, "the first screen is {octets} octets");

    let first = browser.text("document.querySelector('#rows .pill').innerText");
    assert_eq!(first, "degraded");
    let nodes = browser.eval("document.querySelectorAll('*').length").as_f64().unwrap();
    assert!(nodes < 3000.0, "the page has {nodes} elements");
    browser.picture("many-1280-light");

    for (text, expected) in [("service-4242", 11), ("10.0.33.36", 1), ("team-77/", 25)] {
        browser.eval("document.getElementById('search').select()");
        browser.eval("performance.clearResourceTimings()");
        browser.eval("document.getElementById('search').value = ''; document.getElementById('search').focus()");
        browser.type_in(text);
        browser.until(&format!(
            "new URLSearchParams(location.search).get('search') === {}",
            json!(text)
        ));
        let answers = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/overview/rows'))";
        browser.until(&format!(
            "{answers}.length > 0 && document.querySelectorAll('#rows li').length === {expected}"
        ));
    }
    assert!(browser.faults.is_empty(), "{:?}", browser.faults);
}
