//! Lists and watches as they should be, and servers that know less than others.

use std::time::Duration;

use fedns::clusters::api::Timing;
use fedns::clusters::kubernetes::ObjectKind;
use serde_json::json;

use super::rig::{Rig, SERVICES, SLICES, api, hasty, pace};
use crate::fake_api::{FakeApi, Fault, Verb, replace, service, slice};

#[test]
fn each_kind_is_listed_once_and_then_watched() {
    let api = api();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    assert_eq!((rig.ready("cart"), rig.cluster().places.len()), (Some(1), 1));
    rig.until_contact(true);
    assert_eq!(rig.cluster().uid.as_deref(), Some("uid-1"));
    let first = |word: &str| rig.said.iter().position(|it| it.starts_with(word));
    assert!(first("Identified") < first("Listed"), "it says who it is first: {:?}", rig.said);
    api.put([slice("cart", 2)]);
    rig.until_ready("cart", Some(2));
    api.put([service("pay", "192.0.2.7"), slice("pay", 0)]);
    rig.until_ready("pay", Some(0));
    api.delete("services", "shop", "pay");
    rig.until_ready("pay", None);
    api.cut_watches();
    api.wait_for_requests("Watch ", 3);
    api.put([slice("cart", 5)]);
    rig.until_ready("cart", Some(5));
    assert_eq!((rig.lists(), api.requests("Stream "), api.requests("List ")), (3, 3, 0));
    let objects = ObjectKind::ALL.map(|kind| rig.stats.objects(kind));
    assert_eq!(objects, [1, 2, 1], "nodes, slices, services");
}

#[test]
fn a_watch_that_resumes_on_another_cluster_is_not_believed() {
    let api = api();
    // Who answers is looked at where a watch begins, and nowhere else.
    let pace = Timing { identify: Duration::from_secs(3600), ..pace() };
    let mut rig = Rig::start_with(&api, pace, |entry| entry);
    rig.until_synced();
    api.wait_for_requests("Stream ", 3);
    // The address leads to another cluster, which goes on from the versions of the first one.
    api.freeze(true);
    api.become_another("uid-2");
    api.put([service("cart", "192.0.2.99"), slice("cart", 9), slice("pay", 9)]);
    api.cut_watches();
    api.freeze(false);
    let is_told = |it: &String| it.starts_with("Identified") && it.contains("uid-2");
    rig.until("it is told", |rig| rig.said.iter().any(is_told));
    let told = rig.said.iter().position(is_told).unwrap();
    let before = rig.said[..told].join("\n");
    assert!(!before.contains("192.0.2.99") && !before.contains("ready: 9"), "{before}");
    api.wait_for_requests("Stream ", 6);
    rig.until_complaint("another cluster");
    assert_eq!((rig.ready("cart"), rig.ready("pay")), (Some(1), None));
}

#[test]
fn a_server_without_lists_by_watch_is_listed_by_pages() {
    for code in [400, 422] {
        let api = api();
        api.put((0..7).flat_map(|n| [service(&format!("s{n}"), "192.0.2.9")]));
        api.page(3);
        api.fail(Verb::Stream, "*", Fault::Status(code, None), None);
        let mut rig = Rig::start(&api);
        rig.until_synced();
        assert_eq!(rig.cluster().shards, 8);
        assert_eq!(api.requests(&format!("List {SERVICES}?limit=500")), 3);
        assert_eq!(rig.lists(), 3);
        // That it knows none is remembered.
        let asked = api.requests("Stream ");
        api.forget();
        api.put([slice("cart", 3)]);
        rig.until_ready("cart", Some(3));
        assert_eq!(api.requests("Stream "), asked, "{:?}", api.all_requests());
    }
}

#[test]
fn a_slice_that_passes_to_another_service_leaves_the_former_one() {
    let api = api();
    api.put([service("pay", "192.0.2.7")]);
    let mut rig = Rig::start(&api);
    rig.until_synced();
    rig.until_ready("pay", Some(0));
    let mut passed = slice("cart", 2);
    passed["metadata"]["labels"]["kubernetes.io/service-name"] = json!("pay");
    api.put([passed.clone()]);
    rig.until_ready("pay", Some(2));
    assert_eq!(rig.ready("cart"), Some(0));
    passed["metadata"]["labels"] = json!({});
    api.put([passed]);
    rig.until_ready("pay", Some(0));
    assert_eq!(rig.lists(), 3);
}

