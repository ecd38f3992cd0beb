//! What objects come to: one test a rule.

use std::net::IpAddr;

use serde_json::{Value, json};

use crate::clusters::kubernetes::{Endpoints, Field, Manifest, ObjectKind, Unusable, lower};
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{Facts, NodeFacts, Object};
use crate::core::name::Label;
use crate::core::service::{Endpoint, Ingress, Inside, ServiceFacts, ServiceType, SliceFacts};

/// The object whose parts `value` holds.
fn lowered(kind: ObjectKind, value: &Value) -> Result<Option<Object>, Unusable> {
    let text = value.to_string();
    let part = |key: &str| value.get(key).cloned().unwrap_or_default().to_string();
    let parts = ["metadata", "spec", "status", "addressType", "endpoints"].map(part);
    let read = "fields take any shape";
    let manifest = Manifest {
        metadata: serde_json::from_str(&parts[0]).expect(read),
        spec: serde_json::from_str(&parts[1]).expect(read),
        status: serde_json::from_str(&parts[2]).expect(read),
        address_type: serde_json::from_str(&parts[3]).expect(read),
        endpoints: serde_json::from_str(&parts[4]).expect(read),
        ..Manifest::default()
    };
    assert!(text.starts_with('{'), "tests lower objects");
    lower(kind, manifest)
}

fn node(labels: Value) -> (NodeFacts, Vec<Flaw>) {
    let object =
        lowered(ObjectKind::Node, &json!({ "metadata": { "name": "n1", "labels": labels } }));
    let Ok(Some(Object { facts: Facts::Node(name, facts), flaws })) = object else {
        panic!("no node: {object:?}")
    };
    assert_eq!(&*name, "n1");
    (facts, flaws)
}

fn service(mut value: Value) -> (ServiceFacts, Vec<Flaw>) {
    value["metadata"]["name"] = "cart".into();
    value["metadata"]["namespace"] = "shop".into();
    let object = lowered(ObjectKind::Service, &value);
    let Ok(Some(Object { facts: Facts::Service(key, facts), flaws })) = object else {
        panic!("no service: {object:?}")
    };
    assert_eq!(key.to_string(), "shop/cart");
    (facts, flaws)
}

fn ingress(entries: Value) -> (Vec<Ingress>, Vec<Flaw>) {
    let (facts, flaws) = service(json!({ "status": { "loadBalancer": { "ingress": entries } } }));
    (facts.ingress, flaws)
}

fn annotated(key: &str, value: &str) -> (ServiceFacts, Vec<Flaw>) {
    service(json!({ "metadata": { "annotations": { key: value } } }))
}

fn label(text: &str) -> Option<Label> {
    Some(Label::parse(text).expect("a label"))
}

#[test]
fn a_node_stands_where_its_labels_say() {
    let (facts, flaws) = node(json!({
        "topology.kubernetes.io/region": "Europe-West1",
        "topology.kubernetes.io/zone": "europe-west1-b",
        "failure-domain.beta.kubernetes.io/zone": "ignored",
    }));
    assert_eq!((facts.region, facts.zone), (label("europe-west1"), label("europe-west1-b")));
    assert_eq!(flaws, []);
}

#[test]
fn the_older_labels_count_where_the_newer_are_absent_or_empty() {
    let (facts, flaws) = node(json!({
        "topology.kubernetes.io/region": "",
        "failure-domain.beta.kubernetes.io/region": "r",
        "failure-domain.beta.kubernetes.io/zone": "z",
    }));
    assert_eq!((facts.region, facts.zone), (label("r"), label("z")));
    assert_eq!(flaws, []);
}

#[test]
fn a_refused_place_is_not_replaced_by_the_older_label() {
    let (facts, flaws) = node(json!({
        "topology.kubernetes.io/region": "my region",
        "failure-domain.beta.kubernetes.io/region": "r",
        "topology.kubernetes.io/zone": "SVC",
    }));
    assert_eq!((facts.region, facts.zone), (None, None));
    let kinds: Vec<(&str, &str)> = flaws.iter().map(key_and_value).collect();
    assert_eq!(
        kinds,
        [("topology.kubernetes.io/region", "my region"), ("topology.kubernetes.io/zone", "SVC")]
    );
}

fn key_and_value(flaw: &Flaw) -> (&str, &str) {
    match flaw {
        Flaw::BadPlace(key, value, _) | Flaw::BadAnnotation(key, value, _) => (key, value),
        _ => panic!("{flaw:?} names no key"),
    }
}

