//! Any octets as a query: no panic, and every reply keeps the law of `tests/support/law.rs`.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use std::cell::RefCell;
use std::time::Duration;

use fedns::core::answer::Transport;
use fedns::core::event::Facts;
use fedns::core::policy::{ClusterPolicy, Policy, WhenAllDown};

use super::support::{Sim, facts, label, law};

/// A world small enough for names in it to be found by chance and by dictionaries.
fn world() -> Sim {
    let mut federations = vec![facts::federation("f", "s"), facts::federation("g", "t.s")];
    federations[1].when_all_down = WhenAllDown::All;
    let policy = Policy { federations, max_addresses: 0, ..Policy::default() };
    let mut sim = Sim::new(policy, Duration::ZERO);
    for (index, place) in ["a.x", "a.y", "b.y", "c"].into_iter().enumerate() {
        let cluster = label(&format!("c{index}"));
        sim.register(&cluster, ClusterPolicy::default());
        sim.say(&cluster, facts::applied(facts::node(place)));
        for (service, size, ready) in [("n/v", 1, 1), ("n/w", 50, 1), ("n/d", 2, 0)] {
            let key = facts::key(service);
            let v4 = (0..size).map(|host| format!("192.0.{index}.{host}"));
            let v6 = (0..size).map(|host| format!("2001:db8:{index}::{host}"));
            let parsed = v4.chain(v6).filter_map(|text| text.parse().ok());
            let service = facts::load_balancer(&parsed.collect::<Vec<_>>());
            let slice = facts::slice(&key, ready, 1);
            sim.say(&cluster, facts::applied(Facts::Service(key.clone(), service)));
            sim.say(&cluster, facts::applied(Facts::Slice(key, slice)));
        }
        sim.say(&cluster, facts::SYNCED);
    }
    sim
}

thread_local!(static WORLD: RefCell<Sim> = RefCell::new(world()));

/// Runs once.
pub fn run(data: &[u8]) {
    // The first octet chooses what does not come from the packet.
    let Some((&choice, packet)) = data.split_first() else { return };
    let transport = if choice & 1 == 0 { Transport::Udp } else { Transport::Tcp };
    WORLD.with_borrow_mut(|sim| {
        let (reply, _) = sim.answer(packet, transport, u64::from(choice >> 1));
        law::hold(packet, transport, usize::from(u16::MAX), reply);
    });
}