#[test]
fn a_list_counts_at_its_end_and_not_before() {
    let api = api();
    api.is_old();
    api.page(1);
    api.put([service("pay", "192.0.2.7")]);
    let mut rig = Rig::start_with(&api, hasty(), |entry| entry);
    rig.until_synced();
    api.put_in_secret([service("new", "192.0.2.8")]);
    api.fail(Verb::List, SERVICES, Fault::HangInBody, Some(2));
    api.forget();
    rig.until("it times out", |rig| rig.errors("timeout") > 0);
    assert_eq!((rig.ready("cart"), rig.ready("pay"), rig.ready("new")), (Some(1), Some(0), None));
    rig.until_ready("new", Some(0));
}

#[test]
fn what_is_forgotten_is_listed_again_and_not_in_a_loop() {
    for by_status in [false, true] {
        let api = api();
        if by_status {
            api.says_gone_by_status();
        }
        let mut rig = Rig::start(&api);
        rig.until_synced();
        api.put_in_secret([slice("cart", 4)]);
        api.delete("nodes", "", "n1");
        api.forget();
        rig.until_ready("cart", Some(4));
        rig.until("the node is gone", |rig| rig.cluster().nodes.is_empty());
        rig.until("all are listed", |rig| rig.lists() >= 6);
        // Now every watch is told that its version is forgotten: it slows down.
        let before = api.requests("Stream ");
        api.fail(Verb::Watch, "*", Fault::Status(410, None), None);
        api.cut_watches();
        std::thread::sleep(Duration::from_secs(1));
        let lists = api.requests("Stream ") - before;
        assert!(lists <= 3 * 40, "{lists} lists in a second");
    }
}

#[test]
fn pages_that_are_forgotten_midway_are_asked_for_as_one() {
    let api = api();
    api.is_old();
    api.put((0..5).map(|n| service(&format!("s{n}"), "192.0.2.9")));
    api.page(2);
    // The second page of services is the fourth list or later; all lists but first pages fail.
    api.fail(Verb::List, SERVICES, Fault::Cut, Some(1));
    let mut rig = Rig::start(&api);
    rig.until_synced();
    assert_eq!(rig.cluster().shards, 6);
}

#[test]
fn watches_without_bookmarks_go_on_too() {
    let api = api();
    api.has_no_bookmarks();
    api.is_old();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    api.wait_for_requests(&format!("Watch {SLICES}"), 2);
    api.put([slice("cart", 9)]);
    rig.until_ready("cart", Some(9));
    assert_eq!(rig.lists(), 3);
}

#[test]
fn another_cluster_behind_the_same_address_is_told_before_its_objects() {
    let api = api();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    api.become_another("uid-2");
    api.put_in_secret([service("other", "192.0.2.8")]);
    rig.until("the other one's objects come", |rig| {
        rig.said.iter().any(|it| it.contains("Listed") && it.contains("other"))
    });
    assert!(rig.cluster().foreign.is_some(), "what it says is not heard");
    let told = rig.said.iter().position(|it| it.contains("uid-2")).unwrap();
    let listed = rig.said.iter().position(|it| it.contains("other")).unwrap();
    assert!(told < listed, "{:?}", rig.said);
    assert_eq!(rig.cluster().uid.as_deref(), Some("uid-1"), "the one that was seen first");
    rig.until("all is listed again", |rig| rig.lists() >= 6);
}

#[test]
fn told_to_list_it_lists_at_once() {
    let api = api();
    let mut rig = Rig::start(&api);
    rig.until_synced();
    rig.control.relist();
    rig.until("all is listed again", |rig| rig.lists() == 6);
}

#[test]
fn moments_of_changes_are_told_for_changes_alone() {
    let api = FakeApi::start();
    let changed = |ready| {
        let mut slice = slice("cart", ready);
        let key = "endpoints.kubernetes.io/last-change-trigger-time";
        slice["metadata"]["annotations"] = json!({ key: "2026-01-01T00:00:00Z" });
        slice
    };
    api.put([service("cart", "192.0.2.1"), changed(1)]);
    let mut rig = Rig::start(&api);
    rig.until_synced();
    assert!(!rig.said.iter().any(|it| it.starts_with("Triggered")), "{:?}", rig.said);
    api.put([changed(2)]);
    rig.until("it says when", |rig| rig.said.iter().any(|it| it.starts_with("Triggered")));
}

#[test]
fn a_server_that_comes_back_elsewhere_is_followed_by_its_kubeconfig() {
    let first = api();
    let mut rig = Rig::start(&first);
    rig.until_synced();
    let second = api();
    second.put([slice("cart", 2)]);
    replace(&rig.path(), &second.kubeconfig(json!({}), json!({})));
    // The same cluster at another address: the watch goes on from where it was.
    second.wait_for_requests("Watch ", 3);
    second.put([slice("cart", 4)]);
    rig.until_ready("cart", Some(4));
    assert_eq!(rig.lists(), 3);
}
