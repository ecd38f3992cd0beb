//! Properties: what holds for every packet, tried with random ones: anything, and queries with some octets
//! changed. `PROPTEST_CASES=1000 cargo test --test core random_packets::` tries more.

use std::net::{IpAddr, Ipv4Addr};

use fedns::core::answer::{Outcome, Request, Scratch, Transport};
use fedns::core::time::Moment;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::properties::{Kept, config};
use crate::support;
use crate::support::packet::{Ask, Edns};
use crate::support::{answer_with, request};
use crate::worlds;

/// EDNS option 65001: a cluster's name, or anything, at times with a length that is not its own.
fn asker_option() -> impl Strategy<Value = Vec<u8>> {
    let name =
        prop::sample::select(worlds::CLUSTERS.to_vec()).prop_map(|it| it.as_bytes().to_vec());
    let id = prop_oneof![name, prop::collection::vec(any::<u8>(), 0..80)];
    (id, prop_oneof![9 => Just(0_u16), 1 => 0_u16..9]).prop_map(|(id, more)| {
        let length = (id.len() as u16 + more).to_be_bytes();
        [&65001_u16.to_be_bytes()[..], &length, &id].concat()
    })
}

/// Packets: anything, and queries with some octets changed.
fn packets() -> impl Strategy<Value = Vec<u8>> {
    let anything = prop::collection::vec(any::<u8>(), 0..300);
    let names: Vec<String> = worlds::names().into_iter().chain(worlds::inside_names()).collect();
    let mutated = (
        prop::sample::select(names),
        prop::sample::select(support::packet::TYPES.map(|(_, number)| number).to_vec()),
        prop::option::of((any::<u16>(), any::<bool>(), prop::option::of(asker_option()))),
        prop::collection::vec((any::<Index>(), any::<u8>()), 0..4),
        prop::option::of(any::<Index>()),
    );
    let mutated = mutated.prop_map(|(name, record_type, edns, changes, cut)| {
        let mut ask = Ask::new(&name, "A");
        ask.record_type = record_type;
        ask.edns = edns.map(|(payload, dnssec_ok, option)| {
            let options = option.unwrap_or_default();
            Edns { payload, dnssec_ok, options, ..Edns::default() }
        });
        let mut packet = ask.packet();
        for (index, octet) in changes {
            let at = index.index(packet.len());
            packet[at] = octet;
        }
        if let Some(cut) = cut {
            packet.truncate(cut.index(packet.len() + 1));
        }
        packet
    });
    prop_oneof![1 => anything, 3 => mutated]
}

proptest! {
    #![proptest_config(config(1000))]

    /// No packet panics; replies stay within what the client takes and the buffer; every packet
    /// of 12 octets that is no response gets a reply that others can read.
    #[test]
    fn every_packet_gets_a_fitting_reply(
        packet in packets(),
        is_tcp in any::<bool>(),
        draw in any::<u64>(),
        room in prop_oneof![Just(65_535_usize), 0_usize..2000],
    ) {
        thread_local!(static WORLD: Kept = worlds::busy(Kept::play));
        let transport = if is_tcp { Transport::Tcp } else { Transport::Udp };
        let (mut scratch, mut buffer) = (Scratch::default(), vec![0xaa; room]);
        let request = request(&packet, transport, Moment::default(), draw);
        // Whose word on who asks counts.
        let request = Request { client: IpAddr::V4(Ipv4Addr::LOCALHOST), ..request };
        let (octets, outcome) = WORLD.with(|world| {
            let (octets, outcome) =
                answer_with(&world.snapshot, &request, &mut scratch, &mut buffer);
            (octets.to_vec(), outcome)
        });
        prop_assert_eq!(octets.is_empty(), outcome == Outcome::Dropped);
        support::law::hold(&packet, transport, room, &octets);
    }
}
