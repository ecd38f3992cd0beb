//! What shows a cluster is its lists and watches, and not the health that its server tells of itself.

use std::time::Duration;

use fedns::core::policy::{ClusterPolicy, WhenSilent};
use fedns::core::state::Silence;

use super::rig::{Rig, SERVICES, SLICES, api, hasty, label};
use crate::fake_api::{FakeApi, Fault, Verb, node, service, slice};

const NODES: &str = "/api/v1/nodes";

/// A cluster that answers no more once it is silent.
fn start(api: &FakeApi) -> Rig {
    let mut rig = Rig::start_with(api, hasty(), |entry| entry);
    let policy = ClusterPolicy {
        when_silent: WhenSilent::Withdraw,
        stale_limit: Some(Duration::from_secs(90)),
        ..ClusterPolicy::default()
    };
    rig.state.change_cluster(&label("east"), policy);
    rig.until_synced();
    rig.until_contact(true);
    rig
}

fn fail_lists_and_watches(api: &FakeApi, fault: &Fault) {
    for path in [NODES, SERVICES, SLICES] {
        api.fail(Verb::Any, path, fault.clone(), None);
    }
    api.cut_watches();
}

#[test]
fn a_server_that_calls_itself_unwell_is_in_sight_while_its_watches_go_on() {
    for fault in [500, 503, 401, 403, 404].map(|code| Fault::Status(code, None)) {
        let api = api();
        let mut rig = start(&api);
        api.fail(Verb::Get, "/readyz", fault.clone(), None);
        let before = api.requests("Get /readyz");
        api.wait_for_requests("Get /readyz", before + 5);
        api.put([slice("cart", 4)]);
        rig.until_ready("cart", Some(4));
        rig.skip(Duration::from_secs(1000));
        assert_eq!((rig.losses(), rig.cluster().silence), (0, Silence::Heard), "{fault:?}");
        if matches!(fault, Fault::Status(500.., _)) {
            rig.until_complaint("readyz: the API server does not say that it is ready: it says 50");
            api.heal();
            rig.until_no_complaint("readyz");
        }
        assert_eq!((rig.lists(), rig.losses()), (3, 0), "{fault:?}");
    }
}

#[test]
fn a_server_that_does_not_say_how_it_is_is_in_sight_too() {
    let api = api();
    let mut rig = start(&api);
    api.fail(Verb::Get, "/readyz", Fault::Hang, None);
    rig.until_complaint("readyz: the API server does not say that it is ready: ");
    api.put([slice("cart", 5)]);
    rig.until_ready("cart", Some(5));
    rig.skip(Duration::from_secs(1000));
    assert_eq!((rig.losses(), rig.cluster().silence), (0, Silence::Heard));
}

#[test]
fn a_server_that_calls_itself_well_is_lost_when_nothing_can_be_read() {
    let html = b"<html>please log in</html>".to_vec();
    for fault in [
        Fault::Status(500, None),
        Fault::Status(403, None),
        Fault::Hang,
        Fault::Body(html),
        Fault::Body(Vec::new()),
    ] {
        let api = api();
        let mut rig = start(&api);
        fail_lists_and_watches(&api, &fault);
        rig.until_contact(false);
        rig.skip(Duration::from_secs(61));
        assert_eq!(rig.cluster().silence, Silence::Withdrawn, "{fault:?}");
        assert_eq!(rig.ready("cart"), Some(1), "the last facts stay");
        api.put([service("cart", "192.0.2.1"), slice("cart", 6)]);
        api.heal();
        rig.until_contact(true);
        rig.until_ready("cart", Some(6));
        assert_eq!(rig.cluster().silence, Silence::Heard, "{fault:?}");
    }
}

#[test]
fn one_kind_that_can_be_read_shows_the_cluster() {
    for alive in [NODES, SERVICES, SLICES] {
        let api = api();
        let mut rig = start(&api);
        for path in [NODES, SERVICES, SLICES].into_iter().filter(|path| *path != alive) {
            api.fail(Verb::Any, path, Fault::Status(500, None), None);
        }
        api.cut_watches();
        for kind in ["nodes", "services", "endpointslices"] {
            if !alive.ends_with(kind) {
                rig.until_complaint(&format!("{kind}: they can not be read: it says 500"));
            }
        }
        rig.skip(Duration::from_secs(1000));
        assert_eq!((rig.losses(), rig.cluster().silence), (0, Silence::Heard), "{alive}");
    }
}

#[test]
fn lists_that_never_come_to_their_end_show_nothing() {
    let api = api();
    api.is_old();
    for number in 2..20 {
        let name = format!("n{number}");
        api.put([node(&name, "us", "a"), service(&name, "192.0.2.2"), slice(&name, 1)]);
    }
    let mut rig = start(&api);
    for path in [NODES, SERVICES, SLICES] {
        api.fail(Verb::List, path, Fault::Cut, None);
    }
    api.forget();
    rig.until("it stays lost", |rig| {
        rig.said.iter().rev().filter(|said| said.starts_with("Contact")).count() > 1
            && !rig.is_reached()
            && api.requests("List ") > 60
    });
    let losses = rig.losses();
    rig.skip(Duration::from_secs(61));
    assert_eq!(rig.cluster().silence, Silence::Withdrawn, "{losses} losses");
    api.heal();
    api.is_old();
    rig.until_contact(true);
}

#[test]
fn watches_that_are_cut_and_begun_anew_are_no_loss() {
    let api = api();
    let mut rig = start(&api);
    for ready in [2_u32, 3, 4, 5] {
        api.cut_watches();
        api.put([slice("cart", ready as usize)]);
        rig.until_ready("cart", Some(ready));
    }
    // Those that end as they should are no loss either.
    api.wait_for_requests("Watch ", 15);
    api.put([slice("cart", 9)]);
    rig.until_ready("cart", Some(9));
    assert_eq!(rig.losses(), 0, "{:?}", rig.said);
}

#[test]
fn a_server_that_hangs_is_noticed_though_it_called_itself_unwell_before() {
    let api = api();
    let mut rig = start(&api);
    api.fail(Verb::Get, "/readyz", Fault::Status(500, None), None);
    rig.until_complaint("readyz: ");
    assert_eq!(rig.losses(), 0);
    api.freeze(true);
    rig.until_contact(false);
    let reason = format!("{:?}", rig.cluster().contact);
    assert!(reason.contains("took too long"), "{reason}");
    api.freeze(false);
    rig.until_contact(true);
}
