//! What fedns answers, held against the rows of `tests/core/vectors`: worlds of clusters, what a resolver
//! says, a question each, and the answer, most of them taken from the tests of Kubernetes Federation
//! v1 and kube-dns.
//!
//! Another decoder than our own reads the replies.

mod compare;
mod row;
mod world;
mod inside;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use fedns::core::answer::{Reply, Request, Scratch, Transport, answer};
use fedns::core::event::{ClusterEvent, Facts};
use fedns::core::hostname::{Answer, Finding, Resolution, ResolveRequest};
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::{Changes, State};
use fedns::core::time::{Moment, Now};
use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, SOA};
use hickory_proto::rr::{self, RData, Record};

use compare::{faults, flat, plain, show, show_reply};
use row::{Op, Ours, Question, Row, Set, rows};
use world::{World, federation_name, world};

// --- the program ----------------------------------------------------------------------------------

/// What the program replies to `packet` in `world`.
fn ask(world: &World, packet: &[u8], is_tcp: bool) -> Result<Vec<u8>, String> {
    let request = Request {
        packet,
        transport: if is_tcp { Transport::Tcp } else { Transport::Udp },
        client: world.client,
        idle: Duration::ZERO,
        listener: None,
        now: Moment::default(),
        draw: 0,
    };
    let mut buffer = vec![0; 65_535];
    let mut reply = Reply::new(&mut buffer);
    answer(&snapshot(world), &request, &mut Scratch::default(), &mut reply);
    Ok(reply.octets().to_vec())
}

/// The world after its clusters and its resolver have spoken.
fn snapshot(world: &World) -> Snapshot {
    let now = Now { moment: Moment::default(), unix_seconds: 1_800_000_000 };
    let mut state = State::new(Arc::new(world.policy.clone()), now, Duration::from_secs(30));
    for member in &world.clusters {
        state.register(member.name.clone(), member.policy.clone());
    }
    let mut resolve_requests = Vec::new();
    for member in &world.clusters {
        for event in &member.events {
            resolve_requests.extend(state.apply(now, &member.name, event.clone()).resolve_requests);
        }
    }
    for request in resolve_requests {
        let ResolveRequest::Ask(name) = request else { panic!("no shard goes away: {request:?}") };
        let addresses = world.hosts.get(&*name).cloned();
        let finding = addresses.map_or(Finding::Denied, |addresses| {
            Finding::Answered(Answer { addresses, ..Answer::default() })
        });
        let again_in = Duration::from_secs(30);
        state.resolve(now, &name, Resolution { finding, again_in });
    }
    Publisher::new(&state, 0).publish(&state, &Changes::default(), now)
}

// --- a question -> a reply ------------------------------------------------------------------------

fn inquire(
    world: &World,
    name: &str,
    record_type: &str,
    is_tcp: bool,
    with_edns: bool,
) -> Result<Message, String> {
    let mut query = Message::new(0x5eed, MessageType::Query, OpCode::Query);
    let name = rr::Name::from_ascii(name).unwrap();
    query.add_query(Query::query(name, record_type.parse().unwrap()));
    if with_edns {
        query.set_edns(Edns::new().set_max_payload(1232).set_version(0).clone());
    }
    let packet = query.to_vec().unwrap();
    let reply = read(&ask(world, &packet, is_tcp)?, &query)?;
    if !reply.metadata.truncation {
        return Ok(reply);
    }
    if is_tcp {
        return Err("TC is set over TCP".to_owned());
    }
    if !reply.answers.is_empty() || !reply.authorities.is_empty() {
        return Err("TC is set, but the sections are not empty".to_owned());
    }
    read(&ask(world, &packet, true)?, &query)
}

/// Decodes the reply to `query`, whatever it answers.
fn read(packet: &[u8], query: &Message) -> Result<Message, String> {
    let reply = Message::from_vec(packet).map_err(|e| format!("the reply can not be read: {e}"))?;
    let is_ours = reply.metadata.id == query.metadata.id
        && reply.metadata.message_type == MessageType::Response
        && reply.metadata.op_code == OpCode::Query;
    if !is_ours {
        return Err("this is no response to the question".to_owned());
    }
    if reply.edns.is_some() != query.edns.is_some() {
        return Err(match reply.edns {
            Some(_) => "EDNS in the reply, but not in the question".to_owned(),
            None => "no EDNS in the reply".to_owned(),
        });
    }
    // As text: names compare without case, and the question must keep its own (0x20).
    let text = |message: &Message| message.queries.iter().map(Query::to_string).collect::<Vec<_>>();
    if text(&reply) != text(query) {
        return Err(format!("the question came back as {:?}", text(&reply)));
    }
    Ok(reply)
}

