//! What is wrong with a reply, held against what a row expects.

use std::collections::BTreeSet;
use std::net::IpAddr;

use fedns::core::wire::Rcode;
use hickory_proto::op::Message;
use hickory_proto::rr::{RData, Record, RecordType};

use super::row::{Line, Ours};

/// TTL and minimum of the SOA beside a negative answer: `negativeTtl` where nothing is configured.
const NEGATIVE_TTL: u32 = 5;

fn rcode(reply: &Message) -> &'static str {
    Rcode(reply.metadata.response_code.into()).as_str()
}

pub(crate) fn flat(records: &[Record]) -> Vec<Line> {
    let line = |record: &Record| Line {
        owner: record.name.to_ascii(),
        record_type: record.record_type().to_string(),
        ttl: Some(record.ttl),
        rdata: Some(record.data.to_string()),
    };
    records.iter().map(line).collect()
}

pub(crate) fn plain(record_type: &str, rdata: &str) -> String {
    if matches!(record_type, "A" | "AAAA") {
        rdata.parse::<IpAddr>().map_or_else(|_| rdata.to_owned(), |address| address.to_string())
    } else {
        rdata.to_lowercase().replace('"', "")
    }
}

/// Neighbours of one owner and type; within them the order says nothing.
struct Neighbours {
    key: (String, String),
    ttls: BTreeSet<Option<u32>>,
    rdatas: BTreeSet<Option<String>>,
    count: usize,
}

fn rrsets(lines: &[Line]) -> Vec<Neighbours> {
    let mut out: Vec<Neighbours> = Vec::new();
    for line in lines {
        let key = (line.owner.to_lowercase(), line.record_type.clone());
        if out.last().is_none_or(|last| last.key != key) {
            let (ttls, rdatas) = Default::default();
            out.push(Neighbours { key, ttls, rdatas, count: 0 });
        }
        let last = out.last_mut().unwrap();
        last.ttls.insert(line.ttl);
        last.rdatas.insert(line.rdata.as_deref().map(|rdata| plain(&line.record_type, rdata)));
        last.count += 1;
    }
    out
}

pub(crate) fn faults(expected: &Ours, reply: &Message, name: &str) -> Vec<String> {
    let mut bad = Vec::new();
    if rcode(reply) != expected.rcode {
        bad.push("rcode".to_owned());
    }
    if reply.metadata.authoritative != (expected.rcode != "REFUSED") {
        bad.push(format!("AA is {}", reply.metadata.authoritative));
    }
    let (want, got) = (rrsets(&expected.answer), rrsets(&flat(&reply.answers)));
    if !want.iter().map(|set| &set.key).eq(got.iter().map(|set| &set.key)) {
        bad.push("owners and types, or their order".to_owned());
    } else {
        for (want, got) in want.iter().zip(&got) {
            let (owner, record_type) = &want.key;
            let is_promised = !want.rdatas.contains(&None);
            if want.count != got.count || is_promised && want.rdatas != got.rdatas {
                bad.push(format!("{owner} {record_type}"));
            }
            if !want.ttls.contains(&None) && want.ttls != got.ttls {
                bad.push(format!("TTL of {owner} {record_type}"));
            }
        }
    }
    if let Some(first) = reply.answers.first().map(|record| record.name.to_ascii())
        && first.eq_ignore_ascii_case(name)
        && first != name
    {
        bad.push("the first owner does not keep the question's case".to_owned());
    }
    bad.extend(authority_fault(expected.soa.as_deref(), &reply.authorities));
    bad
}

fn authority_fault(expected: Option<&str>, authority: &[Record]) -> Option<String> {
    let Some(owner) = expected else {
        return (!authority.is_empty()).then(|| "authority is not empty".to_owned());
    };
    let [Record { name, ttl, data: RData::SOA(soa), .. }] = authority else {
        return Some("authority is not one SOA".to_owned());
    };
    if name.to_ascii().to_lowercase() != owner {
        return Some(format!("SOA of {name}"));
    }
    let is_bad = soa.minimum != NEGATIVE_TTL || *ttl > NEGATIVE_TTL;
    is_bad.then(|| format!("SOA minimum {}, TTL {ttl}", soa.minimum))
}

pub(crate) fn show(rcode: &str, answer: &[Line], soa: Option<&str>) -> String {
    let mut out = rcode.to_owned();
    for Line { owner, record_type, ttl, rdata } in answer {
        let ttl = ttl.map_or("-".to_owned(), |ttl| ttl.to_string());
        out += &format!("\n      {owner} {ttl} {record_type} {}", rdata.as_deref().unwrap_or("-"));
    }
    out + &soa.map_or(String::new(), |soa| format!("\n      SOA of {soa}"))
}

pub(crate) fn show_reply(reply: &Message) -> String {
    let soa = reply.authorities.iter().find(|record| record.record_type() == RecordType::SOA);
    let soa = soa.map(|record| record.name.to_ascii());
    show(rcode(reply), &flat(&reply.answers), soa.as_deref())
}
