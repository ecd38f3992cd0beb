//! Clusters of IPv6 alone, and of both families: real API servers, asked for over IPv6 where they have nothing
//! else; load balancers, Services and pods of one family, of the other, and of both.

use std::fs;
use std::net::SocketAddr;

use hickory_proto::op::ResponseCode;
use tempfile::TempDir;

use crate::process::{CONFIG, Server};
use crate::real;
use crate::real::ask::{ask, said};
use crate::real::cluster::{Cluster, Families, PROGRAMS};
use crate::real::coredns::CoreDns;
use crate::real::program::{have_ipv6, until};
use crate::real::shop::{namespace, node};

const CART: &str = "cart.shop.myfed.svc.example.com.";
/// From the zone of each cluster.
const CART_EAST: &str = "cart.shop.myfed.svc.a.us.example.com.";
const CART_WEST: &str = "cart.shop.myfed.svc.b.eu.example.com.";
const CART_INSIDE: &str = "cart.shop.myfed.svc.cluster.local.";

/// The resolver of hostnames: a load balancer of both families, and one of IPv6.
const COREFILE: &str = "\
.:PORT {
    bind 127.0.0.1
    hosts hosts
}
";
const HOSTS: &str = "192.0.2.9 both.lb.example.net\n2001:db8::9 both.lb.example.net\n\
    2001:db8::6 six.lb.example.net\n";

/// The namespace, and a node, to whose pods whoever asks from these networks belongs.
fn place(zone: &str, region: &str, pods: &str) -> String {
    namespace("shop") + "---\n" + &node("n1", region, zone, pods)
}

/// A Service; `more` of its `spec`.
fn service(name: &str, more: &str) -> String {
    format!(
        "apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: shop }}
spec: {{ ports: [{{ name: http, port: 80 }}]{more} }}
"
    )
}

/// The endpoint of one family: controllers write a slice for each.
fn slice(service: &str, family: &str, is_ready: bool) -> String {
    let address = if family == "IPv4" { "10.1.2.3" } else { "fd00:1::3" };
    let name = format!("{service}-{}", family.to_lowercase());
    format!(
        "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: {name}, namespace: shop, labels: {{ kubernetes.io/service-name: {service} }} }}
addressType: {family}
ports: [{{ name: http, port: 8080 }}]
endpoints: [{{ addresses: ['{address}'], conditions: {{ ready: {is_ready} }} }}]
"
    )
}

const BALANCED: &str = ", type: LoadBalancer";
const BALANCED_BOTH: &str =
    ", type: LoadBalancer, ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6]";
const HEADLESS: &str = ", clusterIP: None";
const HEADLESS_BOTH: &str =
    ", clusterIP: None, ipFamilyPolicy: PreferDualStack, ipFamilies: [IPv4, IPv6]";

/// A fedns that watches clusters, and listens in both families.
struct World {
    // Ends before its folder goes.
    server: Server,
    _folder: TempDir,
    _resolver: CoreDns,
    four: SocketAddr,
    six: SocketAddr,
}

impl World {
    fn watch(clusters: &[&Cluster]) -> Self {
        let (folder, resolver) = (real::folder(), CoreDns::start(COREFILE, &[("hosts", HOSTS)]));
        let (head, _) = CONFIG.split_once("clusters:").unwrap();
        let head = head.replace("udp: ['127.0.0.1:0']", "udp: ['127.0.0.1:0', '[::1]:0']");
        let resolver_key = format!("resolver: {{ servers: ['{}'] }}\n", resolver.address);
        let mut config = format!("{head}{resolver_key}clusters:\n");
        for cluster in clusters {
            let name = &cluster.name;
            config.push_str(&format!(
                "  - {{ name: {name}, kubeconfig: {{ path: ./{name}.conf }} }}\n"
            ));
            let kubeconfig = cluster.reader(&cluster.token("first"));
            fs::write(folder.path().join(format!("{name}.conf")), kubeconfig).unwrap();
        }
        fs::write(folder.path().join("fedns.yaml"), config).unwrap();
        let server = Server::start(folder.path());
        until("ready", || server.get("/readyz").0 == 200);
        let log = server.log();
        let listener = |of: &str| -> SocketAddr {
            let (_, text) = log.split_once(&format!("listening on udp {of}")).unwrap();
            format!("{of}{}", text.lines().next().unwrap()).parse().unwrap()
        };
        let (four, six) = (listener("127.0.0.1"), listener("[::1]"));
        Self { server, _folder: folder, _resolver: resolver, four, six }
    }

    /// A name comes to have these addresses of a family, and no other.
    #[track_caller]
    fn has(&self, name: &str, type_: &str, expected: &[&str]) {
        has(self.four, name, type_, expected);
        // Over which family it is asked for is another matter.
        assert_eq!(records(self.six, name, type_), records(self.four, name, type_), "{name}");
    }