// --- rows against the program ---------------------------------------------------------------------

fn check(row: &Row, world: &World, is_tcp: bool, with_edns: bool) -> Result<(), String> {
    match &row.query {
        Some(question) if row.op == Op::Query => {
            check_query(question, &row.ours, world, is_tcp, with_edns)
        }
        _ => check_records(row, &|name, record_type| {
            inquire(world, name, record_type, is_tcp, with_edns)
        }),
    }
}

fn check_query(
    Question { name, record_type }: &Question,
    ours: &Ours,
    world: &World,
    is_tcp: bool,
    with_edns: bool,
) -> Result<(), String> {
    let reply = inquire(world, name, record_type, is_tcp, with_edns)
        .map_err(|e| format!("{name} {record_type}: {e}"))?;
    let bad = faults(ours, &reply, name);
    let Ours { rcode, answer, soa, .. } = ours;
    bad.is_empty().then_some(()).ok_or_else(|| {
        let expected = show(rcode, answer, soa.as_deref());
        let (bad, got) = (bad.join("; "), show_reply(&reply));
        format!("{name} {record_type}: {bad}\n    expected {expected}\n    got      {got}")
    })
}

/// Every canonical name of the row's service holds its records at that owner, and no others.
fn check_records(
    row: &Row,
    inquire: &dyn Fn(&str, &str) -> Result<Message, String>,
) -> Result<(), String> {
    let mut want = BTreeMap::new();
    for set in &row.ours.records {
        let rdatas = set.rdata.iter().map(|rdata| plain(&set.record_type, rdata));
        let found = BTreeMap::from([((set.record_type.clone(), set.ttl), rdatas.collect())]);
        want.insert((set.owner.to_lowercase(), set.record_type.as_str()), found);
    }
    let mut names = canonical_names(row);
    names.extend(want.keys().map(|(owner, _)| owner.clone()));
    for name in &names {
        for record_type in ["A", "AAAA", "CNAME"] {
            let reply = inquire(name, record_type).map_err(|e| format!("{name}: {e}"))?;
            let mut got = BTreeMap::<_, BTreeSet<String>>::new();
            for line in flat(&reply.answers) {
                if line.owner.to_lowercase() == *name {
                    let rdata = plain(&line.record_type, &line.rdata.unwrap());
                    let key = (line.record_type, line.ttl.unwrap());
                    got.entry(key).or_default().insert(rdata);
                }
            }
            // Where a name is an alias, every type is answered with it.
            let alias = want.get(&(name.clone(), "CNAME"));
            let expected = alias.or_else(|| want.get(&(name.clone(), record_type)));
            let expected = expected.cloned().unwrap_or_default();
            if got != expected {
                return Err(format!(
                    "{name} {record_type} at this owner\n    expected {expected:?}\n    got      {}",
                    show_reply(&reply)
                ));
            }
        }
    }
    Ok(())
}

/// The service's names at every place of the row, also of clusters that are not registered.
fn canonical_names(row: &Row) -> BTreeSet<String> {
    let stem =
        format!("{}.{}.{}.svc.", row.service.name, row.service.namespace, federation_name(row));
    let mut places = BTreeSet::from([String::new()]);
    for cluster in &row.clusters {
        let (region, zones) = cluster.places();
        let region = if region.is_empty() { String::new() } else { format!("{region}.") };
        places.extend(zones.iter().map(|zone| format!("{zone}.{region}")));
        places.insert(region);
    }
    let name = |place| format!("{stem}{place}{}.", row.settings.suffix).to_lowercase();
    places.iter().map(name).collect()
}

#[test]
fn every_row_holds() {
    let rows = rows();
    let mut failed = Vec::new();
    for row in &rows {
        let world = world(row);
        for (way, is_tcp, with_edns) in WAYS {
            if let Err(fault) = check(row, &world, is_tcp, with_edns) {
                failed.push(format!("FAIL {} ({}, {way})\n    {fault}", row.id, row.disposition));
                break;
            }
        }
    }
    tell(&failed, rows.len());
}