#[test]
fn a_bare_service_is_a_cluster_ip() {
    let (facts, flaws) = service(json!({}));
    assert_eq!(facts.service_type, ServiceType::ClusterIp);
    assert!(!facts.is_deleting && !facts.publishes_not_ready && !facts.is_opted_out);
    assert!(!facts.is_labelled && facts.ttl.is_none() && facts.ingress.is_empty());
    assert_eq!(flaws, []);
}

#[test]
fn a_service_says_all_that_counts() {
    let (facts, flaws) = service(json!({
        "metadata": {
            "deletionTimestamp": "2026-11-21T09:00:00Z",
            "labels": { "fedns.dev/publish": "true" },
            "annotations": {
                "fedns.dev/publish": "false", "fedns.dev/ttl": "30", "fedns.dev/weight": "0",
            },
        },
        "spec": { "type": "LoadBalancer", "publishNotReadyAddresses": true, "ports": null },
        "status": { "loadBalancer": { "ingress": [{ "ip": "192.0.2.1", "hostname": "x.test" }] } },
    }));
    let address: IpAddr = "192.0.2.1".parse().expect("an address");
    let expected = ServiceFacts {
        service_type: ServiceType::LoadBalancer,
        is_deleting: true,
        publishes_not_ready: true,
        is_opted_out: true,
        is_labelled: true,
        ttl: Some(30),
        weight: Some(0),
        ingress: vec![Ingress::Address(address)],
        ..ServiceFacts::default()
    };
    assert_eq!((facts, flaws), (expected, vec![]));
}

#[test]
fn ttls_are_whole_seconds_up_to_the_largest() {
    for (text, seconds) in
        [("0", 0), ("30", 30), ("30s", 30), ("5m", 300), ("1h", 3600), ("2147483647", 0x7fff_ffff)]
    {
        let (facts, flaws) = annotated("fedns.dev/ttl", text);
        assert_eq!((facts.ttl, flaws), (Some(seconds), vec![]), "{text}");
    }
    for text in ["", "-1", "+5", "1.5", "100ms", "2147483648", "99999999999999999999", "soon"] {
        let (facts, flaws) = annotated("fedns.dev/ttl", text);
        assert_eq!(facts.ttl, None, "{text}");
        assert_eq!(flaws.iter().map(key_and_value).collect::<Vec<_>>(), [("fedns.dev/ttl", text)]);
    }
}

#[test]
fn annotations_without_quotes_are_meant_as_text() {
    let (facts, flaws) = service(json!({
        "metadata": { "annotations": { "fedns.dev/publish": false, "fedns.dev/ttl": 30 } },
    }));
    assert_eq!((facts.is_opted_out, facts.ttl, flaws), (true, Some(30), vec![]));
}

#[test]
fn publish_takes_true_and_false_only() {
    assert_eq!(annotated("fedns.dev/publish", "true"), service(json!({})));
    let (facts, flaws) = annotated("fedns.dev/publish", "no");
    assert!(!facts.is_opted_out);
    assert_eq!(flaws.iter().map(key_and_value).collect::<Vec<_>>(), [("fedns.dev/publish", "no")]);
}

#[test]
fn ingress_entries_are_addresses_or_hostnames() {
    let (entries, flaws) = ingress(json!([
        { "ip": "::ffff:192.0.2.1" },
        { "ip": "", "hostname": "LB.Example.COM." },
        { "hostname": "2001:db8::1" },
        { "ip": "192.0.2.300", "hostname": "x.test" },
        { "hostname": "a..b" },
        {},
        { "ports": [] },
    ]));
    let address = |text: &str| Ingress::Address(text.parse().expect("an address"));
    let hostname = Ingress::Hostname("lb.example.com".into());
    assert_eq!(entries, [address("192.0.2.1"), hostname, address("2001:db8::1")]);
    let bad = |text: &str| Flaw::BadAddress(text.into());
    assert_eq!(flaws, [bad("192.0.2.300"), bad("a..b"), Flaw::EmptyIngress]);
}

#[test]
fn names_that_can_not_stand_in_dns_are_kept_as_complaints() {
    let metadata = json!({ "metadata": { "namespace": "shop", "name": "my_cart" } });
    let unusable = lowered(ObjectKind::Service, &metadata).expect_err("no DNS label");
    assert_eq!(unusable.subject, Some(Subject::Service("shop".into(), "my_cart".into())));
    assert!(matches!(unusable.flaw, Flaw::BadServiceName(_)), "{unusable:?}");
}

#[test]
fn an_object_without_namespace_is_in_the_default_one() {
    for namespace in [Value::Null, "".into()] {
        let metadata = json!({ "metadata": { "name": "a", "namespace": namespace } });
        let object = lowered(ObjectKind::Service, &metadata);
        let Ok(Some(Object { facts: Facts::Service(key, _), .. })) = object else {
            panic!("no service: {object:?}")
        };
        assert_eq!(key.to_string(), "default/a");
    }
}

