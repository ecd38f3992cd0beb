//! fedns behind a delegation: recursive resolvers find it from the root, as they find every zone.
//!
//! Each test runs in a network of its own: a root and `com` (NSD), two fedns as the name servers of
//! `example.com` on port 53, and one resolver, which is asked. What it answers is what fedns answers.

use crate::real;
use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};
use tempfile::TempDir;

use crate::process::Server;
use crate::real::ask::{ask, said, try_ask};
use crate::real::network::in_own_network;
use crate::real::program::{Program, until};
use crate::real::resolvers::{
    BIND, KNOT_RESOLVER, POWERDNS, RESOLVER, Resolver, UNBOUND, UNBOUND_RELAXED,
};
use crate::real::root::{self, COM, ROOT};
use crate::real::shop::node;

const V4: [&str; 2] = ["198.18.0.11", "198.18.0.12"];
const V6: [&str; 2] = ["2001:db8:53::11", "2001:db8:53::12"];
const NAMES: [&str; 2] = ["ns1.example.com", "ns2.example.com"];

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";
/// How long the answers for `fast` may be kept, in seconds. Knot Resolver keeps all for 5 s at least.
const TTL: u64 = 6;

/// One question of every kind; what fedns answers is looked at elsewhere.
const QUESTIONS: [(&str, &str); 16] = [
    (CART, "A"),
    (CART, "AAAA"),
    ("cart.shop.myfed.svc.b.us.example.com.", "A"),
    ("cart.shop.myfed.a.us.example.com.", "A"),
    ("cart.shop.myfed.svc.a.example.com.", "A"),
    ("web.shop.myfed.svc.b.us.example.com.", "A"),
    ("web.shop.myfed.svc.b.us.example.com.", "AAAA"),
    ("web.shop.myfed.svc.b.us.example.com.", "TXT"),
    ("large.shop.myfed.svc.example.com.", "A"),
    ("nobody.shop.myfed.svc.a.us.example.com.", "A"),
    ("cart.shop.myfed.svc.mars.example.com.", "A"),
    ("below.cart.shop.myfed.svc.a.us.example.com.", "A"),
    ("svc.a.us.example.com.", "A"),
    ("shop.myfed.svc.example.com.", "TXT"),
    ("example.com.", "NS"),
    ("ns1.example.com.", "A"),
];

fn place(region: &str, zone: &str) -> String {
    format!("---\n{}", node(zone, region, zone, ""))
}

fn service(name: &str, addresses: &[String], is_ready: bool) -> String {
    let ingress: Vec<_> = addresses.iter().map(|ip| format!("{{ ip: '{ip}' }}")).collect();
    let ttl = if name == "fast" { TTL } else { 180 };
    format!(
        "---
apiVersion: v1
kind: Service
metadata: {{ name: {name}, namespace: shop, annotations: {{ fedns.dev/ttl: {ttl}s }} }}
spec: {{ type: LoadBalancer }}
status: {{ loadBalancer: {{ ingress: [{ingress}] }} }}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: {name}-1, namespace: shop, labels: {{ kubernetes.io/service-name: {name} }} }}
addressType: IPv4
endpoints: [{{ addresses: [10.0.0.1], conditions: {{ ready: {is_ready} }} }}]
",
        ingress = ingress.join(", ")
    )
}

/// How many services there are that nobody asks for but in the middle of a failure.
const MANY: usize = 40;

/// Three clusters: `cart` and `fast` run in zone a and in Paris, `web` in Paris alone, over both families;
/// `large` has more addresses than fit a datagram.
fn write_clusters(folder: &Path) {
    let cluster = |name: &str, texts: &[String]| {
        let folder = folder.join("clusters").join(name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("all.yaml"), texts.concat()).unwrap();
    };
    let one = |address: &str| vec![address.to_owned()];
    let mut here = vec![place("us", "a"), service("cart", &one("192.0.2.1"), true)];
    here.extend((0..MANY).map(|n| service(&format!("s{n}"), &one("192.0.2.2"), true)));
    let large: Vec<_> = (1..=100).map(|n| format!("203.0.113.{n}")).collect();
    here.push(service("large", &large, true));
    cluster("east", &here);
    cluster("west", &[place("us", "b")]);
    let web = ["198.51.100.1".to_owned(), "2001:db8::1".to_owned()];
    let paris = [service("cart", &one("198.51.100.2"), true), service("web", &web, true)];
    cluster(
        "paris",
        &[&[place("eu", "c"), service("fast", &one("198.51.100.3"), true)][..], &paris].concat(),
    );
    write_fast(folder, true);
}

