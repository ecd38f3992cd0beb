//! Load balancers given by name: the program beside a real resolver that answers, fails, lies,
//! is slow, and says something else from one moment to the next.

mod families;
mod resolver;

use crate::process;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, ResponseCode};

use crate::process::{CONFIG, NODE, Server};
use resolver::{OnEdns, Resolver, Says};

/// On a slow machine several tries fail before the first is seen, and pauses double.
const PATIENCE: Duration = Duration::from_secs(90);

/// A world whose hostnames are resolved by these servers.
fn world(resolvers: &[SocketAddr]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("east")).unwrap();
    fs::write(folder.path().join("east/nodes.yaml"), NODE).unwrap();
    configure(folder.path(), resolvers);
    folder
}

fn configure(folder: &Path, resolvers: &[SocketAddr]) {
    let servers: Vec<_> = resolvers.iter().map(|server| format!("'{server}'")).collect();
    let resolver = format!("resolver: {{ servers: [{}] }}\n", servers.join(", "));
    fs::write(folder.join("fedns.yaml"), format!("{CONFIG}{resolver}")).unwrap();
}

/// A Service with a ready endpoint and a load balancer of that name.
fn service(name: &str, hostname: &str) -> String {
    process::service(name, "x", true).replace("ip: x", &format!("hostname: {hostname}"))
}

fn add(folder: &Path, name: &str, hostname: &str) {
    let part = folder.join(format!("{name}.part"));
    fs::write(&part, service(name, hostname)).unwrap();
    fs::rename(part, folder.join(format!("east/{name}.yaml"))).unwrap();
}

fn name_of(service: &str) -> String {
    format!("{service}.shop.myfed.svc.example.com.")
}

fn addresses(reply: &Message) -> BTreeSet<String> {
    reply.answers.iter().map(|record| record.data.to_string()).collect()
}

/// Asks until the answer has these addresses and no others.
fn ask_until(server: &Server, service: &str, expected: &[&str]) -> Message {
    let expected: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
    let end = Instant::now() + PATIENCE;
    loop {
        let reply = server.ask(&name_of(service));
        if addresses(&reply) == expected {
            return reply;
        }
        assert!(Instant::now() < end, "{service}: {reply}");
    }
}

/// Reads the status until it says this of a hostname: its state, or the trouble with it.
fn status_until(server: &Server, hostname: &str, key: &str, value: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let status: serde_json::Value = serde_json::from_str(&server.get("/status").1).unwrap();
        let notes = status["hostnames"]["unresolved"].as_array().unwrap();
        let is_it = |note: &&serde_json::Value| note["hostname"] == hostname;
        let found = notes.iter().find(is_it).and_then(|note| note[key].as_str());
        if found.is_some_and(|found| found.contains(value)) {
            return;
        }
        assert!(Instant::now() < end, "{status}");
    }
}

#[test]
fn addresses_follow_the_resolver_and_outlive_its_failures() {
    let resolver = Resolver::start();
    let world = world(&[resolver.address]);
    resolver.gives("lb.test", 1, &["192.0.2.1"]);
    add(world.path(), "cart", "lb.test");
    let server = Server::start(world.path());
    let reply = ask_until(&server, "cart", &["192.0.2.1"]);
    assert_eq!(reply.answers[0].ttl, 30, "that of the hostname, but 30 s at least");

    // However short its TTL, it is asked for every five seconds.
    resolver.gives("lb.test", 1, &["192.0.2.2", "192.0.2.3"]);
    ask_until(&server, "cart", &["192.0.2.2", "192.0.2.3"]);
    server.wait_for("east moves shop/cart to 192.0.2.2, 192.0.2.3");

    for (says, trouble) in [
        (Says::Silence, "no resolver answers in time"),
        (Says::Code(ResponseCode::ServFail), "the resolver says Server Failure"),
        (Says::Addresses(Vec::new(), 1), "it exists and has no address"),
        // Said once, NXDOMAIN is no fact.
        (Says::Code(ResponseCode::NXDomain), "NXDOMAIN"),
    ] {
        resolver.says("lb.test", says);
        status_until(&server, "lb.test", "trouble", trouble);
        status_until(&server, "lb.test", "state", "failing");
        ask_until(&server, "cart", &["192.0.2.2", "192.0.2.3"]);
    }

    // Another server is asked at once.
    let other = Resolver::start();
    other.gives("lb.test", 60, &["192.0.2.4"]);
    configure(world.path(), &[other.address]);
    server.signal("HUP");
    ask_until(&server, "cart", &["192.0.2.4"]);
}

