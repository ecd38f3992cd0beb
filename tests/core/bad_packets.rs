//! Bad packets: `tests/bad/packets.txt` holds packets that break some rule, as octets, each with
//! what must come back. `UPDATE_EXPECT=1 cargo test --test core bad_packets::` writes the replies anew.
//!
//! ```text
//! # the rule that is broken
//! packet NAME [tcp]
//! = octets in hex, and "text", over as many lines as they need
//!   the reply in words
//! ```

use crate::support;
use std::path::Path;
use std::time::Duration;

use fedns::core::answer::Transport;
use fedns::core::event::Facts;
use fedns::core::policy::{ClusterPolicy, Policy};

use crate::support::{Sim, facts, label, render};

#[test]
fn every_bad_packet_gets_what_is_written() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/packets.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let mut sim = world();
    let (mut played, mut packet, mut transport) = (String::new(), None, Transport::Udp);
    let mut count = 0;
    for line in text.lines().chain([""]) {
        if line.starts_with("  ") {
            continue;
        }
        if let Some(hex) = line.strip_prefix('=') {
            packet.get_or_insert_with(Vec::new).extend(octets(hex));
        } else if let Some(packet) = packet.take() {
            let reply = sim.answer(&packet, transport, 0).0;
            for said in render::lines(reply) {
                played.push_str(&format!("  {said}\n"));
            }
            count += 1;
        }
        if line.starts_with("packet ") {
            transport = if line.ends_with(" tcp") { Transport::Tcp } else { Transport::Udp };
        }
        played.push_str(line);
        played.push('\n');
    }
    let played = format!("{}\n", played.trim_end());
    assert!(count >= 25, "{count} packets");
    let checked = support::expect::check(&path, &text, &played);
    assert!(checked.is_ok(), "{}", checked.unwrap_err());
}

fn world() -> Sim {
    let federations = vec![facts::federation("myfed", "example.com")];
    let mut sim = Sim::new(Policy { federations, ..Policy::default() }, Duration::ZERO);
    let (east, key) = (label("east"), facts::key("shop/cart"));
    sim.register(&east, ClusterPolicy::default());
    let service = facts::load_balancer(&["192.0.2.1".parse().unwrap()]);
    let slice = facts::slice(&key, 1, 0);
    for facts in
        [facts::node("b.us"), Facts::Service(key.clone(), service), Facts::Slice(key, slice)]
    {
        sim.say(&east, facts::applied(facts));
    }
    sim.say(&east, facts::SYNCED);
    sim
}

/// Octets written as hex digits, with blanks between, and text in double quotes.
fn octets(text: &str) -> Vec<u8> {
    let mut octets = Vec::new();
    for (index, part) in text.split('"').enumerate() {
        if index % 2 == 1 {
            octets.extend(part.bytes());
            continue;
        }
        let digits: String = part.split_whitespace().collect();
        assert!(digits.len().is_multiple_of(2), "{text}: half an octet");
        for at in (0..digits.len()).step_by(2) {
            octets.push(u8::from_str_radix(&digits[at..at + 2], 16).unwrap());
        }
    }
    octets
}
