//! The program as a process: what it says, how it starts, how it stops.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::Command;

use hickory_proto::op::ResponseCode;

use crate::process::{CONFIG, PATIENCE, Server, fedns, query, service, world};

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

#[test]
fn serves_says_so_and_ends_on_sigterm() {
    let world = world();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert_eq!(server.get("/livez").0, 200);
    assert_eq!(server.get("/readyz").0, 200);
    let (code, status) = server.get("/status");
    assert_eq!(code, 200);
    assert!(status.contains("\"synced\""), "{status}");
    assert!(server.get("/metrics").1.contains("fedns_dns_requests_total"));
    assert_eq!(server.ask(CART).answers.len(), 1);
    // A fact, as soon as the file is there in whole.
    fs::write(world.path().join("east/cart.yaml"), service("cart", "192.0.2.1", false)).unwrap();
    server.wait_for("east leaves shop/cart: no ready endpoint");
    server.ask_until(CART, 2);
    server.signal("TERM");
    assert_eq!(server.ended().code(), Some(0));
}

/// RFC 7766, section 6.2.1.1: a client may send many queries without waiting. Those that arrived
/// before the end are answered, over both transports, while more keep coming.
#[test]
fn sigterm_under_load_loses_no_answer() {
    let world = world();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    udp.connect(server.udp).unwrap();
    udp.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut tcp = TcpStream::connect(server.tcp).unwrap();
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    let frames: Vec<u8> = (0..200)
        .flat_map(|id| {
            let query = query(CART, id);
            [&(query.len() as u16).to_be_bytes()[..], &query].concat()
        })
        .collect();
    tcp.write_all(&frames).unwrap();
    // The first answer shows that the connection is served and all of it has arrived.
    let mut first = [0; 2];
    tcp.read_exact(&mut first).unwrap();
    for id in 0..200 {
        udp.send(&query(CART, id)).unwrap();
    }
    server.signal("TERM");
    let mut buffer = [0; 4096];
    let answered = (0..200).filter(|_| udp.recv(&mut buffer).is_ok()).count();
    assert_eq!(answered, 200);
    let mut rest = first.to_vec();
    tcp.read_to_end(&mut rest).unwrap();
    let (mut octets, mut replies) = (&rest[..], 0);
    while let [high, low, tail @ ..] = octets {
        octets = &tail[usize::from(u16::from_be_bytes([*high, *low]))..];
        replies += 1;
    }
    assert_eq!(replies, 200);
    assert_eq!(server.ended().code(), Some(0));
}