/// Zone a's part of `fast`.
fn write_fast(folder: &Path, is_ready: bool) {
    let text = service("fast", &["192.0.2.3".to_owned()], is_ready);
    fs::write(folder.join("clusters/east/fast.yaml"), text).unwrap();
}

/// Two fedns with the same clusters, the programs above them, a resolver.
struct World {
    folder: TempDir,
    servers: Vec<Server>,
    resolver: SocketAddr,
    // Held, so that they run.
    _programs: Vec<Program>,
}

impl World {
    /// Each name server has one address of each family given.
    fn start(resolver: &Resolver, families: &[[&str; 2]]) -> Self {
        let folder = real::folder();
        write_clusters(folder.path());
        let name_servers: Vec<(&str, Vec<IpAddr>)> = (0..2)
            .map(|n| (NAMES[n], families.iter().map(|family| family[n].parse().unwrap()).collect()))
            .collect();
        let servers = name_servers
            .iter()
            .map(|(name, addresses)| fedns(&folder.path().join(name), addresses, &name_servers))
            .collect();
        let mut programs: Vec<_> = root::start(folder.path(), &name_servers).into();
        let (program, resolver) = resolver.start(folder.path());
        programs.push(program);
        Self { folder, servers, resolver, _programs: programs }
    }

    /// What a fedns that still runs answers.
    fn directly(&self, name: &str, type_: &str) -> Message {
        ask(self.servers.last().unwrap().udp, name, type_)
    }

    fn resolve(&self, name: &str, type_: &str) -> Message {
        ask(self.resolver, name, type_)
    }

    /// Every kind of question, answered by the resolver as by fedns.
    fn answers_all(&self, when: &str) {
        for (name, type_) in QUESTIONS {
            let (given, true_) = (self.resolve(name, type_), self.directly(name, type_));
            // Resolvers may add what they know: the addresses behind a negative answer's name never.
            assert_eq!(said(&given), said(&true_), "{when}: {name} {type_}\n{given}");
            let least = |message: &Message| message.answers.iter().map(|record| record.ttl).min();
            assert!(least(&given) <= least(&true_), "{when}: {name} {type_}: {given}");
        }
    }

    /// Requests that fedns got over TCP.
    fn requests_over_tcp(&self) -> u64 {
        let requests = |server: &Server| {
            let (_, text) = server.get("/metrics");
            let is_tcp = |line: &&str| {
                line.starts_with("fedns_dns_requests_total{") && line.contains("\"tcp\"")
            };
            let count = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
            text.lines().filter(is_tcp).map(count).sum::<u64>()
        };
        self.servers.iter().map(requests).sum()
    }
}

fn fedns(folder: &Path, addresses: &[IpAddr], name_servers: &[(&str, Vec<IpAddr>)]) -> Server {
    let listen: Vec<_> =
        addresses.iter().map(|&address| format!("'{}'", SocketAddr::new(address, 53))).collect();
    let listen = listen.join(", ");
    let mut text = format!(
        "apiVersion: fedns.dev/v1
kind: Config
listen: {{ udp: [{listen}], tcp: [{listen}] }}
admin: {{ listen: '127.0.0.1:0', socket: off }}
log: {{ format: text }}
maxAddresses: 0
clusters:
  - {{ name: east, manifests: ../clusters/east }}
  - {{ name: west, manifests: ../clusters/west }}
  - {{ name: paris, manifests: ../clusters/paris }}
federations:
  - name: myfed
    domain: example.com
    nameservers:
"
    );
    for (name, addresses) in name_servers {
        let addresses: Vec<_> = addresses.iter().map(|address| format!("'{address}'")).collect();
        let addresses = addresses.join(", ");
        text.push_str(&format!("      - {{ name: {name}, addresses: [{addresses}] }}\n"));
    }
    fs::create_dir(folder).unwrap();
    fs::write(folder.join("fedns.yaml"), text).unwrap();
    let server = Server::start(folder);
    server.wait_for("ready: answers are complete");
    server
}

/// Runs in a network with the addresses of everybody, if the programs are here.
fn in_world(test: &str, resolver: &Resolver, families: &[[&str; 2]], work: impl FnOnce(World)) {
    if !real::have(&["nsd", resolver.program]) {
        return;
    }
    let mut addresses: Vec<_> = [ROOT, COM, RESOLVER].map(|address| format!("{address}/32")).into();
    for address in families.iter().flatten() {
        let length = if address.contains(':') { 128 } else { 32 };
        addresses.push(format!("{address}/{length}"));
    }
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    in_own_network(test, &addresses, || work(World::start(resolver, families)));
}