#[test]
fn a_wrong_shape_costs_the_object_and_says_where() {
    let cases = [
        (json!({ "spec": 5 }), "spec: expected an object, found the number 5"),
        (json!({ "spec": { "type": [] } }), "spec.type: expected text, found a list"),
        (json!({ "spec": { "type": "Foo" } }), "spec.type: \"Foo\" is no type of a Service"),
        (
            json!({ "status": { "loadBalancer": { "ingress": [{}, 7] } } }),
            "status.loadBalancer.ingress: entry 2: expected an object, found the number 7",
        ),
    ];
    for (mut value, why) in cases {
        value["metadata"] = json!({ "name": "a", "namespace": "b" });
        let unusable = lowered(ObjectKind::Service, &value).expect_err("a wrong shape");
        assert_eq!(unusable.flaw, Flaw::ObjectUnusable(why.into()));
        assert_eq!(unusable.subject, Some(Subject::Service("b".into(), "a".into())));
    }
    let unusable =
        lowered(ObjectKind::Node, &json!({ "metadata": { "name": {} } })).expect_err("a shape");
    assert_eq!(unusable.subject, None);
}

fn slice(mut value: Value) -> Option<SliceFacts> {
    value["metadata"]["name"] = "cart-x1".into();
    match lowered(ObjectKind::EndpointSlice, &value).expect("a usable slice")?.facts {
        Facts::Slice(key, facts) => {
            assert_eq!(key.to_string(), "default/cart");
            Some(facts)
        }
        other => panic!("no slice: {other:?}"),
    }
}

fn of_cart() -> Value {
    json!({ "labels": { "kubernetes.io/service-name": "cart" } })
}

#[test]
fn an_endpoint_is_ready_unless_it_says_no() {
    let facts = slice(json!({ "metadata": of_cart(), "endpoints": [
        { "addresses": ["10.0.0.1", "10.0.0.2"], "conditions": { "ready": true } },
        { "addresses": ["10.0.0.3"], "conditions": { "ready": null } },
        { "addresses": ["10.0.0.4"] },
        { "conditions": { "ready": false, "serving": true } },
    ]}));
    let endpoint = |host: u8| Endpoint { address: [10, 0, 0, host].into(), is_ready: host < 5 };
    let endpoints = [1, 2, 3, 4].map(endpoint).into();
    let expected =
        SliceFacts { name: "cart-x1".into(), ready: 3, not_ready: 1, terminating: 0, endpoints };
    assert_eq!(facts, Some(expected));
}

/// Kubernetes, EndpointConditions: `serving` is `ready` but for endpoints that are terminating.
#[test]
fn an_endpoint_may_serve_on_while_it_terminates() {
    let facts = slice(json!({ "metadata": of_cart(), "endpoints": [
        { "conditions": { "ready": false, "serving": true, "terminating": true } },
        { "conditions": { "ready": false, "serving": true } },
        { "conditions": { "ready": false, "terminating": true } },
        { "conditions": { "ready": false, "serving": false, "terminating": true } },
        { "conditions": { "ready": true, "terminating": true } },
    ]}));
    let facts = facts.expect("a slice of a Service");
    assert_eq!((facts.ready, facts.not_ready, facts.terminating), (1, 4, 1));
}

#[test]
fn weights_are_whole_numbers_up_to_a_thousand() {
    for (text, weight) in [
        ("0", Some(0)),
        ("007", Some(7)),
        ("1000", Some(1000)),
        ("1001", None),
        ("-1", None),
        ("+1", None),
        ("1.5", None),
        ("", None),
        ("99999999999", None),
    ] {
        let (facts, flaws) =
            service(json!({ "metadata": { "annotations": { "fedns.dev/weight": text } } }));
        assert_eq!((facts.weight, flaws.len()), (weight, usize::from(weight.is_none())), "{text}");
    }
}

#[test]
fn a_slice_without_endpoints_is_a_fact() {
    for value in
        [json!({ "metadata": of_cart() }), json!({ "metadata": of_cart(), "endpoints": null })]
    {
        assert_eq!(slice(value).map(|facts| (facts.ready, facts.not_ready)), Some((0, 0)));
    }
}

#[test]
fn slices_of_no_service_and_of_names_mean_nothing() {
    assert_eq!(slice(json!({})), None);
    assert_eq!(slice(json!({ "metadata": of_cart(), "addressType": "FQDN" })), None);
}