/// Whether over TCP, and with EDNS.
const WAYS: [(&str, bool, bool); 3] =
    [("UDP", false, true), ("TCP", true, true), ("UDP without EDNS", false, false)];

fn tell(failed: &[String], rows: usize) {
    let shown = failed.len().min(20);
    assert!(
        failed.is_empty(),
        "{} of {rows} rows do not hold, the first {shown}:\n{}",
        failed.len(),
        failed[..shown].join("\n")
    );
}

#[test]
fn every_row_asked_from_inside_holds() {
    let rows = inside::rows();
    let mut failed = Vec::new();
    for row in &rows {
        let world = inside::world(row);
        for (way, is_tcp, with_edns) in WAYS {
            if let Err(fault) = check_query(&row.query, &row.ours, &world, is_tcp, with_edns) {
                failed.push(format!("FAIL {} ({}, {way})\n    {fault}", row.id, row.disposition));
                break;
            }
        }
    }
    tell(&failed, rows.len());
}

// --- the comparison against planted faults ---------------------------------------------------------

/// The reply that `ours` describes.
fn rendered(row: &Row) -> Message {
    let name = |text: &str| rr::Name::from_ascii(text).unwrap();
    let question = row.query.as_ref().unwrap();
    let mut reply = Message::response(0x5eed, OpCode::Query);
    let query_type = question.record_type.parse().unwrap();
    reply.add_query(Query::query(name(&question.name), query_type));
    reply.metadata.authoritative = true;
    reply.metadata.response_code = match row.ours.rcode.as_str() {
        "NOERROR" => ResponseCode::NoError,
        "NXDOMAIN" => ResponseCode::NXDomain,
        other => panic!("{}: no row had {other} so far", row.id),
    };
    for line in &row.ours.answer {
        let rdata = line.rdata.as_deref().unwrap();
        let rdata = match line.record_type.as_str() {
            "A" => RData::A(rdata.parse().unwrap()),
            "AAAA" => RData::AAAA(rdata.parse().unwrap()),
            _ => RData::CNAME(CNAME(name(rdata))),
        };
        reply.add_answer(Record::from_rdata(name(&line.owner), line.ttl.unwrap(), rdata));
    }
    if let Some(owner) = &row.ours.soa {
        let soa = SOA::new(name("ns1.x."), name("hostmaster.x."), 1, 60, 30, 1_209_600, 5);
        reply.add_authority(Record::from_rdata(name(owner), 5, RData::SOA(soa)));
    }
    reply.set_edns(Edns::new());
    reply
}

fn faults_of(row: &Row, reply: &Message) -> Vec<String> {
    let mut query = Message::new(0x5eed, MessageType::Query, OpCode::Query);
    query.add_queries(reply.queries.iter().cloned()).set_edns(Edns::new());
    let reply = read(&reply.to_vec().unwrap(), &query).unwrap();
    faults(&row.ours, &reply, &row.query.as_ref().unwrap().name)
}

#[test]
fn a_reply_as_expected_has_no_fault() {
    for row in rows().iter().filter(|row| row.op == Op::Query) {
        assert_eq!(faults_of(row, &rendered(row)), Vec::<String>::new(), "{}", row.id);
    }
}

#[test]
fn every_fault_of_a_reply_is_noticed() {
    let rows = rows();
    let chained = |row: &&Row| row.op == Op::Query && row.ours.answer.len() == 3;
    let positive = rows.iter().filter(chained).find(|row| row.ours.soa.is_none()).unwrap();
    let negative = rows.iter().find(|row| row.ours.soa.is_some()).unwrap();
    type Plant = fn(&mut Message);
    let plants: [(&Row, &str, Plant); 13] = [
        (positive, "rcode", |m| m.metadata.response_code = ResponseCode::NXDomain),
        (positive, "AA is false", |m| m.metadata.authoritative = false),
        (positive, "owners and types, or their order", |m| m.answers.swap(0, 1)),
        (positive, "owners and types, or their order", |m| drop(m.answers.pop())),
        (positive, "TTL of ", |m| m.answers[1].ttl = 179),
        (positive, " A", |m| m.answers[2].data = RData::A("192.0.2.9".parse().unwrap())),
        (positive, " A", |m| m.answers.push(m.answers[2].clone())),
        (positive, "does not keep the question's case", |m| {
            m.answers[0].name =
                rr::Name::from_ascii(m.answers[0].name.to_ascii().to_uppercase()).unwrap();
        }),
        (positive, "authority is not empty", |m| m.authorities = vec![m.answers[0].clone()]),
        (negative, "authority is not one SOA", |m| m.authorities.clear()),
        (negative, "SOA of x.", |m| {
            m.authorities[0].name = rr::Name::from_ascii("x.").unwrap();
        }),
        (negative, "SOA minimum 5, TTL 6", |m| m.authorities[0].ttl = 6),
        (negative, "SOA minimum 60, TTL 5", |m| {
            if let RData::SOA(soa) = &mut m.authorities[0].data {
                soa.minimum = 60;
            }
        }),
    ];
    for (row, expected, plant) in plants {
        let mut reply = rendered(row);
        plant(&mut reply);
        let found = faults_of(row, &reply);
        assert!(found.iter().any(|fault| fault.contains(expected)), "{expected}: {found:?}");
    }
}

