//! Restarts that go on watching where the process before them stopped: its API servers are asked for no
//! list. And those that can not, for a reason each: then everything is listed, as at the first start.

use std::path::Path;
use std::time::Instant;

use hickory_proto::op::ResponseCode;
use serde_json::Value;
use tempfile::TempDir;

use crate::fake_api::{FakeApi, Fault, Verb, node, replace, service, slice};
use crate::process::{CONFIG, PATIENCE, Server};

const KUBE_SYSTEM: &str = "/api/v1/namespaces/kube-system";
const KINDS: usize = 3;

/// A cluster behind an API server, and a process that keeps what it says.
struct World {
    folder: TempDir,
    api: FakeApi,
}

impl World {
    fn new(objects: impl IntoIterator<Item = Value>) -> Self {
        let (folder, api) = (tempfile::tempdir().unwrap(), FakeApi::start());
        api.put([node("n1", "us", "a")]);
        api.put(objects);
        api.write_kubeconfig(&folder.path().join("east.conf"));
        let world = Self { folder, api };
        world.configure("");
        world
    }

    /// With `more` in the cluster's entry.
    fn configure(&self, more: &str) {
        let (head, _) = CONFIG.split_once("clusters:").unwrap();
        let cluster = format!("{{ name: east, kubeconfig: {{ path: ./east.conf }}{more} }}");
        let text = format!("{head}stateDir: ./state\nclusters:\n  - {cluster}\n");
        replace(&self.path().join("fedns.yaml"), &text);
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A process that has read everything, or goes on from where it was read.
    fn start(&self) -> Server {
        let server = Server::start(self.path());
        server.wait_for("east synced");
        server
    }

    /// A process that is told to stop, and what it kept.
    fn stop(&self, mut server: Server) {
        server.signal("TERM");
        assert_eq!(server.ended().code(), Some(0));
    }

    fn lists(&self) -> usize {
        self.api.requests("List ") + self.api.requests("Stream ")
    }
}

fn name(service: &str) -> String {
    format!("{service}.shop.myfed.svc.a.us.example.com.")
}

fn is_answered(server: &Server, service: &str, address: &str) {
    let end = Instant::now() + PATIENCE;
    loop {
        let reply = server.ask_until(&name(service), 1);
        if reply.answers[0].data.to_string() == address {
            return;
        }
        assert!(Instant::now() < end, "{service} is not {address}: {reply}");
    }
}

fn shop() -> Vec<Value> {
    let services = ["cart", "gone", "sick", "again"].into_iter().enumerate();
    let of =
        |(at, name): (usize, &str)| [service(name, &format!("192.0.2.{}", at + 1)), slice(name, 3)];
    services.flat_map(of).collect()
}

/// All that can happen to a cluster while nobody looks.
fn change(api: &FakeApi) {
    api.put([service("cart", "192.0.2.11"), service("new", "192.0.2.12"), slice("new", 1)]);
    api.delete("services", "shop", "gone");
    api.delete("endpointslices", "shop", "gone-1");
    api.put([slice("sick", 0)]);
    api.delete("services", "shop", "again");
    api.put([service("again", "192.0.2.14")]);
    api.put([node("n2", "us", "b")]);
}

/// That what [`change`] did is known, and all that it did not.
fn is_changed(server: &Server) {
    is_answered(server, "new", "192.0.2.12");
    is_answered(server, "cart", "192.0.2.11");
    is_answered(server, "again", "192.0.2.14");
    server.ask_until_code(&name("gone"), ResponseCode::NXDomain);
    // All the way to the global name nothing is ready.
    let end = Instant::now() + PATIENCE;
    while server.ask(&name("sick")).answers.iter().any(|it| it.data.to_string() == "192.0.2.3") {
        assert!(Instant::now() < end, "sick has no endpoint");
    }
    server.get_until("/clusters", &["b.us"]);
}

#[test]
fn a_restart_lists_nothing_and_knows_what_changed_meanwhile() {
    let world = World::new(shop());
    let server = world.start();
    is_answered(&server, "cart", "192.0.2.1");
    world.stop(server);
    assert_eq!(world.lists(), KINDS);
    change(&world.api);
    let server = world.start();
    is_changed(&server);
    assert_eq!(world.lists(), KINDS, "{:?}", world.api.all_requests());
    // The next one goes on from there, and hears what comes while it runs.
    world.stop(server);
    let server = world.start();
    is_changed(&server);
    world.api.put([service("cart", "192.0.2.21"), slice("sick", 1)]);
    is_answered(&server, "cart", "192.0.2.21");
    is_answered(&server, "sick", "192.0.2.3");
    assert_eq!(world.lists(), KINDS, "{:?}", world.api.all_requests());
    // Objects that nobody listed are counted, too.
    server.get_until("/metrics", &["fedns_cluster_objects{cluster=\"east\",kind=\"services\"} 4"]);
}

/// What a server is asked for behind a restart is who it is, and what has changed.
#[test]
fn a_restart_takes_a_hundredth_of_the_octets_of_a_start() {
    let of = |number: usize| {
        let name = format!("s{number}");
        [service(&name, &format!("192.0.2.{}", number % 250)), slice(&name, 3)]
    };
    let world = World::new((0..1500).flat_map(of).chain(shop()));
    world.stop(world.start());
    let whole = world.api.octets();
    change(&world.api);
    let server = world.start();
    is_changed(&server);
    let resumed = world.api.octets() - whole;
    assert!(resumed * 100 < whole, "{resumed} of {whole}: {:?}", world.api.all_requests());
    assert_eq!(world.lists(), KINDS);
}

#[test]
fn behind_a_kill_too() {
    let world = World::new(shop());
    let mut server = world.start();
    let file = world.path().join("state/cluster-east.state");
    let end = Instant::now() + PATIENCE;
    while !file.exists() {
        assert!(Instant::now() < end, "nothing is kept");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    server.signal("KILL");
    server.ended();
    change(&world.api);
    is_changed(&world.start());
    assert_eq!(world.lists(), KINDS, "{:?}", world.api.all_requests());
}

#[test]
fn what_a_server_has_forgotten_is_listed() {
    for is_status in [false, true] {
        let world = World::new(shop());
        world.stop(world.start());
        change(&world.api);
        world.api.forget();
        if is_status {
            world.api.says_gone_by_status();
        }
        let server = Server::start(world.path());
        is_changed(&server);
        assert_eq!(world.lists(), 2 * KINDS, "{:?}", world.api.all_requests());
    }
}

/// Versions of one cluster mean nothing to another one.
#[test]
fn another_cluster_in_its_place_is_not_believed() {
    let world = World::new(shop());
    world.stop(world.start());
    world.api.become_another("uid-2");
    change(&world.api);
    let server = Server::start(world.path());
    server.get_until("/status", &["foreign_cluster"]);
    world.api.wait_for_requests("Stream ", 2 * KINDS);
    is_answered(&server, "cart", "192.0.2.1");
    is_answered(&server, "gone", "192.0.2.2");
    // It is the former one again, over connections that are looked at.
    world.api.become_another("uid-1");
    world.api.cut_watches();
    is_changed(&server);
}

/// An API server that does not say which cluster it is may be another one.
#[test]
fn a_cluster_that_does_not_say_who_it_is_is_listed() {
    let refusal = || Fault::Status(403, None);
    let world = World::new(shop());
    world.api.fail(Verb::Get, KUBE_SYSTEM, refusal(), None);
    world.stop(world.start());
    change(&world.api);
    world.api.heal();
    let server = world.start();
    is_changed(&server);
    assert_eq!(world.lists(), 2 * KINDS, "{:?}", world.api.all_requests());
    world.stop(server);
    // It was told, and is told no more.
    world.api.fail(Verb::Get, KUBE_SYSTEM, refusal(), None);
    world.api.put([service("cart", "192.0.2.31")]);
    let server = Server::start(world.path());
    is_answered(&server, "cart", "192.0.2.31");
    world.api.wait_for_requests("Stream ", 3 * KINDS);
}

/// What is complained of is not kept: objects of that kind are read anew, so that it is said again.
#[test]
fn a_kind_of_which_something_is_wrong_is_listed() {
    let mut bad = service("bad", "192.0.2.9");
    bad["metadata"]["annotations"] = serde_json::json!({ "fedns.dev/ttl": "soon" });
    let world = World::new(shop().into_iter().chain([bad]));
    let server = world.start();
    let complaint = ["shop/bad", "fedns.dev/ttl"];
    server.get_until("/status", &complaint);
    world.stop(server);
    let server = world.start();
    server.get_until("/status", &complaint);
    assert_eq!(world.lists(), KINDS + 1, "{:?}", world.api.all_requests());
}

/// Versions are of what was read then: of all namespaces, or of each by itself.
#[test]
fn namespaces_that_are_read_one_by_one_go_on_one_by_one() {
    let world = World::new(shop());
    for path in ["/api/v1/services", "/apis/discovery.k8s.io/v1/endpointslices"] {
        for verb in [Verb::List, Verb::Stream, Verb::Watch] {
            world.api.fail(verb, path, Fault::Status(403, None), None);
        }
    }
    world.configure(", namespaces: [shop, till]");
    let server = world.start();
    is_answered(&server, "cart", "192.0.2.1");
    world.stop(server);
    change(&world.api);
    let server = world.start();
    is_changed(&server);
    let lists = world.api.all_requests().into_iter().filter(|request| {
        request.contains("namespaces/")
            && !request.starts_with("Watch ")
            && !request.starts_with("Get ")
    });
    let lists = lists.filter(|request| !request.starts_with("Glance ")).count();
    assert_eq!(lists, 4, "{:?}", world.api.all_requests());
    world.stop(server);
    // A namespace more was never read, and has to be.
    world.configure(", namespaces: [shop, till, more]");
    let mut elsewhere = [service("cart", "192.0.2.41"), slice("cart", 1)];
    elsewhere.iter_mut().for_each(|object| object["metadata"]["namespace"] = "more".into());
    world.api.put(elsewhere);
    let server = world.start();
    let reply = server.ask_until("cart.more.myfed.svc.a.us.example.com.", 1);
    assert_eq!(reply.answers[0].data.to_string(), "192.0.2.41");
    is_changed(&server);
}