#[test]
fn endpoints_of_a_wrong_shape_are_refused() {
    let text = "[{}, null]";
    let field: Field<Endpoints<'_>> = serde_json::from_str(text).expect("fields take any shape");
    assert_eq!(field, Field::Misshapen("entry 2: expected an object, found null".into()));
}

#[test]
fn kinds_of_other_groups_are_other_kinds() {
    assert_eq!(ObjectKind::of(Some("v1"), "Service"), Some(ObjectKind::Service));
    assert_eq!(ObjectKind::of(None, "Node"), Some(ObjectKind::Node));
    assert_eq!(
        ObjectKind::of(Some("discovery.k8s.io/v1"), "EndpointSlice"),
        Some(ObjectKind::EndpointSlice)
    );
    assert_eq!(ObjectKind::of(Some("serving.knative.dev/v1"), "Service"), None);
    assert_eq!(ObjectKind::of(Some("v1"), "Endpoints"), None);
}

fn inside(spec: Value) -> (Inside, Vec<Flaw>) {
    let (facts, flaws) = service(json!({ "spec": spec }));
    (facts.inside, flaws)
}

#[test]
fn a_service_is_reached_inside_its_cluster_as_its_spec_says() {
    let ips = |texts: &[&str]| {
        Inside::ClusterIps(texts.iter().map(|text| text.parse().expect("an address")).collect())
    };
    let both = json!({ "clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1", "fd00::1"] });
    assert_eq!(inside(both), (ips(&["10.96.0.1", "fd00::1"]), vec![]));
    assert_eq!(inside(json!({ "clusterIP": "10.96.0.1" })), (ips(&["10.96.0.1"]), vec![]));
    assert_eq!(inside(json!({ "clusterIP": "None" })), (Inside::Headless, vec![]));
    assert_eq!(inside(json!({ "clusterIPs": ["None"] })), (Inside::Headless, vec![]));
    assert_eq!(inside(json!({ "clusterIP": "", "clusterIPs": [] })), (Inside::Unassigned, vec![]));
    let bad = Flaw::BadAddress("10.96".into());
    assert_eq!(inside(json!({ "clusterIP": "10.96" })), (Inside::Unassigned, vec![bad]));
    let external = |name: &str| inside(json!({ "type": "ExternalName", "externalName": name }));
    assert_eq!(
        external("DB.Example.net."),
        (Inside::ExternalName("db.example.net".into()), vec![])
    );
    for text in ["192.0.2.1", "a..b", "2001:db8::1", "my db"] {
        let flaw = Flaw::BadExternalName(text.into());
        assert_eq!(external(text), (Inside::Unassigned, vec![flaw]), "{text}");
    }
}

#[test]
fn a_node_says_from_where_it_asks() {
    let object = lowered(
        ObjectKind::Node,
        &json!({
            "metadata": { "name": "n1" },
            "spec": { "podCIDR": "10.244.1.7/24", "podCIDRs": ["10.244.1.0/24", "fd00:1::/64", "0.0.0.0/0", "x"] },
            "status": { "addresses": [
                { "type": "Hostname", "address": "n1" },
                { "type": "InternalIP", "address": "192.168.0.7" },
                { "type": "ExternalIP", "address": "::ffff:203.0.113.7" },
                { "type": "InternalIP", "address": "192.168.0.300" },
            ] },
        }),
    );
    let Ok(Some(Object { facts: Facts::Node(_, facts), flaws })) = object else {
        panic!("no node: {object:?}")
    };
    let texts = |all: Vec<String>| all.join(" ");
    let networks = facts.networks().map(|network| network.to_string()).collect();
    assert_eq!(texts(networks), "192.168.0.7/32 203.0.113.7/32 10.244.1.0/24 fd00:1::/64");
    let bad = |text: &str| Flaw::BadNetwork(text.into());
    assert_eq!(flaws, [Flaw::BadAddress("192.168.0.300".into()), bad("0.0.0.0/0"), bad("x")]);
}

#[test]
fn bad_addresses_of_endpoints_are_left_out_and_said() {
    let value = json!({ "metadata": { "name": "cart-x1", "labels": of_cart()["labels"] },
        "endpoints": [{ "addresses": ["10.0.0.1"] }, { "addresses": ["no", "no"] }] });
    let object =
        lowered(ObjectKind::EndpointSlice, &value).expect("a usable slice").expect("a slice");
    let Facts::Slice(_, facts) = object.facts else { panic!("no slice") };
    assert_eq!((facts.ready, facts.endpoints.len()), (2, 1));
    assert_eq!(object.flaws, [Flaw::BadAddress("no".into())]);
}