#[test]
fn one_bad_hostname_touches_no_other() {
    let resolver = Resolver::start();
    let world = world(&[resolver.address]);
    let folder = world.path();
    resolver.gives("end.test", 60, &["192.0.2.1", "2001:db8::1"]);
    resolver.says("middle.test", Says::Alias("end.test"));
    resolver.says("start.test", Says::Alias("middle.test"));
    add(folder, "chained", "Start.test.");
    resolver.gives("large.test", 60, &["192.0.2.2"]);
    resolver.truncates("large.test");
    add(folder, "large", "large.test");
    resolver.says("dead.test", Says::Silence);
    add(folder, "dead", "dead.test");
    resolver.gives("lying.test", 60, &["127.0.0.1", "192.0.2.3"]);
    add(folder, "lying", "lying.test");
    resolver.gives("lb.example.com", 60, &["192.0.2.66"]);
    resolver.says("circle.test", Says::Alias("lb.example.com"));
    add(folder, "circle", "circle.test");
    add(folder, "own", "lb.example.com");
    add(folder, "gone", "gone.test");

    // Hostnames that are still being asked for hold nothing up.
    let server = Server::start(folder);
    server.wait_for("ready: answers are complete");
    ask_until(&server, "chained", &["192.0.2.1"]);
    ask_until(&server, "large", &["192.0.2.2"]);
    assert!(resolver.over_tcp() > 0);
    ask_until(&server, "lying", &["192.0.2.3"]);
    status_until(&server, "dead.test", "state", "unresolved");
    status_until(&server, "circle.test", "state", "own");
    status_until(&server, "gone.test", "state", "unresolved");
    for service in ["dead", "circle", "own", "gone"] {
        let reply = ask_until(&server, service, &[]);
        assert_eq!(reply.metadata.response_code, ResponseCode::NoError, "{reply}");
    }
    server.get_until(
        "/status",
        &[
            "load-balancer hostname lying.test resolves to 127.0.0.1, which is refused",
            "load-balancer hostname lb.example.com lies in a zone that is served here",
            "load-balancer hostname circle.test lies in a zone that is served here",
        ],
    );
    let explained = server.get(&format!("/explain?name={}&type=A", name_of("chained"))).1;
    let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
    let note = &explained["service"]["hostnames"][0];
    assert_eq!(note["hostname"], "start.test", "{explained}");
    assert_eq!(note["state"], "resolved", "{explained}");
    assert_eq!(note["addresses"], serde_json::json!(["192.0.2.1", "2001:db8::1"]), "{explained}");
    let page = server.get("/services?search=dead").1;
    assert!(page.contains("\"hostname\":\"dead.test\""), "{page}");
    let metrics = server.get("/metrics").1;
    assert!(metrics.contains("fedns_hostnames{state=\"own\"} 2"), "{metrics}");
}

#[test]
fn a_server_that_fails_has_no_say_while_another_one_knows() {
    let (dead, failing, good) = (Resolver::start(), Resolver::start(), Resolver::start());
    dead.says_else(Says::Silence);
    failing.says_else(Says::Code(ResponseCode::ServFail));
    good.gives("lb.test", 60, &["192.0.2.1"]);
    let world = world(&[dead.address, failing.address, good.address]);
    add(world.path(), "cart", "lb.test");
    let server = Server::start(world.path());
    ask_until(&server, "cart", &["192.0.2.1"]);
}

/// Askers in the cluster get the alias, and the addresses that the resolver gives behind it.
#[test]
fn a_service_that_stands_for_another_name_has_its_addresses() {
    let resolver = Resolver::start();
    let world = world(&[resolver.address]);
    let config = fs::read_to_string(world.path().join("fedns.yaml")).unwrap();
    let asked = config.replace("./east\n", "./east\n    networks: [127.0.0.0/8]\n");
    fs::write(world.path().join("fedns.yaml"), asked).unwrap();
    resolver.gives("end.test", 60, &["192.0.2.1", "2001:db8::1"]);
    resolver.says("db.test", Says::Alias("end.test"));
    let text = "apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { type: ExternalName, externalName: db.test }
";
    fs::write(world.path().join("east/db.yaml"), text).unwrap();
    let server = Server::start(world.path());
    let end = Instant::now() + PATIENCE;
    loop {
        let reply = server.ask("db.shop.myfed.svc.cluster.local.");
        if addresses(&reply) == ["db.test.", "192.0.2.1"].map(String::from).into() {
            return;
        }
        assert!(Instant::now() < end, "{reply}");
    }
}

