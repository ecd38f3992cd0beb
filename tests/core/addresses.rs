//! What is told of an address, held against what is answered: at each place a cluster is said to answer with
//! it where, and only where, a query of the name there brings it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::support::facts::{SYNCED, applied, federation, key, load_balancer, node, slice};
use crate::support::{Sim, label};
use fedns::clusters::watch_stats::WatchStats;
use fedns::core::event::{ClusterEvent, Contact, Facts};
use fedns::core::hostname::{Answer, Finding};
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::service::{Ingress, Inside, ServiceFacts};
use fedns::core::time::Moment;
use fedns::documents::DocumentInput;
use fedns::documents::address::{AddressNote, AddressShard, address};
use fedns::documents::explain::explain;
use fedns::local_query::{LocalQuery, ReplyNote};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PLACES: [&str; 6] = ["a.us", "b.us", "us", "c.eu", "eu", ""];

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn told(sim: &Sim, of: &str) -> AddressNote {
    let Sim { state, snapshot, now, .. } = sim;
    let stats = &WatchStats::default();
    address(&DocumentInput { state, snapshot, stats, now: *now }, ip(of))
}

/// `shop/web` in three clusters: two in a region, of which one is not ready, and one whose load balancer is
/// known by a hostname; `shop/own` in the first, inside alone.
fn world() -> Sim {
    let federations = vec![federation("fed", "example.com")];
    let mut sim = Sim::new(Policy { federations, ..Policy::default() }, Duration::from_secs(3600));
    let clusters = ["east", "west", "apart"].map(label);
    clusters.iter().for_each(|name| sim.register(name, ClusterPolicy::default()));
    let hostname = Ingress::Hostname("lb.example.net".into());
    let shards = [
        ("a.us", 1, load_balancer(&[ip("192.0.2.1"), ip("2001:db8::1"), ip("192.0.2.9")])),
        ("b.us", 0, load_balancer(&[ip("192.0.2.2"), ip("192.0.2.9")])),
        ("c.eu", 1, ServiceFacts { ingress: vec![hostname], ..load_balancer(&[]) }),
    ];
    for (cluster, (place, ready, facts)) in clusters.iter().zip(shards) {
        let key = key("shop/web");
        sim.say(cluster, applied(node(place)));
        sim.say(cluster, applied(Facts::Service(key.clone(), facts)));
        let slice = slice(&key, ready, 1 - ready);
        sim.say(cluster, applied(Facts::Slice(key, slice)));
    }
    let own = key("shop/own");
    let inside = Inside::ClusterIps(vec![ip("10.0.0.7")]);
    let facts = ServiceFacts { inside, ..ServiceFacts::default() };
    sim.say(&clusters[0], applied(Facts::Service(own.clone(), facts)));
    let ready = slice(&own, 1, 0);
    sim.say(&clusters[0], applied(Facts::Slice(own, ready)));
    clusters.iter().for_each(|name| sim.say(name, SYNCED));
    let answer = Answer { addresses: vec![ip("203.0.113.7")], ..Answer::default() };
    sim.resolve("lb.example.net", Finding::Answered(answer));
    sim
}

/// Whether the name at a place brings an address, and not by an alias.
fn brings(sim: &Sim, place: &str, of: &str) -> bool {
    let dot = if place.is_empty() { "" } else { "." };
    let kind = if ip(of).is_ipv4() { "A" } else { "AAAA" };
    let name = format!("web.shop.fed.svc.{place}{dot}example.com.");
    let query = LocalQuery::parse(&name, kind, LOCALHOST).unwrap();
    let reply = ReplyNote::read(&query.ask(&sim.snapshot, sim.now)).unwrap();
    reply.answer.iter().any(|it| it.name == name && it.data == of)
}

fn shard<'n>(note: &'n AddressNote, cluster: &str) -> &'n AddressShard {
    note.shards.iter().find(|it| it.cluster == cluster).unwrap()
}

