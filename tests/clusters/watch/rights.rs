//! What a server forbids (RBAC): told with the rule to add, and done without where that is possible.

use fedns::clusters::cluster_watch::ApiServer;
use fedns::core::state::SyncState;
use serde_json::json;

use super::rig::{Rig, SERVICES, SLICES, api, label, pace};
use crate::fake_api::{Fault, Verb, node, slice};

#[test]
fn nodes_need_not_be_read_where_the_entry_says_the_places() {
    let nodes = "/api/v1/nodes";
    for has_places in [true, false] {
        let api = api();
        api.fail(Verb::Any, nodes, Fault::Status(403, None), None);
        let mut rig = Rig::start_with(&api, pace(), |entry| ApiServer { has_places, ..entry });
        if has_places {
            rig.until_synced();
            // What ground state finds is not the watch's: this rig's policy gives no places.
            assert!(!rig.complaints().contains("nodes: "), "{}", rig.complaints());
        } else {
            rig.until("it syncs in part", |rig| rig.cluster().sync == SyncState::Partial);
            rig.until_complaint(
                "nodes: the API server forbids to list them in all namespaces; add to a \
                 ClusterRole of this user: {apiGroups: [\"\"], resources: [nodes], verbs: [get, \
                 list, watch]}",
            );
            api.heal();
            rig.until_synced();
            rig.until_no_complaint("nodes");
        }
    }
}

#[test]
fn namespaces_are_read_one_by_one_where_all_at_once_is_forbidden() {
    let api = api();
    for path in [SERVICES, SLICES] {
        api.fail(Verb::Any, path, Fault::Status(403, None), None);
    }
    let namespaces = vec![label("shop"), label("pay")];
    let mut rig = Rig::start_with(&api, pace(), |entry| ApiServer { namespaces, ..entry });
    rig.until_synced();
    assert_eq!((rig.ready("cart"), rig.complaints().as_str()), (Some(1), ""));
    api.put([slice("cart", 2)]);
    rig.until_ready("cart", Some(2));
    assert_eq!(rig.lists(), 5, "nodes, and two kinds in two namespaces");
}

#[test]
fn a_watch_that_is_forbidden_is_told_and_replaced_by_lists() {
    let api = api();
    for verb in [Verb::Watch, Verb::Stream] {
        api.fail(verb, SLICES, Fault::Status(403, None), None);
    }
    let mut rig = Rig::start(&api);
    rig.until_synced();
    rig.until_complaint(
        "endpointslices: the API server forbids to watch them in all namespaces; add to a \
         ClusterRole of this user: {apiGroups: [\"discovery.k8s.io\"], resources: \
         [endpointslices], verbs: [get, list, watch]}",
    );
    api.put([slice("cart", 3)]);
    rig.until_ready("cart", Some(3));
    api.heal();
    rig.until_no_complaint("endpointslices");
}

#[test]
fn of_nodes_the_labels_are_read_where_the_entry_says_where_askers_are() {
    for has_askers in [true, false] {
        let api = api();
        let mut labelled = node("n1", "us", "a");
        labelled["spec"]["podCIDRs"] = json!(["10.1.0.0/24"]);
        api.put([labelled.clone()]);
        let mut rig = Rig::start_with(&api, pace(), |entry| ApiServer { has_askers, ..entry });
        rig.until_synced();
        let networks = |rig: &Rig| {
            let nodes = rig.cluster().nodes.values();
            nodes.flat_map(|node| node.facts.networks().collect::<Vec<_>>()).count()
        };
        assert_eq!(networks(&rig), usize::from(!has_askers));
        // What is labelled is followed by a watch as well.
        labelled["metadata"]["labels"]["topology.kubernetes.io/zone"] = "b".into();
        api.put([labelled]);
        rig.until("it is in another zone", |rig| {
            let zone = rig.cluster().nodes.values().find_map(|node| node.facts.zone.clone());
            zone == Some(label("b"))
        });
        assert_eq!(networks(&rig), usize::from(!has_askers));
    }
}