/// The whole life of a zone with a resolver: asked for the first time, from the cache, changed, with one
/// name server less, with none.
fn follows(test: &str, resolver: &Resolver) {
    in_world(test, resolver, &[V4], |mut world| {
        let large = world.directly("large.shop.myfed.svc.example.com.", "A");
        assert_eq!(large.answers.len(), 100);
        world.answers_all("cold");
        world.answers_all("warm");
        // RFC 7766, section 5: what did not fit a datagram is asked for over TCP. One of those was ours.
        assert!(world.requests_over_tcp() > 1, "the resolver never came over TCP");
        follows_a_change(&world);
        loses_a_name_server(&mut world);
        loses_the_other(&mut world);
    });
}

/// Who was sent to zone a is sent elsewhere once the answer's TTL has passed.
fn follows_a_change(world: &World) {
    let name = "fast.shop.myfed.svc.a.us.example.com.";
    let before = world.resolve(name, "A");
    assert_eq!(said(&before), said(&world.directly(name, "A")));
    write_fast(world.folder.path(), false);
    // Both name servers say so, or the resolver may rightly hear the old answer once more.
    for server in &world.servers {
        server.ask_until(name, 3);
    }
    let changed = Instant::now();
    let after = said(&world.directly(name, "A"));
    until("the resolver follows", || {
        let is_over = changed.elapsed() > Duration::from_secs(TTL + 2);
        let given = said(&world.resolve(name, "A"));
        assert!(given == after || !is_over, "past the TTL of {TTL} s still {given:?}");
        given == after
    });
}

/// Names that nobody has asked for yet, while a name server dies without a word.
fn loses_a_name_server(world: &mut World) {
    let expected = ["192.0.2.2"];
    for n in 0..MANY {
        if n == MANY / 4 {
            world.servers.remove(0).signal("KILL");
        }
        let reply = world.resolve(&format!("s{n}.shop.myfed.svc.a.us.example.com."), "A");
        let addresses: Vec<_> =
            reply.answers.iter().map(|record| record.data.to_string()).collect();
        assert_eq!(addresses, expected, "s{n}: {reply}");
    }
}

/// With no name server left, what the resolver knows still holds, and what it does not know is an error.
fn loses_the_other(world: &mut World) {
    let cart = said(&world.directly(CART, "A"));
    world.servers.clear();
    assert_eq!(said(&world.resolve(CART, "A")), cart);
    // Unbound says nothing at all for a while, which is an error to whoever asks.
    let unknown = try_ask(world.resolver, "s0.shop.myfed.svc.b.us.example.com.", "A");
    if let Some(reply) = unknown {
        assert_eq!(reply.metadata.response_code, ResponseCode::ServFail, "{reply}");
    }
}

#[test]
fn unbound_follows() {
    follows("delegation::unbound_follows", &UNBOUND);
}

#[test]
fn unbound_relaxed_follows() {
    follows("delegation::unbound_relaxed_follows", &UNBOUND_RELAXED);
}

#[test]
fn bind_follows() {
    follows("delegation::bind_follows", &BIND);
}

#[test]
fn knot_resolver_follows() {
    follows("delegation::knot_resolver_follows", &KNOT_RESOLVER);
}

#[test]
fn powerdns_follows() {
    follows("delegation::powerdns_follows", &POWERDNS);
}

/// RFC 3596, section 2.1: a name server may have addresses of IPv6 alone.
fn follows_over_ipv6(test: &str, resolver: &Resolver) {
    in_world(test, resolver, &[V6], |world| {
        world.answers_all("cold, over IPv6");
        world.answers_all("warm, over IPv6");
    });
}

#[test]
fn unbound_follows_over_ipv6() {
    follows_over_ipv6("delegation::unbound_follows_over_ipv6", &UNBOUND);
}

#[test]
fn bind_follows_over_ipv6() {
    follows_over_ipv6("delegation::bind_follows_over_ipv6", &BIND);
}

#[test]
fn knot_resolver_follows_over_ipv6() {
    follows_over_ipv6("delegation::knot_resolver_follows_over_ipv6", &KNOT_RESOLVER);
}

#[test]
fn powerdns_follows_over_ipv6() {
    follows_over_ipv6("delegation::powerdns_follows_over_ipv6", &POWERDNS);
}