    /// A name has nothing of a family, and exists.
    #[track_caller]
    fn has_nothing(&self, name: &str, type_: &str) {
        self.has(name, type_, &[]);
        let reply = said(&ask(self.four, name, type_));
        assert_eq!((reply.code, reply.records), (ResponseCode::NoError, Vec::new()), "{name}");
    }
}

/// The addresses of a family that a name is answered with, in order.
fn records(server: SocketAddr, name: &str, type_: &str) -> Vec<String> {
    let records = said(&ask(server, name, type_)).records;
    let between = format!(" {} ", type_.to_lowercase());
    let address = |record: &String| Some(record.split_once(&between)?.1.to_owned());
    let mut addresses: Vec<_> = records.iter().filter_map(address).collect();
    addresses.sort();
    addresses
}

#[track_caller]
fn has(server: SocketAddr, name: &str, type_: &str, expected: &[&str]) {
    until(&format!("{name} {type_} is {expected:?}"), || records(server, name, type_) == expected);
}

fn cluster_ips(cluster: &Cluster, service: &str) -> Vec<String> {
    let path = "-o=jsonpath={.spec.clusterIPs[*]}";
    let text = cluster.kubectl(&["get", "service", service, "--namespace=shop", path]);
    text.split(' ').map(str::to_owned).collect()
}

/// Gives a Service of type LoadBalancer a hostname, as some clouds do.
fn balance_by_name(cluster: &Cluster, service: &str, hostname: &str) {
    let ingress = serde_json::json!([{ "hostname": hostname }]);
    let status = serde_json::json!({ "status": { "loadBalancer": { "ingress": ingress } } });
    let patch = format!("--patch={status}");
    let how = ["--namespace=shop", "--subresource=status", "--type=merge"];
    cluster.kubectl(&["patch", "service", service, how[0], how[1], how[2], &patch]);
}

fn are_here() -> bool {
    if !have_ipv6() {
        real::skip("this machine has no IPv6");
        return false;
    }
    real::have(&PROGRAMS) && real::have(&["coredns"])
}

#[test]
fn a_cluster_of_ipv6_alone() {
    if !are_here() {
        return;
    }
    let [west] = Cluster::start_of([("west", Families::Six)]);
    west.apply(&place("b", "eu", "'::1/128'"));
    west.apply(&service("cart", BALANCED));
    west.apply(&slice("cart", "IPv6", true));
    let world = World::watch(&[&west]);
    // It has no address yet.
    world.has_nothing(CART, "AAAA");
    west.balance("shop", "cart", &["2001:db8::1", "2001:db8::2"]);
    for name in [CART, CART_WEST] {
        world.has(name, "AAAA", &["2001:db8::1", "2001:db8::2"]);
        world.has_nothing(name, "A");
    }
    west.apply(&slice("cart", "IPv6", false));
    world.has(CART, "AAAA", &[]);
    west.apply(&slice("cart", "IPv6", true));
    world.has(CART, "AAAA", &["2001:db8::1", "2001:db8::2"]);
    // Balancers by name: of both families, and of one.
    for (host, four, six) in
        [("both", &["192.0.2.9"][..], "2001:db8::9"), ("six", &[][..], "2001:db8::6")]
    {
        balance_by_name(&west, "cart", &format!("{host}.lb.example.net"));
        world.has(CART, "AAAA", &[six]);
        world.has(CART, "A", four);
    }
    // Its own pods ask over IPv6, and get the Service's own address; those of headless ones get pods.
    let ips = cluster_ips(&west, "cart");
    assert!(ips.len() == 1 && ips[0].starts_with("fd00:10:96::"), "{ips:?}");
    has(world.six, CART_INSIDE, "AAAA", &[&ips[0]]);
    has(world.six, CART_INSIDE, "A", &[]);
    west.apply(&service("pods", HEADLESS));
    west.apply(&slice("pods", "IPv6", true));
    has(world.six, "pods.shop.myfed.svc.cluster.local.", "AAAA", &["fd00:1::3"]);
    // With nothing ready at home they are sent to the canonical name, as anybody from elsewhere.
    west.apply(&slice("cart", "IPv6", false));
    has(world.six, CART_INSIDE, "AAAA", &[]);
    let (_, status) = world.server.get("/status");
    assert!(status.contains("\"complaints\":[]"), "{status}");
}