/// A start with thousands of load balancers is spread over what a resolver takes, and is quick.
#[test]
fn thousands_of_hostnames_are_asked_for_a_few_at_a_time() {
    const MANY: usize = 2000;
    let resolver = Resolver::start();
    resolver.slow(Duration::from_millis(5));
    resolver.says_else(Says::Addresses(vec!["192.0.2.1".parse().unwrap()], 600));
    let world = world(&[resolver.address]);
    let mut services = String::new();
    for number in 0..MANY {
        let name = format!("s{number}");
        writeln!(services, "---\n{}", service(&name, &format!("{name}.elb.test"))).unwrap();
    }
    fs::write(world.path().join("east/services.yaml"), services).unwrap();
    let server = Server::start(world.path());
    let resolved = format!("fedns_hostnames{{state=\"resolved\"}} {MANY}\n");
    let end = Instant::now() + PATIENCE;
    loop {
        let metrics = server.get("/metrics").1;
        if metrics.contains(&resolved) {
            break;
        }
        let told: Vec<_> = metrics.lines().filter(|it| it.starts_with("fedns_hostname")).collect();
        assert!(Instant::now() < end, "{told:#?}");
    }
    ask_until(&server, "s1999", &["192.0.2.1"]);
    // 32 at once; where the machine stalls, a name that was given up may count beside them.
    let most = resolver.most_asked();
    assert!(most <= 64, "{most} at once");
}

/// RFC 6891, section 6.2.2: who does not understand EDNS is asked again without it; that is kept, so
/// that not each query costs two. A header alone and silence are no replies, and mean the same.
#[test]
fn a_resolver_that_refuses_edns_is_asked_without() {
    for (does, waits) in [
        (OnEdns::Says(ResponseCode::FormErr), false),
        (OnEdns::Says(ResponseCode::NotImp), false),
        (OnEdns::Says(ResponseCode::BADVERS), false),
        (OnEdns::Cuts, true),
        (OnEdns::Drops, true),
    ] {
        let resolver = Resolver::start();
        resolver.on_edns(does);
        for at in 1..10 {
            resolver.gives(&format!("lb{at}.test"), 3600, &[&format!("192.0.2.{at}")]);
        }
        // What does not fit into a datagram is asked for over TCP, without EDNS as well.
        resolver.truncates("lb9.test");
        let folder = world(&[resolver.address]);
        add(folder.path(), "first", "lb1.test");
        let server = Server::start(folder.path());
        ask_until(&server, "first", &["192.0.2.1"]);
        let [before, _] = resolver.queries();
        for at in 2..10 {
            add(folder.path(), &format!("s{at}"), &format!("lb{at}.test"));
        }
        for at in 2..10 {
            ask_until(&server, &format!("s{at}"), &[&format!("192.0.2.{at}")]);
        }
        let [with_edns, plain] = resolver.queries();
        // What is sent again while nothing comes is of the first name.
        assert!(waits || with_edns == 2, "{does:?}: {with_edns} queries with EDNS");
        assert!(with_edns <= before + 4, "{does:?}: {before}, then {with_edns}");
        assert!(plain >= 18 && resolver.over_tcp() > 0, "{does:?}: {plain}");
    }
}

#[test]
fn a_resolver_that_refuses_everything_is_not_asked_twice_for_ever() {
    let (resolver, other) = (Resolver::start(), Resolver::start());
    resolver.on_edns(OnEdns::Says(ResponseCode::NotImp));
    resolver.stubborn();
    let folder = world(&[resolver.address]);
    add(folder.path(), "first", "lb.test");
    let server = Server::start(folder.path());
    status_until(&server, "lb.test", "trouble", "Not Implemented");
    let [_, plain] = resolver.queries();
    for at in 0..8 {
        add(folder.path(), &format!("s{at}"), &format!("lb{at}.test"));
    }
    for at in 0..8 {
        status_until(&server, &format!("lb{at}.test"), "trouble", "Not Implemented");
    }
    let [with_edns, now] = resolver.queries();
    assert!(with_edns >= 16 && now <= plain + 2, "{with_edns} with EDNS, {now} without");
    // Another one that understands EDNS is asked with it, and never without.
    other.gives("lb.test", 60, &["192.0.2.1"]);
    configure(folder.path(), &[other.address]);
    ask_until(&server, "first", &["192.0.2.1"]);
    assert_eq!(other.queries()[1], 0);
}

/// RFC 1035, section 2.3.3: some resolvers give names back in another case.
#[test]
fn a_reply_in_another_case_is_of_the_same_name() {
    let resolver = Resolver::start();
    resolver.gives("lb.test", 60, &["192.0.2.1"]);
    let folder = world(&[resolver.address]);
    add(folder.path(), "cart", "LB.Test");
    let server = Server::start(folder.path());
    ask_until(&server, "cart", &["192.0.2.1"]);
    resolver.shouts();
    resolver.gives("pay.test", 60, &["192.0.2.2"]);
    add(folder.path(), "pay", "pay.test");
    ask_until(&server, "pay", &["192.0.2.2"]);
}
