//! `/services` of a real controller: order, pages, filters, and what is said of each level.

use crate::http;
use crate::support;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use crate::http::{body_of, status_of};
use crate::support::facts::{SYNCED, applied, federation, key, load_balancer, node, slice};
use crate::support::{entry, label, plan};
use fedns::admin::{Admin, Sources};
use fedns::clock::Clock;
use fedns::clusters::watch_stats::WatchStats;
use fedns::controller::{Controller, Input, calls};
use fedns::core::event::{ClusterEvent, Facts, ObjectKey};
use fedns::core::policy::{ClusterPolicy, Federation, Policy, Publish};
use fedns::core::state::Changes;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A controller behind an admin address.
struct Server {
    address: SocketAddr,
    /// The controller lives as long as somebody may speak to it.
    _events: mpsc::Sender<Input>,
}

impl Server {
    /// `shards` are cluster, service, address and ready endpoints.
    fn start(shards: &[(&str, &str, &str, u32)]) -> Self {
        let labelled =
            Federation { publish: Publish::Labelled, ..federation("few", "few.example") };
        let federations = vec![federation("all", "all.example"), labelled];
        let clusters = [("east", "a.eu"), ("west", "b.us")];
        let plan = plan(federations, clusters.map(|(name, _)| entry(name)).into());
        let clock = Clock::start();
        let mut controller = Controller::new(plan, clock);
        let mut changes = Changes::default();
        for (name, place) in clusters {
            changes.merge(controller.apply(&label(name), applied(node(place))));
        }
        for (cluster, service, address, ready) in shards {
            let address: IpAddr = address.parse().expect("an address");
            let key = key(service);
            let slice = slice(&key, *ready, 0);
            let facts = Facts::Service(key.clone(), load_balancer(&[address]));
            changes.merge(controller.apply(&label(cluster), applied(facts)));
            changes.merge(controller.apply(&label(cluster), applied(Facts::Slice(key, slice))));
        }
        for (name, _) in clusters {
            changes.merge(controller.apply(&label(name), SYNCED));
        }
        controller.publish(&changes);
        Self::serve(controller, clock)
    }

    fn serve(controller: Controller, clock: Clock) -> Self {
        let admin = Admin::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("port 0 is free");
        let address = admin.address().expect("it has one");
        let (client, calls) = calls();
        let (events, events_in) = mpsc::channel(1);
        let sources = Sources {
            snapshot: controller.published(),
            counters: Arc::new([]),
            readiness: controller.readiness(),
            figures: controller.figures(),
            controller: client,
            stats: WatchStats::default(),
            clock,
        };
        tokio::spawn(admin.run(sources, CancellationToken::new()));
        tokio::spawn(controller.run(events_in, calls, CancellationToken::new()));
        Self { address, _events: events }
    }

    async fn get(&self, query: &str) -> Value {
        let response = http::ask(self.address, &format!("GET /services{query}"), "").await;
        assert_eq!(status_of(&response), "200", "{response}");
        serde_json::from_str(body_of(&response)).expect("JSON")
    }

    async fn names(&self, query: &str) -> Vec<String> {
        names(&self.get(query).await)
    }
}

fn names(page: &Value) -> Vec<String> {
    let services = page["services"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    services.iter().map(|it| text(&it["namespace"]) + "/" + &text(&it["name"])).collect()
}

/// Healthy in both, degraded, down, and one that only one cluster has.
fn shop() -> Server {
    Server::start(&[
        ("east", "shop/web", "198.51.100.1", 1),
        ("west", "shop/web", "203.0.113.1", 1),
        ("east", "shop/cart", "198.51.100.2", 0),
        ("west", "shop/cart", "203.0.113.2", 1),
        ("east", "pay/gate", "198.51.100.3", 0),
        ("west", "blog/web", "203.0.113.4", 1),
    ])
}

#[tokio::test]
async fn pages_follow_one_another_in_the_order_of_names() {
    let server = shop();
    let all = ["blog/web", "pay/gate", "shop/cart", "shop/web"];
    assert_eq!(server.names("").await, all);

    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = server.get(&format!("?limit=1&after={after}")).await;
        assert_eq!((&page["known"], &page["matching"]), (&json!(4), &json!(4)));
        seen.extend(names(&page));
        let Some(next) = page["next"].as_str() else { break };
        after = next.to_owned();
    }
    assert_eq!(seen, all);
    assert_eq!(server.names("?after=shop/web").await, [""; 0]);
    assert_eq!(server.names("?after=pay").await, ["pay/gate", "shop/cart", "shop/web"]);
    assert_eq!(server.get("?limit=4").await["next"], Value::Null);
}

