//! What the document of services says of each level, held against what is answered for the name
//! there: who answers, with which addresses, and where clients are sent instead.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::support::facts::{SYNCED, applied, federation, key, load_balancer, node, slice};
use crate::support::{Sim, label};
use fedns::clusters::watch_stats::WatchStats;
use fedns::core::event::{ClusterEvent, Contact, Facts};
use fedns::core::policy::{ClusterPolicy, Federation, Policy, Publish, WhenAllDown, WhenSilent};
use fedns::core::time::Moment;
use fedns::documents::DocumentInput;
use fedns::documents::removal_impact::removal_impact;
use fedns::documents::services::{ServiceFilter, ServicesForm, services};
use fedns::local_query::{LocalQuery, ReplyNote};
use serde_json::{Value, json};

const LOCALHOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

fn input<'s>(sim: &'s Sim, stats: &'s WatchStats) -> DocumentInput<'s> {
    let Sim { state, snapshot, now, .. } = sim;
    DocumentInput { state, snapshot, stats, now: *now }
}

/// The document, as programs read it.
fn document(sim: &Sim, federation: &str, form: ServicesForm) -> Value {
    let filter = ServiceFilter { federation: federation.into(), ..ServiceFilter::default() };
    let document = services(&input(sim, &WatchStats::default()), &filter, form).unwrap();
    serde_json::to_value(document).unwrap()
}

/// A world of clusters: name, place, and whether its shard of `shop/web` is ready; `None` where it
/// has never said a word.
fn world(federations: &[Federation], clusters: &[(&str, &str, Option<bool>)]) -> Sim {
    let policy = Policy { federations: federations.to_vec(), ..Policy::default() };
    let mut sim = Sim::new(policy, Duration::from_secs(3600));
    for (name, _, _) in clusters {
        let policy = ClusterPolicy { when_silent: WhenSilent::Withdraw, ..Default::default() };
        sim.register(&label(name), policy);
    }
    for (number, (name, place, is_ready)) in clusters.iter().enumerate() {
        let Some(is_ready) = is_ready else { continue };
        let (cluster, key) = (label(name), key("shop/web"));
        let facts = load_balancer(&[IpAddr::from([192, 0, 2, number as u8 + 1])]);
        sim.say(&cluster, applied(node(place)));
        sim.say(&cluster, applied(Facts::Service(key.clone(), facts)));
        let slice = slice(&key, u32::from(*is_ready), 0);
        sim.say(&cluster, applied(Facts::Slice(key, slice)));
        sim.say(&cluster, SYNCED);
    }
    sim
}

/// The service's name at a place of a federation's.
fn name_at(federation: &Federation, place: &Value) -> String {
    let place = place.as_str().map_or(String::new(), |place| format!("{place}."));
    format!("web.shop.{}.svc.{place}{}", federation.name, federation.domain)
}

/// What each level says in one word, after all that it says was held against the wire.
fn checked(sim: &Sim, federation: &Federation) -> Vec<String> {
    let document = document(sim, federation.name.as_str(), ServicesForm::Levels);
    let service = &document["services"][0];
    assert_eq!(document["federation"], federation.name.as_str());
    checked_numbers(sim, federation, service);
    let levels = service["levels"].as_array().unwrap();
    levels.iter().map(|level| checked_level(sim, federation, service, level)).collect()
}

fn ask(sim: &Sim, name: &str) -> ReplyNote {
    let query = LocalQuery::parse(name, "A", LOCALHOST).unwrap();
    ReplyNote::read(&query.ask(&sim.snapshot, sim.now)).unwrap()
}

/// The numbers are the same in both forms, and those of the wire.
fn checked_numbers(sim: &Sim, federation: &Federation, service: &Value) {
    let document = document(sim, federation.name.as_str(), ServicesForm::Numbers);
    let numbers = document["services"][0].as_object().unwrap();
    numbers.iter().for_each(|(key, value)| assert_eq!(&service[key], value, "{key}"));
    let levels = service["levels"].as_array().unwrap();
    let answers = |level: &&Value| !level["clusters"].as_array().unwrap().is_empty();
    let places = levels.iter().filter(|level| !level["place"].is_null()).filter(answers);
    assert_eq!(numbers["places"], places.count());
    let reply = ask(sim, &name_at(federation, &Value::Null));
    if numbers["healthyClusters"] != 0 {
        assert_eq!(numbers["addresses"], reply.answer.len(), "{reply:#?}");
    }
    if let Some(record) = reply.answer.first() {
        assert_eq!(numbers["ttl"], record.ttl);
    }
}