#[test]
fn who_answers_with_an_address_is_what_queries_find() {
    let sim = world();
    for of in ["192.0.2.1", "2001:db8::1", "192.0.2.9", "192.0.2.2", "203.0.113.7"] {
        let note = told(&sim, of);
        for place in PLACES {
            let levels = note.shards.iter().flat_map(|it| &it.answers_at);
            let is_told = levels.into_iter().any(|level| level.place == place);
            assert_eq!(is_told, brings(&sim, place, of), "{of} at {place:?}: {note:#?}");
        }
    }
}

#[test]
fn who_has_an_address_and_does_not_answer_is_told_with_the_reason() {
    let sim = world();
    let note = told(&sim, "192.0.2.9");
    assert_eq!(shard(&note, "east").reason, None);
    assert_eq!(shard(&note, "west").reason.as_deref(), Some("no ready endpoint"));
    assert_eq!(shard(&note, "west").stands, ["b.us"]);
    let note = told(&sim, "203.0.113.7");
    assert_eq!(note.shards.len(), 1, "{note:#?}");
    assert_eq!(shard(&note, "apart").answers_at.len(), 3);
}

#[test]
fn inside_clusters_and_of_name_servers_it_is_told_too() {
    let sim = world();
    let note = told(&sim, "10.0.0.7");
    assert!(note.shards.is_empty(), "{note:#?}");
    let [row] = &note.inside[..] else { panic!("{note:#?}") };
    assert_eq!((&*row.cluster, &*row.name, &row.reason), ("east", "own", &None));
    assert_eq!(row.federations, ["fed"]);
    let host = sim.snapshot.zones.iter().flat_map(|zone| &zone.hosts).next().unwrap();
    let of = IpAddr::from(host.v4[0]).to_string();
    assert_eq!(told(&sim, &of).nameservers.first(), Some(&host.name.to_string()));
}

/// The octets of an address stand in many shards for something else.
#[test]
fn nobody_is_said_to_have_what_only_looks_like_it() {
    let mut sim = world();
    let key = key("shop/last");
    let facts = ServiceFacts { ttl: Some(0x0102_0304), ..load_balancer(&[ip("5.6.7.8")]) };
    sim.say(&label("east"), applied(Facts::Service(key, facts)));
    for of in ["1.2.3.4", "0.0.0.0", "0.0.0.1", "1.0.0.0", "192.0.2.254", "2001:db8::2"] {
        let note = told(&sim, of);
        assert!(note.shards.is_empty() && note.inside.is_empty(), "{of}: {note:#?}");
    }
    assert_eq!(told(&sim, "5.6.7.8").shards[0].name, "last");
}

/// It goes on answering, and is said to do so from old facts: of an address and of a name.
#[test]
fn a_cluster_that_is_not_heard_is_told_with_the_age_of_its_facts() {
    let mut sim = world();
    sim.say(&label("east"), ClusterEvent::Contact(Contact::Reached));
    assert!(told(&sim, "192.0.2.1").stale.is_empty());
    let lost = sim.now;
    sim.say(&label("east"), ClusterEvent::Contact(Contact::Lost("gone".into())));
    sim.pass_to(Moment(lost.0 + Duration::from_secs(840)));
    let note = told(&sim, "192.0.2.1");
    let texts = note.stale.iter().map(|it| format!("{}: {it}", it.cluster)).collect::<Vec<_>>();
    assert_eq!(texts, ["east: facts of 14 min ago (silent)"]);
    assert_eq!(shard(&note, "east").answers_at.len(), 3, "{note:#?}");
    let query = LocalQuery::parse("web.shop.fed.svc.example.com", "A", LOCALHOST).unwrap();
    let explained = explain(&sim.state, &sim.snapshot, sim.now, &query).unwrap();
    assert_eq!(explained.service.unwrap().stale, note.stale);
}
