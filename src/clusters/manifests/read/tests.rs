//! Files as kubectl really prints them, and as people write them.

use foldhash::quality::RandomState;
use proptest::prelude::*;

use super::*;

/// The titles of what a file holds, and what is said of it.
fn seen(text: &str) -> (Vec<String>, Vec<String>) {
    let contents = read("f", text.as_bytes(), &RandomState::default(), &|| false);
    let contents = contents.unwrap_or_else(|error| panic!("{error} in:\n{text}"));
    let titles = contents.objects.iter().map(|object| title(object).into()).collect();
    let flaws = contents.flaws.iter().map(|(subject, flaw)| format!("{subject}: {flaw}"));
    (titles, flaws.collect())
}

fn error(octets: &[u8]) -> String {
    let read = read("f.json", octets, &RandomState::default(), &|| false);
    read.expect_err("it can not be read").to_string()
}

/// `kubectl get endpointslices -o json`: keys are sorted, so that the kind comes late.
const KUBECTL_JSON: &str = r#"{
    "apiVersion": "v1",
    "items": [
        {
            "addressType": "IPv4",
            "apiVersion": "discovery.k8s.io/v1",
            "endpoints": [
                {"addresses": ["10.1.0.7"], "conditions": {"ready": true, "serving": true}}
            ],
            "kind": "EndpointSlice",
            "metadata": {
                "annotations": {"endpoints.kubernetes.io/last-change-trigger-time": "2026-01-01"},
                "generateName": "cart-",
                "labels": {"kubernetes.io/service-name": "cart"},
                "managedFields": [{"apiVersion": "discovery.k8s.io/v1", "fieldsV1":
                    {"f:endpoints": {}, "f:metadata": {"f:labels": {".": {}}}}}],
                "name": "cart-x1",
                "namespace": "shop",
                "ownerReferences": [{"kind": "Service", "name": "cart"}]
            },
            "ports": [{"name": "", "port": 8080, "protocol": "TCP"}]
        },
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": 5}
    ],
    "kind": "List",
    "metadata": {"resourceVersion": ""}
}
"#;

const KUBECTL_YAML: &str = r#"apiVersion: v1
items:
- apiVersion: v1
  kind: Node
  metadata:
    annotations:
      node.alpha.kubernetes.io/ttl: "0"
    labels:
      topology.kubernetes.io/region: us-east1
      topology.kubernetes.io/zone: us-east1-b
    managedFields:
    - apiVersion: v1
      fieldsType: FieldsV1
      fieldsV1:
        f:metadata:
          f:labels:
            .: {}
            f:beta.kubernetes.io/arch: {}
      manager: kubelet
      time: "2026-01-01T00:00:00Z"
    name: node-1
  spec:
    podCIDR: 10.1.0.0/24
  status:
    images:
    - names:
      - registry.k8s.io/pause@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097
      sizeBytes: 298689
- apiVersion: v1
  kind: Service
  metadata:
    creationTimestamp: "2026-01-01T00:00:00Z"
    name: cart
    namespace: shop
  spec:
    type: LoadBalancer
  status:
    loadBalancer:
      ingress:
      - ip: 192.0.2.1
        ipMode: VIP
- addressType: IPv4
  apiVersion: discovery.k8s.io/v1
  endpoints: null
  kind: EndpointSlice
  metadata:
    labels:
      kubernetes.io/service-name: cart
    name: cart-x1
    namespace: shop
  ports: null
kind: List
metadata:
  resourceVersion: ""
"#;

#[test]
fn lists_of_kubectl_are_read() {
    assert_eq!(seen(KUBECTL_JSON), (vec!["EndpointSlice shop/cart-x1".into()], vec![]));
    let titles = ["Node node-1", "Service shop/cart", "EndpointSlice shop/cart-x1"];
    assert_eq!(seen(KUBECTL_YAML), (titles.map(String::from).to_vec(), vec![]));
}

#[test]
fn items_of_typed_lists_need_no_kind_of_their_own() {
    let first = r#"{"kind":"ServiceList","apiVersion":"v1","items":[{"metadata":{"name":"a"}}]}"#;
    let last = r#"{"items":[{"metadata":{"name":"a"}}],"apiVersion":"v1","kind":"ServiceList"}"#;
    for text in [first, last] {
        assert_eq!(seen(text), (vec!["Service default/a".into()], vec![]), "{text}");
    }
    let other = r#"{"items":[{"metadata":{}}, 3],"apiVersion":"v1","kind":"Menu"}"#;
    assert_eq!(seen(other), (vec![], vec![]));
    let knative = first.replace("\"v1\"", "\"serving.knative.dev/v1\"");
    assert_eq!(seen(&knative), (vec![], vec![]));
    let untyped = first.replace("ServiceList", "List");
    assert_eq!(seen(&untyped).1, ["file f: object 1: it has no kind"]);
}

