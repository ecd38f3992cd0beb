//! Lists as a whole: slow ones, those that follow each other too soon, and whose turn it is.

use std::time::Duration;

use fedns::clusters::api::Timing;
use fedns::clusters::cluster_watch::ListTurns;

use super::rig::{Rig, SLICES, api, pace};
use crate::fake_api::{Fault, Verb, slice};

const KUBE_SYSTEM: &str = "/api/v1/namespaces/kube-system";

#[test]
fn a_list_that_is_slow_and_moves_is_not_begun_anew() {
    // It takes longer than a watch lasts.
    let (watch, watch_slack) = (Duration::from_secs(1), Duration::from_secs(10));
    let pace = Timing { watch, watch_slack, ..pace() };
    for is_old in [false, true] {
        let api = api();
        api.put((0..30).map(|number| slice(&format!("s{number}"), 1)));
        if is_old {
            api.is_old();
        }
        let verb = if is_old { Verb::List } else { Verb::Stream };
        api.fail(verb, SLICES, Fault::Slow(200, Duration::from_millis(50)), None);
        let mut rig = Rig::start_with(&api, pace, |entry| entry);
        rig.until_synced();
        assert_eq!(rig.ready("cart"), Some(1));
        // What follows it is a watch like any other, which ends when watches do.
        api.put([slice("cart", 2)]);
        rig.until_ready("cart", Some(2));
        api.wait_for_requests(&format!("Watch {SLICES}"), 2);
        api.put([slice("cart", 3)]);
        rig.until_ready("cart", Some(3));
        assert_eq!((rig.lists(), rig.errors("timeout")), (3, 0));
        assert_eq!(api.requests(&format!("{verb:?} {SLICES}")), 1);
    }
}

#[test]
fn a_list_that_trickles_is_given_up() {
    let api = api();
    let pace = Timing { progress: Duration::from_millis(300), ..pace() };
    api.fail(Verb::Any, SLICES, Fault::Slow(1, Duration::from_millis(100)), None);
    let mut rig = Rig::start_with(&api, pace, |entry| entry);
    rig.until("it gives up", |rig| rig.errors("timeout") > 1);
    api.heal();
    rig.until_synced();
}

#[test]
fn versions_that_are_forgotten_each_time_are_no_loop_of_lists() {
    let pace = Timing {
        relist_pause: Duration::from_millis(500),
        longest_relist_pause: Duration::from_secs(3600),
        relists_forgotten: Duration::from_secs(3600),
        ..pace()
    };
    let api = api();
    let mut rig = Rig::start_with(&api, pace, |entry| entry);
    let stream = format!("Stream {SLICES}");
    for ready in 2..6_usize {
        rig.until_ready("cart", Some(ready as u32 - 1));
        api.wait_for_requests(&stream, ready - 1);
        api.put_in_secret([slice("cart", ready)]);
        api.forget();
    }
    rig.until_complaint("endpointslices: they were listed in whole ");
    // What somebody wishes does not wait for long.
    rig.control.relist();
    rig.until_ready("cart", Some(5));
}

#[test]
fn clusters_that_hang_keep_nobody_waiting() {
    let turns = ListTurns::default();
    let hanging: Vec<_> = (0..8).map(|_| api()).collect();
    let _hanging: Vec<_> = hanging
        .iter()
        .enumerate()
        .map(|(at, api)| {
            let fault = if at % 2 == 0 { Fault::Hang } else { Fault::HangInBody };
            api.fail(Verb::Stream, "*", fault, None);
            Rig::start_in_turn(api, &turns)
        })
        .collect();
    hanging.iter().for_each(|api| api.wait_for_requests("Stream ", 1));
    let api = api();
    let mut rig = Rig::start_in_turn(&api, &turns);
    rig.until_synced();
}

#[test]
fn who_waits_for_its_turn_is_no_silent_cluster_while_its_server_answers() {
    let turns = ListTurns::default();
    let busy: Vec<_> = (0..4).map(|_| api()).collect();
    let _busy: Vec<_> = busy
        .iter()
        .map(|api| {
            api.put((0..200).map(|number| slice(&format!("s{number}"), 1)));
            api.fail(Verb::Stream, SLICES, Fault::Slow(200, Duration::from_millis(50)), None);
            Rig::start_in_turn(api, &turns)
        })
        .collect();
    busy.iter().for_each(|api| api.wait_for_requests(&format!("Stream {SLICES}"), 1));
    let api = api();
    let mut rig = Rig::start_in_turn(&api, &turns);
    assert_eq!(rig.until_waiting(), None);
    assert_eq!(api.requests("Stream "), 0);
    // The server is asked all the while, and ceases to answer.
    let asked = api.requests(&format!("Get {KUBE_SYSTEM}"));
    api.wait_for_requests(&format!("Get {KUBE_SYSTEM}"), asked + 6);
    api.fail(Verb::Get, KUBE_SYSTEM, Fault::Status(500, None), None);
    rig.until_contact(false);
    // It is back. That it waits again is told, and what was wrong before.
    api.heal();
    let failure = rig.until_waiting().unwrap_or_default();
    assert!(failure.contains("500"), "{failure}");
    assert_eq!(api.requests("Stream "), 0);
    rig.until_synced();
    assert!(rig.is_reached());
}