fn checked_level(sim: &Sim, federation: &Federation, service: &Value, level: &Value) -> String {
    let name = name_at(federation, &level["place"]);
    let reply = ask(sim, &name);
    let of_type = |kind: &str| {
        let records = reply.answer.iter().filter(|it| it.record_type == kind);
        records.map(|it| it.data.clone()).collect::<BTreeSet<_>>()
    };
    let context = format!("{name}\n{level:#}\n{reply:#?}");
    let place = level["place"].as_str().unwrap_or("world");
    if let Some(why) = level["absent"].as_str() {
        assert!(reply.answer.is_empty(), "{context}");
        return format!("{place}: absent: {why}");
    }
    if level["isGuess"] == true {
        assert_eq!(reply.rcode, "SERVFAIL", "{context}");
        return format!("{place}: not known");
    }
    let texts = |value: &Value| {
        let texts = value.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned());
        texts.collect::<BTreeSet<_>>()
    };
    let answering = texts(&level["clusters"]);
    if !answering.is_empty() {
        assert_eq!(
            (of_type("A"), of_type("CNAME").len()),
            (texts(&level["addresses"]), 0),
            "{context}"
        );
        assert!(reply.answer.iter().all(|it| it.ttl <= federation.ttl));
        return format!("{place}: {}", answering.into_iter().collect::<Vec<_>>().join(" "));
    }
    let end = &level["fallback"]["place"];
    let last = reply.answer.iter().rfind(|it| it.record_type == "CNAME");
    if level["fallback"].is_null() {
        assert!(last.is_none() && place == "world", "{context}");
        assert_eq!(
            of_type("A"),
            texts(service["whenAllDown"].get("addresses").unwrap_or(&json!([]))),
            "{context}"
        );
        return format!("{place}: nobody");
    }
    assert_eq!(last.map(|it| it.data.clone()), Some(name_at(federation, end)), "{context}");
    format!("{place}: to {}", end.as_str().unwrap_or("world"))
}

#[test]
fn levels_lead_where_queries_are_led() {
    let all = federation("all", "example.com");
    let clusters = [("near", "a.eu", Some(false)), ("far", "b.us", Some(true))];
    let sim = world(std::slice::from_ref(&all), &clusters);
    let expected = ["world: far", "eu: to world", "us: far", "a.eu: to world", "b.us: far"];
    assert_eq!(checked(&sim, &all), expected);
}

/// Names at `eu` belong to the other domain, and nobody is sent there.
#[test]
fn names_of_another_zone_are_no_levels() {
    let (all, eu) = (federation("all", "example.com"), federation("eu", "eu.example.com"));
    let clusters = [("near", "a.eu", Some(false)), ("far", "b.us", Some(true))];
    let sim = world(&[all.clone(), eu.clone()], &clusters);
    let absent = "absent: it lies in the zone eu.example.com.";
    let expected = [
        "world: far",
        &format!("eu: {absent}"),
        "us: far",
        &format!("a.eu: {absent}"),
        "b.us: far",
    ];
    assert_eq!(checked(&sim, &all), expected);
    let expected = ["world: far", "eu: to world", "us: far", "a.eu: to world", "b.us: far"];
    assert_eq!(checked(&sim, &eu), expected);
}

#[test]
fn names_of_another_zone_lose_nothing() {
    let (all, eu) = (federation("all", "example.com"), federation("eu", "eu.example.com"));
    let few = Federation { publish: Publish::Labelled, ..eu.clone() };
    let clusters = [("near", "a.eu", Some(true)), ("far", "b.us", Some(true))];
    for (federations, expected) in [
        (vec![all.clone()], vec!["a.eu 1/0", "eu 1/0", "global 1/1"]),
        (vec![all.clone(), eu], vec!["a.eu 1/0", "eu 1/0", "global 1/1"]),
        (vec![all, few], vec!["global 1/1"]),
    ] {
        let sim = world(&federations, &clusters);
        let stats = WatchStats::default();
        let impact = removal_impact(&input(&sim, &stats), &label("near"), None).unwrap();
        let levels = impact.changes[0].levels.iter();
        let levels = levels.map(|it| format!("{} {}/{}", it.place, it.lost, it.left));
        assert_eq!(levels.collect::<Vec<_>>(), expected);
    }
}