#[tokio::test]
async fn faulty_ones_come_first_by_how_many_clusters_do_not_answer() {
    let server = Server::start(&[
        ("east", "shop/web", "198.51.100.1", 1),
        ("west", "shop/web", "203.0.113.1", 1),
        ("east", "shop/a", "198.51.100.2", 0),
        ("west", "shop/a", "203.0.113.2", 1),
        ("east", "shop/z", "198.51.100.3", 0),
        ("west", "shop/z", "203.0.113.3", 1),
        ("west", "blog/web", "203.0.113.4", 1),
    ]);
    let all = ["shop/a", "shop/z", "blog/web", "shop/web"];
    assert_eq!(server.names("?order=fault").await, all);
    let mut seen = Vec::new();
    let mut after = String::new();
    for before in 0..all.len() {
        let page = server.get(&format!("?order=fault&limit=1&after={after}")).await;
        assert_eq!((&page["before"], &page["matching"]), (&json!(before), &json!(4)));
        seen.extend(names(&page));
        after = page["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!(seen, all);
    // What is no such text stands before all.
    assert_eq!(server.names("?order=fault&after=nonsense").await, all);
}

#[tokio::test]
async fn an_address_finds_who_has_it_and_a_name_is_that_name() {
    let server = shop();
    assert_eq!(server.names("?search=203.0.113.2").await, ["shop/cart"]);
    assert_eq!(server.names("?search=198.51.100.2").await, ["shop/cart"], "it does not answer");
    assert_eq!(server.names("?search=203.0.113.99").await, [""; 0]);
    assert_eq!(server.names("?name=web").await, ["blog/web", "shop/web"]);
    assert_eq!(server.names("?name=we").await, [""; 0]);
    assert_eq!(server.names("?namespace=shop&name=web").await, ["shop/web"]);
}

#[tokio::test]
async fn a_row_says_why_clusters_do_not_answer_in_a_few_words() {
    let server = shop();
    let asked = "GET /overview/rows?search=shop/cart";
    let response = http::ask(server.address, asked, "").await;
    let page: Value = serde_json::from_str(body_of(&response)).expect("JSON");
    let row = &page["services"][0];
    assert_eq!(row["answering"], json!(["west"]));
    assert_eq!(row["firstAddresses"], json!(["203.0.113.2"]));
    let lack = json!({ "reason": "no ready endpoint", "number": 1, "clusters": ["east"] });
    assert_eq!(row["lacks"], json!([lack]));
    assert_eq!(row["unansweredPlaces"], json!(2));
    assert!(row.get("levels").is_none(), "{row}");
}

#[tokio::test]
async fn filters_hold_together() {
    let server = shop();
    for (query, expected) in [
        ("?search=web", &["blog/web", "shop/web"][..]),
        ("?search=SHOP%2Fc", &["shop/cart"]),
        ("?namespace=shop", &["shop/cart", "shop/web"]),
        ("?namespace=sho", &[]),
        ("?cluster=east", &["pay/gate", "shop/cart", "shop/web"]),
        ("?cluster=nobody", &[]),
        ("?state=healthy", &["blog/web", "shop/web"]),
        ("?state=degraded", &["shop/cart"]),
        ("?state=idle", &["pay/gate"]),
        ("?state=unpublished", &[]),
        ("?state=published&search=&cluster=west", &["blog/web", "shop/cart", "shop/web"]),
        ("?state=healthy&namespace=shop&cluster=west&search=w", &["shop/web"]),
    ] {
        assert_eq!(server.names(query).await, expected, "{query}");
    }
    assert_eq!(server.get("?namespace=shop&limit=1").await["matching"], 2);
}

#[tokio::test]
async fn a_filter_that_can_not_be_read_is_said() {
    let server = shop();
    for query in ["?state=sick", "?colour=red", "?limit=many"] {
        let response = http::ask(server.address, &format!("GET /services{query}"), "").await;
        assert_eq!(status_of(&response), "400", "{query}: {response}");
    }
}

#[tokio::test]
async fn each_level_says_who_answers_who_does_not_and_where_clients_go() {
    let page = shop().get("?search=cart").await;
    let world = json!({
        "level": "global", "place": null, "clusters": ["west"], "addresses": ["203.0.113.2"],
        "leftOut": [{ "cluster": "east", "reason": "no ready endpoint" }], "fallback": null,
    });
    let here = |level: &str, place: &str| {
        json!({
            "level": level, "place": place, "clusters": ["west"], "addresses": ["203.0.113.2"],
            "leftOut": [], "fallback": null,
        })
    };
    let nobody = |level: &str, place: &str| {
        json!({
            "level": level, "place": place, "clusters": [], "addresses": [],
            "leftOut": [{ "cluster": "east", "reason": "no ready endpoint" }],
            "fallback": { "level": "global", "place": null },
        })
    };
    let expected = json!([
        world,
        nobody("region", "eu"),
        here("region", "us"),
        nobody("zone", "a.eu"),
        here("zone", "b.us"),
    ]);
    let service = &page["services"][0];
    assert_eq!(service["levels"], expected);
    assert_eq!((&service["state"], &service["federations"]), (&json!("degraded"), &json!(["all"])));
    let shard = json!({
        "cluster": "east", "published": true, "answers": false, "reason": "no ready endpoint",
        "addresses": ["198.51.100.2"], "readyEndpoints": 0, "endpoints": 0, "ttlSeconds": null,
    });
    assert_eq!(service["clusters"][0], shard);
}

#[tokio::test]
async fn what_services_do_is_counted() {
    let server = shop();
    let response = http::ask(server.address, "GET /metrics", "").await;
    for line in [
        "fedns_services{state=\"healthy\"} 2",
        "fedns_services{state=\"degraded\"} 1",
        "fedns_services{state=\"down\"} 0",
        "fedns_services{state=\"idle\"} 1",
        "fedns_services{state=\"unpublished\"} 0",
        "fedns_cluster_events_total{kind=\"applied\"} 14",
        "fedns_cluster_events_total{kind=\"synced\"} 2",
        "fedns_snapshot_publish_duration_seconds_count 1",
    ] {
        assert!(body_of(&response).lines().any(|one| one == line), "{line}\n{response}");
    }
    let status = http::ask(server.address, "GET /status", "").await;
    let status: Value = serde_json::from_str(body_of(&status)).expect("JSON");
    let states = json!({ "healthy": 2, "degraded": 1, "down": 0, "idle": 1, "unpublished": 0 });
    assert_eq!(status["services"]["states"], states);
}

#[test]
fn the_counts_are_those_of_a_recount() {
    let mut sim = support::Sim::new(Policy::default(), Duration::ZERO);
    let clusters = ["east", "west"].map(label);
    for cluster in &clusters {
        sim.register(cluster, ClusterPolicy::default());
    }
    // Every service gets and loses a Service and ready endpoints, in an order that mixes them.
    for step in 0..400_u32 {
        let cluster = &clusters[(step / 3 % 2) as usize];
        let key = key(&format!("shop/s{}", step * 7 % 5));
        let event = match step * 11 % 6 {
            0 | 1 => applied(Facts::Service(
                key,
                load_balancer(&[IpAddr::from([198, 51, 100, (step % 9) as u8])]),
            )),
            2 | 3 => applied(Facts::Slice(key.clone(), slice(&key, step % 2, 1))),
            4 => ClusterEvent::Removed(ObjectKey::Service(key)),
            _ => ClusterEvent::Removed(ObjectKey::Slice(key.clone(), slice(&key, 0, 0).name)),
        };
        sim.say(cluster, event);
        for publish in [Publish::All, Publish::Labelled] {
            let recount = |health| {
                sim.state.overviews().filter(|it| it.health(publish) == health).count() as u32
            };
            for (health, number) in sim.state.health_counts(publish) {
                assert_eq!(number, recount(health), "{health:?} after step {step}");
            }
        }
    }
}
