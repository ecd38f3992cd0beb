//! Losing sight of a cluster: API servers that lie in a list, that lose what they had, and others in
//! their place. The running program is asked all the while.

use std::path::Path;

use hickory_proto::op::ResponseCode;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::fake_api::{FakeApi, Fault, Verb, node, service, slice};
use crate::process::{self, PATIENCE, Server};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";
const SERVICES: &str = "/api/v1/services";

/// A server with five services, which lists by pages.
fn api() -> FakeApi {
    let api = FakeApi::start();
    api.is_old();
    api.put([node("n1", "us", "a")]);
    for (number, name) in ["cart", "pay", "search", "mail", "login"].iter().enumerate() {
        api.put([service(name, &format!("192.0.2.{}", number + 1)), slice(name, 1)]);
    }
    api
}

fn start(api: &FakeApi) -> (tempfile::TempDir, Server) {
    let folder = tempfile::tempdir().unwrap();
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let cluster = "  - { name: east, kubeconfig: { path: ./east.conf } }";
    let text = format!("{head}stateDir: ./state\nclusters:\n{cluster}\n");
    std::fs::write(folder.path().join("fedns.yaml"), text).unwrap();
    api.write_kubeconfig(&folder.path().join("east.conf"));
    let server = Server::start(folder.path());
    server.wait_for("ready: answers are complete");
    server.ask_until(CART, 1);
    (folder, server)
}

/// Asks for the cart until `work` is done: it is the same all the while.
fn while_cart_stays(server: &Server, work: impl FnOnce()) {
    let (over, udp) = (CancellationToken::new(), server.udp);
    std::thread::scope(|scope| {
        let client = scope.spawn(|| {
            while !over.is_cancelled() {
                let reply = server_ask(udp);
                assert_eq!(reply, ["192.0.2.1"]);
            }
        });
        // Also where the work fails: or the client would ask for ever.
        let end = over.clone().drop_guard();
        work();
        drop(end);
        client.join().unwrap();
    });
}

fn server_ask(server: std::net::SocketAddr) -> Vec<String> {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.send_to(&process::query(CART, 7), server).unwrap();
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer).unwrap();
    let reply = hickory_proto::op::Message::from_vec(&buffer[..length]).unwrap();
    reply.answers.iter().map(|record| record.data.to_string()).collect()
}

fn until_cart_is(server: &Server, address: &str) {
    let end = std::time::Instant::now() + PATIENCE;
    while server_ask(server.udp) != [address] {
        assert!(std::time::Instant::now() < end, "{:?}", server_ask(server.udp));
    }
}

#[test]
fn a_list_that_has_lost_everything_is_asked_for_once_more() {
    let api = api();
    let (_folder, server) = start(&api);
    while_cart_stays(&server, || {
        api.fail(Verb::List, SERVICES, Fault::Empty, Some(1));
        api.forget();
        // The first list, the one that lies, and the second one, begun at once.
        api.wait_for_requests("List /api/v1/services", 3);
        server.get_until("/metrics", &["fedns_complaints{kind=\"withdrawal_held\"} 0\n"]);
    });
    // Two lists that say the same are a fact.
    api.fail(Verb::List, SERVICES, Fault::Empty, None);
    api.forget();
    server.ask_until_code(CART, ResponseCode::NXDomain);
}

#[test]
fn what_is_absent_is_held_while_no_second_list_comes() {
    let api = api();
    let (_folder, server) = start(&api);
    while_cart_stays(&server, || {
        api.fail(Verb::List, SERVICES, Fault::Empty, Some(1));
        api.fail(Verb::List, SERVICES, Fault::Status(503, None), None);
        api.forget();
        server.get_until("/status", &["withdrawal_held", "5 of 5 are absent from its list"]);
    });
    api.heal();
    api.is_old();
    // What was changed meanwhile comes with the second list.
    api.put([service("cart", "192.0.2.77")]);
    until_cart_is(&server, "192.0.2.77");
}

