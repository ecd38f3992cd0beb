//! Servers that err: storms of errors, silence, garbage, objects that nobody can use.

use std::time::{Duration, Instant};

use fedns::clusters::api::Timing;
use serde_json::json;

use super::rig::{Rig, SERVICES, SLICES, api, hasty, pace};
use crate::fake_api::{Fault, Verb, service, slice};

#[test]
fn storms_of_errors_are_outlasted() {
    for code in [401, 429, 500, 503] {
        let api = api();
        let retry_after = (code == 429).then_some(1);
        api.fail(Verb::Any, "*", Fault::Status(code, retry_after), Some(12));
        let mut rig = Rig::start(&api);
        rig.until_synced();
        rig.until_contact(true);
        assert_eq!(rig.ready("cart"), Some(1), "{code}");
        rig.until("nothing is wrong", |rig| rig.complaints().is_empty());
    }
}

#[test]
fn a_server_that_says_when_to_come_back_is_left_alone_until_then() {
    let api = api();
    api.fail(Verb::Stream, SERVICES, Fault::Status(429, Some(2)), Some(1));
    let began = Instant::now();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    assert!(began.elapsed() >= Duration::from_secs(2), "{:?}", began.elapsed());
    assert_eq!(api.requests(&format!("Stream {SERVICES}")), 2);
}

#[test]
fn heads_that_do_not_come_are_not_waited_for_long() {
    let api = api();
    api.fail(Verb::Stream, SLICES, Fault::Hang, Some(1));
    let mut rig = Rig::start_with(&api, hasty(), |entry| entry);
    rig.until_synced();
    assert!(rig.errors("timeout") > 0);
}

#[test]
fn a_connection_whose_other_end_has_vanished_is_noticed() {
    let api = api();
    let mut rig = Rig::start_with(&api, hasty(), |entry| entry);
    rig.until_synced();
    rig.until_contact(true);
    api.freeze(true);
    rig.until_contact(false);
    let reason = format!("{:?}", rig.cluster().contact);
    assert!(reason.contains("took too long"), "{reason}");
    assert_eq!(rig.ready("cart"), Some(1), "the last facts stay");
    api.put([slice("cart", 6)]);
    api.freeze(false);
    rig.until_ready("cart", Some(6));
    rig.until_contact(true);
    assert_eq!(rig.lists(), 3, "it goes on from where it was");
}

#[test]
fn a_watch_that_hangs_alone_ends_by_the_clock() {
    let api = api();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    api.fail(Verb::Watch, SLICES, Fault::HangInBody, Some(1));
    api.cut_watches();
    api.wait_for_requests(&format!("Watch {SLICES}"), 1);
    api.put([slice("cart", 7)]);
    rig.until_ready("cart", Some(7));
    assert!(rig.errors("timeout") > 0);
}

#[test]
fn garbage_is_an_error_and_nothing_else() {
    let html: &[u8] = b"<html>please log in</html>";
    let endless =
        [b"{\"items\":[{\"metadata\":{\"name\":\"".to_vec(), vec![b'x'; 9 << 20]].concat();
    for garbage in
        [html.to_vec(), b"{\"kind\":\"List\"}".to_vec(), b"[".to_vec(), Vec::new(), endless]
    {
        let api = api();
        api.is_old();
        let mut rig = Rig::start(&api);
        rig.until_synced();
        api.fail(Verb::List, SERVICES, Fault::Body(garbage), None);
        api.forget();
        rig.until_complaint(
            "services: they can not be read: what came is no answer of an API server",
        );
        assert_eq!(rig.ready("cart"), Some(1));
        api.heal();
        api.is_old();
        rig.until_no_complaint("services");
    }
}

#[test]
fn bad_objects_cost_themselves_alone() {
    let mut bad = service("bad", "192.0.2.5");
    bad["spec"]["type"] = "Sideways".into();
    let mut huge = service("huge", "192.0.2.6");
    huge["metadata"]["annotations"] = json!({ "x": "y".repeat(5 << 20) });
    for is_old in [false, true] {
        let api = api();
        if is_old {
            api.is_old();
        }
        api.put([bad.clone(), huge.clone()]);
        let mut rig = Rig::start(&api);
        rig.until_synced();
        rig.until_complaint("service shop/bad: ");
        rig.until_complaint("services: an object is larger than 4 MiB");
        assert_eq!((rig.ready("cart"), rig.ready("bad"), rig.ready("huge")), (Some(1), None, None));
        api.put([service("bad", "192.0.2.5")]);
        rig.until_ready("bad", Some(0));
        rig.until_no_complaint("service shop/bad");
        // It was fine, and is so no more.
        api.put([bad.clone()]);
        rig.until_ready("bad", None);
        rig.until_complaint("service shop/bad: ");
        api.delete("services", "shop", "bad");
        rig.until_no_complaint("service shop/bad");
        assert_eq!(rig.lists(), 3);
    }
}

#[test]
fn lines_that_say_nothing_are_told_and_passed_over() {
    let api = api();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    api.say(b"{\"type\":\"ADDED\",\"object\":{\"metadata\":{");
    rig.until_complaint("services: a line can not be read");
    api.say(&vec![b'x'; 9 << 20]);
    rig.until_complaint("services: an object is larger than 4 MiB");
    api.put([slice("cart", 8)]);
    rig.until_ready("cart", Some(8));
    assert_eq!(rig.lists(), 3);
}

#[test]
fn pages_without_end_are_given_up() {
    let api = api();
    api.is_old();
    let page = json!({ "items": [], "metadata": { "resourceVersion": "1", "continue": "on" } });
    let pace = Timing { progress: Duration::from_millis(200), ..pace() };
    api.fail(Verb::List, SERVICES, Fault::Body(page.to_string().into()), None);
    let mut rig = Rig::start_with(&api, pace, |entry| entry);
    rig.until("it gives up", |rig| rig.errors("timeout") > 1);
    api.heal();
    rig.until_synced();
}