/// A cluster is told by the listener that is its own; a change of that takes a restart, and says so.
#[test]
fn who_asks_at_a_listener_of_a_cluster_gets_what_it_has() {
    let world = world();
    let config = format!("{CONFIG}    listen: ['127.0.0.1:0']\n");
    fs::write(world.path().join("fedns.yaml"), &config).unwrap();
    let of_cluster = service("cart", "192.0.2.1", true)
        .replace("type: LoadBalancer", "type: LoadBalancer, clusterIP: 10.96.0.1");
    fs::write(world.path().join("east/cart.yaml"), of_cluster).unwrap();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let inside = "cart.shop.myfed.svc.cluster.local.";
    let texts = |reply: hickory_proto::op::Message| {
        reply.answers.iter().map(|record| record.data.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(texts(server.ask_at(server.own_udp.unwrap(), inside)), ["10.96.0.1"]);
    assert_eq!(
        texts(server.ask(inside)),
        ["cart.shop.myfed.svc.example.com.", "192.0.2.1"],
        "nobody knows who asks elsewhere"
    );
    // By the networks of its configuration too, once they are there.
    let networked = format!("{CONFIG}    networks: [127.0.0.0/8]\n");
    fs::write(world.path().join("fedns.yaml"), networked).unwrap();
    server.signal("HUP");
    server.wait_for("`listen` of `clusters` has changed: that takes a restart");
    server.ask_until(inside, 1);
    assert_eq!(texts(server.ask(inside)), ["10.96.0.1"]);
}

#[test]
fn a_broken_configuration_is_told_all_its_faults_and_starts_nothing() {
    let world = world();
    let broken = CONFIG.replace("name: myfed", "name: my_fed").replace("manifests", "manifest");
    fs::write(world.path().join("fedns.yaml"), broken).unwrap();
    let output = fedns(world.path()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("fedns.yaml:7:") && told.contains("my_fed"), "{told}");
    assert!(told.contains("did you mean") && told.contains("manifests"), "{told}");
}

/// What a broken file holds is not known: its cluster counts as synced in part, the server is
/// ready, the rest is served, and names that nobody has are not denied.
#[test]
fn a_broken_manifest_stops_nothing() {
    let world = world();
    fs::write(world.path().join("east/broken.yaml"), "kind: Service\n  metadata: [").unwrap();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert_eq!(server.ask(CART).answers.len(), 1);
    let (_, status) = server.get("/status");
    assert!(status.contains("file_unreadable") && status.contains("broken.yaml"), "{status}");
    let unknown = "other.shop.myfed.svc.a.us.example.com.";
    assert_eq!(server.ask(unknown).metadata.response_code, ResponseCode::ServFail);
    fs::write(world.path().join("east/broken.yaml"), service("other", "192.0.2.2", true)).unwrap();
    server.ask_until(unknown, 1);
    let nobody = "nobody.shop.myfed.svc.a.us.example.com.";
    // That the file can be read now, and so that all is known, is said after what it holds.
    server.ask_until_code(nobody, ResponseCode::NXDomain);
}

#[test]
fn a_port_that_is_taken_is_an_error_that_says_so() {
    let world = world();
    let taken = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = CONFIG.replacen("127.0.0.1:0", &address, 1);
    fs::write(world.path().join("fedns.yaml"), config).unwrap();
    let output = fedns(world.path()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains(&address) && told.contains("in use"), "{told}");
}

/// A command about the running server; its exit code, and what it says.
fn told(folder: &Path, words: &str) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(words.split(' ')).current_dir(folder).env_remove("FEDNS_SERVER");
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(text).unwrap())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_command_line_changes_something_over_the_socket_or_with_a_token() {
    let world = world();
    let config = CONFIG.replace(", socket: ./admin.sock", ", tokenFile: ./tokens");
    fs::write(world.path().join("fedns.yaml"), format!("{config}stateDir: ./state\n")).unwrap();
    fs::write(world.path().join("tokens"), "hunter2 is no line\nada correct-horse\n").unwrap();
    // What a process left that was killed.
    fs::create_dir(world.path().join("state")).unwrap();
    drop(UnixListener::bind(world.path().join("state/admin.sock")).unwrap());
    let server = Server::start(world.path());
    let socket = server.socket.clone().unwrap();
    assert!(socket.ends_with("state/admin.sock"), "{}", socket.display());
    assert_eq!(mode(&socket), 0o600);
    server.get_until("/status", &["token_line_bad", "line 1: expected `NAME TOKEN`", "mode 0644"]);
    assert!(!server.get("/status").1.contains("hunter2"));

    let accept = |rest: &str| told(world.path(), &format!("clusters accept east{rest}"));
    // It was asked, and says that there is nothing to do.
    let nothing = "there is nothing to accept";
    let (code, text) = accept("");
    assert!(code == 1 && text.contains(nothing), "{code} {text}");
    let (code, text) = accept(" --socket state/admin.sock");
    assert!(code == 1 && text.contains(nothing), "{code} {text}");
    let url = format!(" --server http://{}", server.admin);
    let (code, text) = accept(&url);
    assert!(code == 1 && text.contains("say --token-file FILE"), "{code} {text}");
    for (file, words) in [("good", nothing), ("bad", "403"), ("none", "can not be read")] {
        fs::write(world.path().join("good"), "# mine\ncorrect-horse\n").unwrap();
        fs::write(world.path().join("bad"), "wrong-horse\n").unwrap();
        let (code, text) = accept(&format!("{url} --token-file {file}"));
        assert!(code == 1 && text.contains(words), "{file}: {code} {text}");
        assert!(!text.contains("horse"), "{text}");
    }

    // Who names a server needs no configuration.
    let elsewhere = tempfile::tempdir().unwrap();
    for way in [&url[1..], &format!("--socket {}", socket.display())] {
        let (code, text) = told(elsewhere.path(), &format!("clusters {way}"));
        assert!(code == 0 && text.contains("east"), "{way}: {code} {text}");
    }
    let (code, text) = told(elsewhere.path(), "clusters --socket ./nowhere");
    assert!(code == 3 && text.contains("no server answers at ./nowhere"), "{code} {text}");
    let (code, text) = told(elsewhere.path(), "clusters --server 127.0.0.1");
    assert!(code == 1 && text.contains("write it as https://HOST"), "{code} {text}");
}

#[test]
fn a_socket_that_can_not_be_had_is_a_complaint_or_where_the_file_names_it_an_error() {
    let world = world();
    let path = world.path().join("admin.sock");
    let living = UnixListener::bind(&path).unwrap();
    let output = fedns(world.path()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("another process listens there"), "{told}");
    assert!(UnixStream::connect(&path).is_ok(), "and still does");
    drop(living);
    fs::remove_file(&path).unwrap();
    fs::write(&path, "no socket").unwrap();
    let output = fedns(world.path()).output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("that is no socket"), "{told}");

    let config = CONFIG.replace(", socket: ./admin.sock", "");
    fs::write(world.path().join("fedns.yaml"), format!("{config}stateDir: ./state\n")).unwrap();
    let path = world.path().join("state/admin.sock");
    fs::create_dir(world.path().join("state")).unwrap();
    fs::write(&path, "no socket").unwrap();
    let server = Server::start(world.path());
    server.get_until("/status", &["admin_socket_unusable", "that is no socket"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "no socket");
    fs::remove_file(&path).unwrap();
    server.wait_for("listening on admin socket");
    assert_eq!(mode(&path), 0o600);
    assert!(!server.get("/status").1.contains("admin_socket_unusable"));
}
