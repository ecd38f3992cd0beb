//! What a static zone answers, held against a model that walks a list of records.

use std::collections::BTreeMap;
use std::time::Duration;

use fedns::core::zone::{print, type_name};
use fedns::presentation;
use hickory_proto::op::Message;
use hickory_proto::rr::Record;
use hickory_proto::serialize::binary::BinEncodable;
use proptest::prelude::*;
use proptest::sample::select;

use super::model::{Answer, Fact, Model, text};
use super::{policy, zone};
use crate::support::Sim;
use crate::support::packet::Ask;

const APEX: [&str; 2] = ["example", "com"];

fn labels(parts: &[&str]) -> Vec<String> {
    parts.iter().map(ToString::to_string).collect()
}

/// Names of a small world, so that they meet often.
fn names() -> impl Strategy<Value = Vec<String>> {
    let label = select(vec!["a", "b", "*", "ab"]);
    proptest::collection::vec(label, 0..4).prop_map(|mut parts| {
        parts.extend(APEX);
        labels(&parts)
    })
}

fn targets() -> impl Strategy<Value = Vec<String>> {
    prop_oneof![9 => names(), 1 => Just(labels(&["x", "example", "net"]))]
}

/// What may stand at one owner.
#[derive(Clone, Debug)]
enum Owner {
    Alias(Vec<String>),
    Cut(Vec<String>),
    Data { addresses: u8, has_text: bool, dname: Option<Vec<String>> },
}

fn owners() -> impl Strategy<Value = Owner> {
    let data = (0..4_u8, any::<bool>(), proptest::option::weighted(0.3, targets()));
    prop_oneof![
        3 => targets().prop_map(Owner::Alias),
        1 => targets().prop_map(Owner::Cut),
        4 => data.prop_map(|(addresses, has_text, dname)| Owner::Data { addresses, has_text, dname }),
    ]
}

fn model(owners: BTreeMap<Vec<String>, Owner>) -> Model {
    let apex = labels(&APEX);
    let mut facts = Vec::new();
    let mut add = |owner: &[String], record_type, data: String, target: &[String]| {
        facts.push(Fact { owner: owner.to_vec(), record_type, data, target: target.to_vec() });
    };
    let server = labels(&["ns", "example", "net"]);
    add(&apex, "NS", text(&server), &server);
    add(&apex, "SOA", "ns.example.net. h.example.net. 1 2 3 4 5".into(), &[]);
    for (owner, what) in owners {
        let (is_apex, is_wildcard) = (owner == apex, owner[0] == "*");
        match what {
            Owner::Alias(target) if !is_apex => add(&owner, "CNAME", text(&target), &target),
            Owner::Cut(server) if !is_apex && !is_wildcard => {
                add(&owner, "NS", text(&server), &server);
            }
            Owner::Alias(_) | Owner::Cut(_) => {}
            Owner::Data { addresses, has_text, dname } => {
                for address in 0..addresses {
                    add(&owner, "A", format!("192.0.2.{address}"), &[]);
                }
                if has_text {
                    add(&owner, "TXT", format!("\"{}\"", addresses), &[]);
                }
                if let Some(target) = dname.filter(|_| !is_wildcard) {
                    add(&owner, "DNAME", text(&target), &target);
                }
            }
        }
    }
    Model { apex, facts }
}

fn master_file(model: &Model) -> String {
    let line = |it: &Fact| format!("{} 60 {} {}\n", text(&it.owner), it.record_type, it.data);
    model.facts.iter().map(line).collect()
}

/// A reply in the words of the model.
fn answer(reply: &[u8]) -> Answer {
    let message = Message::from_vec(reply).expect("others can read what is written");
    let owner = |record: &Record| presentation::name(&record.name);
    let line = |record: &Record| {
        let number = u16::from(record.record_type());
        let record_type = type_name(number).to_string();
        match &*record_type {
            "HINFO" => format!("{} HINFO", owner(record)),
            // The serial is ours.
            "SOA" => format!("{} SOA ns.example.net. h.example.net. 1 2 3 4 5", owner(record)),
            _ => {
                let octets = record.data.to_bytes().expect("data can be written");
                format!("{} {record_type} {}", owner(record), print(number, &octets))
            }
        }
    };
    let authority = message.authorities.first();
    Answer {
        rcode: u16::from(message.metadata.response_code),
        answers: message.answers.iter().map(line).collect(),
        authority: authority
            .map(|it| format!("{} {}", owner(it), type_name(u16::from(it.record_type())))),
        is_authoritative: message.metadata.authoritative,
    }
}

/// Addresses rotate: their order is no matter.
fn sorted(mut answer: Answer) -> Answer {
    let start = answer.answers.iter().position(|it| it.contains(" A ")).unwrap_or(0);
    if answer.answers.iter().any(|it| it.contains(" A ")) {
        answer.answers[start..].sort();
    }
    answer
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// RFC 1034, section 4.3.2; RFC 4592; RFC 6672.
    #[test]
    fn answers_are_those_of_a_walk_over_all_records(
        owners in proptest::collection::btree_map(names(), owners(), 0..8),
        questions in proptest::collection::vec((names(), select(vec!["A", "TXT", "CNAME", "NS", "SOA", "MX", "ANY", "DNAME"])), 1..12),
        draw in any::<u64>(),
    ) {
        let model = model(owners);
        let written = master_file(&model);
        let mut sim = Sim::new(policy([zone("example.com", &written)]), Duration::ZERO);
        for (name, record_type) in questions {
            let mut ask = Ask::new(&text(&name), record_type);
            ask.draw = draw;
            ask.transport = fedns::core::answer::Transport::Tcp;
            let found = sorted(answer(&sim.ask(&ask)));
            let expected = sorted(model.answer(&name, record_type));
            prop_assert_eq!(found, expected, "{} {}\n{}", text(&name), record_type, written);
        }
    }
}