#[test]
fn clusters_of_both_families_and_of_one_stand_in_for_each_other() {
    if !are_here() {
        return;
    }
    let [east, west] = Cluster::start_of([("east", Families::Both), ("west", Families::Six)]);
    east.apply(&place("a", "us", "127.0.0.1/32, 'fd00:1::/64'"));
    east.apply(&service("cart", BALANCED_BOTH));
    west.apply(&place("b", "eu", "'::1/128'"));
    west.apply(&service("cart", BALANCED));
    let ready = |cluster: &Cluster, family: &str, is_ready: bool| {
        cluster.apply(&slice("cart", family, is_ready));
    };
    for (cluster, family) in [(&east, "IPv4"), (&east, "IPv6"), (&west, "IPv6")] {
        ready(cluster, family, true);
    }
    east.balance("shop", "cart", &["192.0.2.1", "2001:db8:e::1"]);
    west.balance("shop", "cart", &["2001:db8:f::1"]);
    let world = World::watch(&[&east, &west]);
    world.has(CART, "A", &["192.0.2.1"]);
    world.has(CART, "AAAA", &["2001:db8:e::1", "2001:db8:f::1"]);
    world.has(CART_EAST, "A", &["192.0.2.1"]);
    world.has(CART_EAST, "AAAA", &["2001:db8:e::1"]);
    world.has(CART_WEST, "AAAA", &["2001:db8:f::1"]);
    // RFC 1034, section 3.6.2: where there is an address of one family there can be no alias for the other.
    world.has_nothing(CART_WEST, "A");
    // Health is one decision: endpoints of one family are enough for both.
    for family in ["IPv6", "IPv4"] {
        ready(&east, "IPv4", true);
        ready(&east, "IPv6", true);
        ready(&east, family, false);
        // What is told later is known when this is: a watch tells in order.
        east.apply(&service("later", BALANCED));
        east.apply(&slice("later", "IPv4", true));
        east.balance("shop", "later", &["192.0.2.77"]);
        world.has("later.shop.myfed.svc.example.com.", "A", &["192.0.2.77"]);
        east.kubectl(&["delete", "service", "later", "--namespace=shop"]);
        east.kubectl(&["delete", "endpointslice", "later-ipv4", "--namespace=shop"]);
        world.has("later.shop.myfed.svc.example.com.", "A", &[]);
        world.has(CART_EAST, "A", &["192.0.2.1"]);
        world.has(CART_EAST, "AAAA", &["2001:db8:e::1"]);
        let ips = cluster_ips(&east, "cart");
        has(world.four, CART_INSIDE, "A", &[&ips[0]]);
        has(world.four, CART_INSIDE, "AAAA", &[&ips[1]]);
    }
    // Nothing is ready in the east: its zone is sent on, to a world that has IPv6 alone.
    ready(&east, "IPv6", false);
    ready(&east, "IPv4", false);
    world.has(CART_EAST, "AAAA", &["2001:db8:f::1"]);
    world.has(CART_EAST, "A", &[]);
    has(world.four, CART_INSIDE, "AAAA", &["2001:db8:f::1"]);
    assert_eq!(said(&ask(world.four, CART_EAST, "A")).records.len(), 2, "the chain, and no more");
    // And the other way round.
    ready(&east, "IPv6", true);
    ready(&west, "IPv6", false);
    world.has(CART_WEST, "A", &["192.0.2.1"]);
    world.has(CART_WEST, "AAAA", &["2001:db8:e::1"]);
    has(world.six, CART_INSIDE, "AAAA", &["2001:db8:e::1"]);
    has(world.six, CART_INSIDE, "A", &["192.0.2.1"]);
}

#[test]
fn services_of_both_families_inside_their_cluster() {
    if !are_here() {
        return;
    }
    let [east] = Cluster::start(["east"]);
    east.apply(&place("a", "us", "127.0.0.1/32, '::1/128'"));
    let world = World::watch(&[&east]);
    // One family, which is the cluster's first; then both, as an operator asks for them later.
    east.apply(&service("web", ""));
    east.apply(&slice("web", "IPv4", true));
    let web = "web.shop.myfed.svc.cluster.local.";
    world.has(web, "A", &[&cluster_ips(&east, "web")[0]]);
    world.has_nothing(web, "AAAA");
    east.apply(&service("web", ", ipFamilyPolicy: PreferDualStack"));
    let ips = cluster_ips(&east, "web");
    assert!(ips.len() == 2 && ips[1].starts_with("fd00:10:96::"), "{ips:?}");
    world.has(web, "AAAA", &[&ips[1]]);
    world.has(web, "A", &[&ips[0]]);
    // One that is of IPv6 alone in a cluster of both.
    east.apply(&service("six", ", ipFamilies: [IPv6]"));
    east.apply(&slice("six", "IPv6", true));
    world.has("six.shop.myfed.svc.cluster.local.", "AAAA", &[&cluster_ips(&east, "six")[0]]);
    world.has_nothing("six.shop.myfed.svc.cluster.local.", "A");
    // A headless one gives its pods' addresses, of each family those that are ready.
    east.apply(&service("pods", HEADLESS_BOTH));
    east.apply(&slice("pods", "IPv4", true));
    east.apply(&slice("pods", "IPv6", true));
    let pods = "pods.shop.myfed.svc.cluster.local.";
    world.has(pods, "A", &["10.1.2.3"]);
    world.has(pods, "AAAA", &["fd00:1::3"]);
    east.apply(&slice("pods", "IPv6", false));
    world.has(pods, "AAAA", &[]);
    world.has_nothing(pods, "AAAA");
    world.has(pods, "A", &["10.1.2.3"]);
}