/// Has the cluster listed anew until this is so. A list may have been asked for just before its
/// server forgets, and be the last one that is needed: so what is waited for is looked at meanwhile.
#[track_caller]
fn listed_until(api: &FakeApi, is_so: impl Fn() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !is_so() {
        let lists = api.requests("List /api/v1/services");
        api.forget();
        while api.requests("List /api/v1/services") == lists && !is_so() {
            assert!(std::time::Instant::now() < end, "{:?}", api.all_requests());
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

/// Who a server is, is looked at before a list.
fn become_another(api: &FakeApi, server: &Server) {
    api.become_another("uid-2");
    listed_until(api, || server.get("/status").1.contains("foreign_cluster"));
    server.get_until("/status", &["uid-2"]);
}

#[test]
fn another_cluster_in_the_place_of_one_is_not_heard_until_it_is_accepted() {
    let api = api();
    let (_folder, server) = start(&api);
    while_cart_stays(&server, || {
        become_another(&api, &server);
        api.put_in_secret([service("cart", "192.0.2.99")]);
        let lists = api.requests("List /api/v1/services");
        api.forget();
        api.wait_for_requests("List /api/v1/services", lists + 1);
    });
    assert_eq!(server.post("/clusters/west/accept"), 400);
    assert_eq!(server.post("/clusters/east/accept"), 200);
    server.wait_for("east is another cluster now, as user ");
    until_cart_is(&server, "192.0.2.99");
    server.get_until("/readyz", &["ok"]);
    assert_eq!(server.post("/clusters/east/accept"), 400, "there is nothing to accept any more");
}

#[test]
fn the_former_cluster_comes_back_by_itself() {
    let api = api();
    let (_folder, server) = start(&api);
    while_cart_stays(&server, || {
        become_another(&api, &server);
    });
    api.become_another("uid-1");
    api.put([service("cart", "192.0.2.55")]);
    listed_until(&api, || server_ask(server.udp) == ["192.0.2.55"]);
}

/// What a server kept of five services, and was then killed.
fn killed(api: &FakeApi) -> tempfile::TempDir {
    let (folder, mut server) = start(api);
    let state = folder.path().join("state/cluster-east.state");
    let end = std::time::Instant::now() + PATIENCE;
    while !state.exists() {
        assert!(std::time::Instant::now() < end, "nothing is kept");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    server.signal("KILL");
    server.ended();
    folder
}

/// A server that starts from what was kept, and answers from its first moment on.
fn restart(folder: &Path) -> Server {
    let server = Server::start(folder);
    assert_eq!(server_ask(server.udp), ["192.0.2.1"]);
    server
}

/// The next list of services has one of five, and that is not the cart.
fn lack_most(api: &FakeApi) {
    let mut pay = service("pay", "192.0.2.2");
    // A version ahead of all changes: a watch from there tells none of them.
    let version = "1000000";
    pay["metadata"]["resourceVersion"] = version.into();
    let list =
        json!({ "kind": "List", "metadata": { "resourceVersion": version }, "items": [pay] });
    api.fail(Verb::List, SERVICES, Fault::Body(list.to_string().into()), Some(1));
}

#[test]
fn a_first_list_after_a_restart_that_lacks_most_is_asked_for_once_more() {
    let api = api();
    let folder = killed(&api);
    // Else its watches would go on from where they were, and nothing would be listed.
    api.forget();
    lack_most(&api);
    let before = api.requests("List /api/v1/services");
    let server = restart(folder.path());
    while_cart_stays(&server, || {
        api.wait_for_requests("List /api/v1/services", before + 2);
        server.get_until("/status", &["\"state\":\"synced\""]);
        server.get_until("/metrics", &["fedns_complaints{kind=\"withdrawal_held\"} 0\n"]);
    });
    server.ask_until(CART, 1);
}

#[test]
fn what_two_lists_after_a_restart_lack_is_gone() {
    let api = api();
    let folder = killed(&api);
    for name in ["cart", "search", "mail", "login"] {
        api.delete("services", "shop", name);
    }
    api.forget();
    // The first one comes, and no second one.
    lack_most(&api);
    api.fail(Verb::List, SERVICES, Fault::Status(503, None), None);
    let server = restart(folder.path());
    while_cart_stays(&server, || {
        let held = ["withdrawal_held", "4 of 5 are absent from its list"];
        server.get_until("/status", &[&held[..], &["\"state\":\"held\""]].concat());
    });
    api.heal();
    api.is_old();
    server.ask_until_code(CART, ResponseCode::NXDomain);
    server.ask_until("pay.shop.myfed.svc.a.us.example.com.", 1);
    server.get_until("/status", &["\"state\":\"synced\""]);
}

#[test]
fn an_api_server_restored_from_a_backup_is_listed_anew() {
    let api = api();
    let (_folder, server) = start(&api);
    // The versions that it had are not there yet, and the watch that was open would wait for them.
    let objects = [service("cart", "192.0.2.55"), slice("cart", 1), node("n1", "us", "a")];
    let others = ["pay", "search", "mail"].map(|name| [service(name, "192.0.2.9"), slice(name, 1)]);
    api.go_back(20, objects.into_iter().chain(others.into_iter().flatten()));
    until_cart_is(&server, "192.0.2.55");
    // What was made after the backup is gone.
    server.ask_until_code("login.shop.myfed.svc.a.us.example.com.", ResponseCode::NXDomain);
    // And it is watched from there.
    api.put([service("cart", "192.0.2.56")]);
    until_cart_is(&server, "192.0.2.56");
}

#[test]
fn a_server_that_ends_each_connection_is_watched_all_the_same() {
    let api = api();
    // Who answers the watch can not be told from who was looked at, then.
    api.close_each();
    let (_folder, server) = start(&api);
    api.put([service("cart", "192.0.2.57")]);
    until_cart_is(&server, "192.0.2.57");
    // A server that was started anew from a backup in between is noticed there too.
    api.go_back(20, [service("cart", "192.0.2.58"), slice("cart", 1), node("n1", "us", "a")]);
    until_cart_is(&server, "192.0.2.58");
}

#[test]
fn a_backup_that_lacks_most_is_looked_at_twice() {
    let api = api();
    let (_folder, server) = start(&api);
    api.fail(Verb::List, SERVICES, Fault::Empty, Some(1));
    let names = ["cart", "pay", "search", "mail", "login"];
    let objects = names.map(|name| [service(name, "192.0.2.1"), slice(name, 1)]);
    let before = api.requests("List /api/v1/services");
    while_cart_stays(&server, || {
        api.go_back(20, objects.into_iter().flatten().chain([node("n1", "us", "a")]));
        api.wait_for_requests("List /api/v1/services", before + 2);
        server.get_until("/metrics", &["fedns_complaints{kind=\"withdrawal_held\"} 0\n"]);
    });
}