#[test]
fn documents_follow_each_other() {
    let json = r#"{"kind":"Node","metadata":{"name":"a"}}
        {"kind":"Node","metadata":{"name":"b"}}{"kind":"Node","metadata":{"name":"c"}}"#;
    assert_eq!(seen(json), (["Node a", "Node b", "Node c"].map(String::from).to_vec(), vec![]));
    let yaml = "# a comment\n%YAML 1.2\n---\n# nothing\n---\nkind: Node\nmetadata: {name: a}\n...\n\
        --- # b\nkind: Node\nmetadata: {name: b}\n---\n---\n{kind: Node, metadata: {name: c}}\n";
    assert_eq!(seen(yaml), seen(json));
    assert_eq!(seen(&yaml.replace('\n', "\r\n")), seen(json));
    let flow = "{kind: Node, metadata: {name: a}}\n---\n{\"kind\":\"Node\",\"metadata\":{\"name\":\"b\"}}\n";
    assert_eq!(seen(flow).0, ["Node a", "Node b"]);
}

#[test]
fn anchors_are_followed() {
    let yaml = "kind: List\nitems:\n- &n\n  kind: Node\n  metadata: &m {name: a}\n\
        - kind: Service\n  metadata:\n    <<: *m\n    namespace: b\n";
    assert_eq!(seen(yaml).0, ["Node a", "Service b/a"]);
}

#[test]
fn nothing_and_only_comments_are_told_apart() {
    let read = |text: &str| read("f", text.as_bytes(), &RandomState::default(), &|| false);
    let is_blank = |text: &str| read(text).expect("it can be read").is_blank;
    assert!(is_blank("") && is_blank(" \n\t\n") && is_blank("\u{feff}\n"));
    assert!(is_blank("# nobody home\n") && is_blank("---\n") && is_blank("null"));
    assert!(!is_blank("kind: List\nitems: []") && !is_blank("kind: Secret"));
    assert_eq!(seen("# nobody home\n---\n"), (vec![], vec![]));
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(seen("\u{feff}kind: Node\nmetadata: {name: a}\n").0, ["Node a"]);
    assert_eq!(seen("\u{feff}{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}").0, ["Node a"]);
}

#[test]
fn broken_files_say_where() {
    assert_eq!(error(b"{\n  \"kind\": \"Node\",\n}"), "3:1: trailing comma");
    assert_eq!(error(b"kind: \xff"), "1:7: it is not UTF-8 text");
    let second = error(b"{\"kind\":\"Node\",\"metadata\":{\"name\":\"a\"}}\n\n  {\"kind\": oops}");
    assert_eq!(second, "3:12: expected value");
    let yaml = error(b"kind: Node\n---\nkind: Node\nmetadata: [\n");
    assert!(yaml.starts_with("4:") || yaml.starts_with("5:"), "{yaml}");
}

#[test]
fn an_object_given_twice_counts_once() {
    let yaml = "kind: Service\nmetadata: {name: a}\nspec: {type: NodePort}\n---\n\
        kind: Service\nmetadata: {name: A, namespace: default}\n";
    let (titles, flaws) = seen(yaml);
    assert_eq!((titles, flaws.len()), (vec!["Service default/a".into()], 1));
    assert!(
        flaws[0].starts_with("file f: Service default/a stands in it more than once"),
        "{flaws:?}"
    );
}

#[test]
fn large_yaml_dumps_pass_the_budgets() {
    use std::fmt::Write as _;
    let mut text = String::from("apiVersion: v1\nkind: List\nitems:\n");
    for number in 0..30_000 {
        write!(
            text,
            "- kind: Service\n  metadata:\n    name: s{number}\n    namespace: a\n    uid: x\n"
        )
        .expect("writing to a String can not fail");
    }
    assert_eq!(seen(&text).0.len(), 30_000);
}

#[test]
fn reading_stops_when_nobody_waits() {
    let read = read("f", KUBECTL_JSON.as_bytes(), &RandomState::default(), &|| true);
    assert!(read.is_err());
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        read("f", &octets, &RandomState::default(), &|| false).ok();
    }

    #[test]
    fn arbitrary_structure_never_panics(text in "[-{}\\[\\]:,\"'&*!|>#%a-d0-9 \n]{0,80}") {
        read("f", text.as_bytes(), &RandomState::default(), &|| false).ok();
    }

    #[test]
    fn damaged_files_never_panic(at in 0_usize..1200, octet in any::<u8>(), cut in 0_usize..1200) {
        for text in [KUBECTL_JSON, KUBECTL_YAML] {
            let mut octets = text.as_bytes().to_vec();
            octets.truncate(cut.max(1));
            let length = octets.len();
            octets[at % length] = octet;
            read("f", &octets, &RandomState::default(), &|| false).ok();
        }
    }
}
