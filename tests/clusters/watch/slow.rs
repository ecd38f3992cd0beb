//! API servers that need long for each answer: followed like any other, only later.

use std::time::Duration;

use fedns::clusters::api::Timing;

use super::rig::{Rig, pace};
use crate::fake_api::{FakeApi, node, service, slice};

/// A second, in these tests.
const SECOND: Duration = Duration::from_millis(50);

/// The usual timing, twenty times as fast.
fn usual() -> Timing {
    Timing {
        connect: 5 * SECOND,
        head: 30 * SECOND,
        silence: 20 * SECOND,
        list: 600 * SECOND,
        watch: 50 * SECOND,
        watch_slack: 30 * SECOND,
        first_pause: SECOND / 2,
        longest_pause: 30 * SECOND,
        probe: 5 * SECOND,
        probe_patience: 3 * SECOND,
        blind: 2 * SECOND,
        identify: 60 * SECOND,
        ..pace()
    }
}

#[test]
fn a_server_that_needs_seconds_for_each_answer_is_followed() {
    for seconds in [4, 10, 25] {
        let api = FakeApi::start();
        api.put([node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]);
        api.take_long(seconds * SECOND);
        let mut rig = Rig::start_with(&api, usual(), |entry| entry);
        rig.until_synced();
        rig.until_contact(true);
        let losses = rig.losses();
        api.put([slice("cart", 2)]);
        rig.until_ready("cart", Some(2));
        // Each watch is begun anew in its time, which takes long.
        let watches = api.requests("Watch ");
        api.wait_for_requests("Watch ", watches + 3);
        api.put([slice("cart", 3)]);
        rig.until_ready("cart", Some(3));
        assert_eq!(rig.losses(), losses, "{seconds} s: {:?}", rig.said);
        assert_eq!(rig.lists(), 3, "{seconds} s");
    }
}

#[test]
fn that_a_long_list_moves_is_said_until_it_is_whole() {
    let api = FakeApi::start();
    api.is_old();
    api.page(1);
    api.put([node("n1", "us", "a")]);
    for number in 0..8 {
        let name = format!("s{number}");
        api.put([service(&name, "192.0.2.1"), slice(&name, 1)]);
    }
    api.take_long(Duration::from_millis(400));
    let mut rig = Rig::start(&api);
    rig.until_synced();
    let moves = |rig: &Rig| rig.said.iter().filter(|said| *said == "ListMoves").count();
    let said = moves(&rig);
    assert!(said > 1, "it is said again and again: {:?}", rig.said);
    api.forget();
    api.put([slice("s1", 2)]);
    rig.until_ready("s1", Some(2));
    assert_eq!(moves(&rig), said, "what was read once is not waited for");
}