#[test]
fn what_a_silent_cluster_may_say_is_not_known() {
    let all = federation("all", "example.com");
    let clusters = [("near", "a.eu", Some(false)), ("far", "b.us", Some(true)), ("mute", "", None)];
    let sim = world(std::slice::from_ref(&all), &clusters);
    let expected = ["world: far", "eu: not known", "us: far", "a.eu: not known", "b.us: far"];
    assert_eq!(checked(&sim, &all), expected);
}

#[test]
fn a_zone_without_region_stands_for_every_zone_of_its_name() {
    let all = federation("all", "example.com");
    let clusters = [("lone", "a", Some(false)), ("far", "a.us", Some(true))];
    let sim = world(std::slice::from_ref(&all), &clusters);
    assert_eq!(checked(&sim, &all), ["world: far", "us: far", "a: far", "a.us: far"]);
}

#[test]
fn who_is_withdrawn_does_not_answer() {
    let all = federation("all", "example.com");
    let clusters = [("near", "a.eu", Some(true)), ("far", "b.us", Some(true))];
    let mut sim = world(std::slice::from_ref(&all), &clusters);
    sim.say(&label("near"), ClusterEvent::Contact(Contact::Lost("gone".into())));
    sim.pass_to(Moment(Duration::from_secs(90)));
    let expected = ["world: far", "eu: to world", "us: far", "a.eu: to world", "b.us: far"];
    assert_eq!(checked(&sim, &all), expected);
    let document = document(&sim, "all", ServicesForm::Levels);
    let service = &document["services"][0];
    let state = (&service["state"], &service["healthyClusters"], &service["publishedClusters"]);
    assert_eq!(state, (&json!("degraded"), &json!(1), &json!(2)));
    let near = &service["clusters"][1];
    let reason = json!("its cluster is silent and withdrawn");
    assert_eq!((&near["cluster"], &near["answers"]), (&json!("near"), &json!(false)));
    assert_eq!(near["reason"], reason);
}

#[test]
fn what_is_said_when_all_are_down_is_told() {
    for (policy, told) in [(WhenAllDown::All, 2), (WhenAllDown::Nodata, 0)] {
        let all = Federation { when_all_down: policy, ..federation("all", "example.com") };
        let clusters = [("near", "a.eu", Some(false)), ("far", "b.us", Some(false))];
        let sim = world(std::slice::from_ref(&all), &clusters);
        let expected =
            ["world: nobody", "eu: to world", "us: to world", "a.eu: to world", "b.us: to world"];
        assert_eq!(checked(&sim, &all), expected);
        let document = document(&sim, "all", ServicesForm::Levels);
        let service = &document["services"][0];
        let addresses = service["whenAllDown"]["addresses"].as_array().unwrap();
        assert_eq!((&service["addresses"], addresses.len()), (&json!(0), told));
    }
}

#[test]
fn what_was_not_read_is_no_fault_of_pods_and_what_is_not_heard_is_counted() {
    let federations = [federation("fed", "example.com")];
    let clusters = [("a", "z1.r1", Some(true)), ("b", "z2.r1", None)];
    let mut sim = world(&federations, &clusters);
    // Its Services came in, and its slices are not to be read.
    let (cluster, key) = (label("b"), key("shop/web"));
    sim.say(&cluster, applied(node("z2.r1")));
    sim.say(&cluster, applied(Facts::Service(key, load_balancer(&[[192, 0, 2, 9].into()]))));
    let row = |sim: &Sim| document(sim, "fed", ServicesForm::Levels)["services"][0].clone();
    let shards = row(&sim)["clusters"].clone();
    assert_eq!(shards[1]["reason"], "its cluster was never read whole");
    assert!(row(&sim)["unheardClusters"].is_null());
    sim.say(&label("a"), ClusterEvent::Contact(Contact::Lost("refused".into())));
    assert_eq!(row(&sim)["unheardClusters"], 1);
}