#[test]
fn a_reply_to_something_else_is_no_reply() {
    let rows = rows();
    let row = rows.iter().find(|row| row.op == Op::Query).unwrap();
    let reply = rendered(row);
    let mut query = Message::new(0x5eed, MessageType::Query, OpCode::Query);
    query.add_queries(reply.queries.iter().cloned()).set_edns(Edns::new());
    let fault = |query: &Message, reply: &Message| {
        read(&reply.to_vec().unwrap(), query).expect_err("a fault was planted")
    };
    let mut other = reply.clone();
    other.metadata.id = 1;
    assert_eq!(fault(&query, &other), "this is no response to the question");
    let mut other = reply.clone();
    let upper = reply.queries[0].name().to_ascii().to_uppercase();
    other.queries[0].set_name(rr::Name::from_ascii(upper).unwrap());
    assert!(fault(&query, &other).starts_with("the question came back as"));
    let mut other = reply.clone();
    other.edns = None;
    assert_eq!(fault(&query, &other), "no EDNS in the reply");
    query.edns = None;
    assert_eq!(fault(&query, &reply), "EDNS in the reply, but not in the question");
}

/// Each record set of a row, asked by name and type as a sound server would answer it.
#[test]
fn record_sets_are_compared_at_their_owners() {
    let rows = rows();
    let row = rows.iter().find(|row| row.ours.records.len() > 3).unwrap();
    let answer = |name: &str, record_type: &str, ttl: u32| {
        let mut reply = Message::response(0x5eed, OpCode::Query);
        let fits = |set: &&Set| {
            set.owner == name && (set.record_type == "CNAME" || set.record_type == record_type)
        };
        let owner = rr::Name::from_ascii(name).unwrap();
        for set in row.ours.records.iter().filter(fits) {
            for rdata in &set.rdata {
                let rdata = match set.record_type.as_str() {
                    "A" => RData::A(rdata.parse().unwrap()),
                    "AAAA" => RData::AAAA(rdata.parse().unwrap()),
                    _ => RData::CNAME(CNAME(rr::Name::from_ascii(rdata).unwrap())),
                };
                reply.add_answer(Record::from_rdata(owner.clone(), ttl, rdata));
            }
        }
        Ok(reply)
    };
    assert_eq!(check_records(row, &|name, record_type| answer(name, record_type, 180)), Ok(()));
    assert!(check_records(row, &|name, record_type| answer(name, record_type, 179)).is_err());
    assert!(check_records(row, &|_, _| Ok(Message::response(0, OpCode::Query))).is_err());
}

#[test]
fn every_third_cluster_says_by_configuration_where_it_stands() {
    let rows = rows();
    let row = rows.iter().find(|row| row.clusters.len() == 8).unwrap();
    for (index, (member, cluster)) in world(row).clusters.iter().zip(&row.clusters).enumerate() {
        let ClusterEvent::Listed(listings) = &member.events[0] else {
            panic!("a list comes first")
        };
        let Facts::Node(_, node) = &listings[0].objects[0].facts else {
            panic!("nodes stand first")
        };
        let (by_node, by_policy) = (node.region.is_some(), member.policy.region.is_some());
        assert_eq!((by_node, by_policy), (index % 3 != 1, index % 3 == 1), "{}", cluster.name);
    }
}
