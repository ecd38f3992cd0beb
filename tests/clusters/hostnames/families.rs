//! Resolvers that say nothing to questions for one family of addresses, or say it late, or can not say it: what
//! comes counts when it comes, and nothing of the other family is lost.

use std::collections::BTreeSet;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_proto::rr::{Name, RecordType};

use super::resolver::{OnEdns, Resolver, Says};
use super::{PATIENCE, add, addresses, ask_until, name_of, status_until, world};
use crate::process::Server;

const FAMILIES: [(RecordType, &str); 2] =
    [(RecordType::A, "192.0.2.1"), (RecordType::AAAA, "2001:db8::1")];

fn ask(server: &Server, service: &str, record_type: RecordType) -> Option<Message> {
    let mut message = Message::new(7, MessageType::Query, OpCode::Query);
    message.add_query(Query::query(Name::from_ascii(name_of(service)).unwrap(), record_type));
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    socket.send_to(&message.to_vec().unwrap(), server.udp).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).ok()?;
    Some(Message::from_vec(&buffer[..length]).unwrap())
}

/// Asks for a type until the answer has these addresses and no others.
#[track_caller]
fn until(server: &Server, service: &str, record_type: RecordType, expected: &[&str]) -> Message {
    let expected: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
    let end = Instant::now() + PATIENCE;
    loop {
        let reply = ask(server, service, record_type);
        if let Some(reply) = reply.as_ref().filter(|reply| addresses(reply) == expected) {
            return reply.clone();
        }
        assert!(Instant::now() < end, "{service} {record_type}: {reply:?}");
    }
}

/// How many hostnames have been asked for to the end.
fn answered(server: &Server) -> u64 {
    server.metric("fedns_hostname_resolutions_total{result=\"answered\"} ")
}

/// A world in which a resolver drops a family of `lb.test`, which is that of `cart`.
fn dropping(resolver: &Resolver, dropped: RecordType) -> tempfile::TempDir {
    resolver.gives("lb.test", 300, &["192.0.2.1", "2001:db8::1"]);
    resolver.drops("lb.test", dropped);
    let folder = world(&[resolver.address]);
    add(folder.path(), "cart", "lb.test");
    folder
}

#[test]
fn a_family_that_is_dropped_does_not_hold_the_other_back() {
    let mut before_the_end = 0;
    for (dropped, _) in FAMILIES {
        let (comes, address) = FAMILIES.into_iter().find(|(it, _)| *it != dropped).unwrap();
        for does in [OnEdns::Answers, OnEdns::Says(ResponseCode::FormErr), OnEdns::Drops] {
            let resolver = Resolver::start();
            resolver.on_edns(does);
            let folder = dropping(&resolver, dropped);
            let server = Server::start(folder.path());
            let reply = until(&server, "cart", comes, &[address]);
            // The rest is still waited for, unless the machine has stalled for seconds.
            before_the_end += u32::from(answered(&server) == 0);
            assert_eq!(reply.answers[0].ttl, 30, "nobody has spoken of the other family");
            // The name is there, and nothing more is known.
            let reply = until(&server, "cart", dropped, &[]);
            assert_eq!(reply.metadata.response_code, ResponseCode::NoError);
            let end = Instant::now() + PATIENCE;
            while answered(&server) == 0 {
                assert!(Instant::now() < end, "it is never asked for to the end");
            }
            until(&server, "cart", comes, &[address]);
        }
    }
    assert!(before_the_end > 0, "one family was held back for the other");
}

/// A world whose hostname is resolved in both families, and then one is dropped.
fn resolved(resolver: &Resolver, folder: &Path) -> Server {
    resolver.gives("lb.test", 1, &["192.0.2.1", "2001:db8::1"]);
    add(folder, "cart", "lb.test");
    let server = Server::start(folder);
    for (record_type, address) in FAMILIES {
        until(&server, "cart", record_type, &[address]);
    }
    server
}

#[test]
fn what_was_known_of_a_family_stays_while_the_other_moves_or_goes() {
    let resolver = Resolver::start();
    let folder = world(&[resolver.address]);
    let server = resolved(&resolver, folder.path());
    resolver.drops("lb.test", RecordType::AAAA);
    resolver.gives("lb.test", 1, &["192.0.2.2", "2001:db8::2"]);
    until(&server, "cart", RecordType::A, &["192.0.2.2"]);
    until(&server, "cart", RecordType::AAAA, &["2001:db8::1"]);
    // It has no address of that family any more: that is said, and counts.
    resolver.gives("lb.test", 1, &["2001:db8::2"]);
    until(&server, "cart", RecordType::A, &[]);
    until(&server, "cart", RecordType::AAAA, &["2001:db8::1"]);
    // NXDOMAIN of one family, said once, does not.
    resolver.gives("lb.test", 1, &["192.0.2.3"]);
    until(&server, "cart", RecordType::A, &["192.0.2.3"]);
    resolver.says("lb.test", Says::Code(ResponseCode::NXDomain));
    status_until(&server, "lb.test", "state", "failing");
    until(&server, "cart", RecordType::A, &["192.0.2.3"]);
}

#[test]
fn what_is_too_long_for_a_datagram_and_not_said_over_tcp_is_not_known() {
    let resolver = Resolver::start();
    let folder = world(&[resolver.address]);
    let server = resolved(&resolver, folder.path());
    resolver.without_tcp();
    resolver.truncates("lb.test");
    resolver.gives("lb.test", 1, &["192.0.2.9"]);
    status_until(&server, "lb.test", "state", "failing");
    assert!(resolver.over_tcp() > 0);
    for (record_type, address) in FAMILIES {
        until(&server, "cart", record_type, &[address]);
    }
}

#[test]
fn what_comes_late_counts() {
    let resolver = Resolver::start();
    resolver.slow(Duration::from_millis(1500));
    resolver.gives("lb.test", 60, &["192.0.2.1"]);
    let folder = world(&[resolver.address]);
    add(folder.path(), "cart", "lb.test");
    let server = Server::start(folder.path());
    ask_until(&server, "cart", &["192.0.2.1"]);
}
