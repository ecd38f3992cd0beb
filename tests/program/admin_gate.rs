//! Who is let in at the admin address and who may change something, over raw streams; and that nobody
//! keeps others out.

use std::collections::VecDeque;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use fedns::admin::{Access, Admin, Tokens};
use fedns::clusters::watch_stats::WatchStats;
use fedns::controller::Command;
use fedns::core::name::Label;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::{sleep, timeout};

use crate::admin_server::Server;
use crate::admin_server::http::{self, body_of, status_of};

const ACCEPT: &str = "POST /clusters/east/accept";

/// The command that an accepted request becomes, which is answered.
async fn accepted(server: &mut Server) -> Command {
    let call = server.calls.commands.recv().await.expect("a command");
    let accepted = serde_json::json!({ "accepted": "east" });
    call.reply.send(Ok(accepted)).expect("the client waits");
    call.request
}

fn accept_by(operator: &str) -> Command {
    Command::Accept { cluster: Label::parse("east").expect("a label"), operator: operator.into() }
}

fn token_file(text: &str) -> (tempfile::TempDir, PathBuf, Access) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tokens");
    write_tokens(&path, text);
    let tokens = Some(Arc::new(Tokens::of(&path, WatchStats::default())));
    (folder, path, Access { tokens, ..Access::default() })
}

fn write_tokens(path: &Path, text: &str) {
    std::fs::write(path, text).expect("room");
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).expect("ours");
}

#[tokio::test]
async fn what_changes_something_takes_a_token_before_anything_else_is_looked_at() {
    let (_folder, path, access) = token_file("# who may\nada one\nci two\n");
    let mut server = Server::with(access);
    let bearer = |token: &str| format!("authorization: Bearer {token}\r\n");
    let twice = format!("{}{}", bearer("one"), bearer("two"));
    for (headers, expected) in [
        ("", "401"),
        ("authorization: Basic b25l\r\n", "401"),
        ("authorization: Bearer\r\n", "401"),
        ("authorization: one\r\n", "401"),
        (&twice, "401"),
        (&bearer("three"), "403"),
        (&bearer("on"), "403"),
        (&bearer("ada"), "403"),
        (&bearer("ada one"), "403"),
    ] {
        // Neither does a name that is none come first.
        for request in [ACCEPT, "POST /clusters/no_name/accept"] {
            let response = http::ask(server.address, request, headers).await;
            assert_eq!(status_of(&response), expected, "{request} {headers}: {response}");
            let has_scheme = response.contains("www-authenticate: Bearer");
            assert_eq!(has_scheme, expected == "401", "RFC 9110, section 15.5.2");
        }
    }
    let bad = http::ask(server.address, "POST /clusters/no_name/accept", &bearer("one")).await;
    assert_eq!(status_of(&bad), "400", "{bad}");
    assert!(server.calls.commands.try_recv().is_err(), "nothing was commanded");
    assert!(server.calls.questions.try_recv().is_err(), "nothing was asked");
    assert_eq!(status_of(&server.ask("GET /clusters/east/accept").await), "405");

    let address = server.address;
    for (token, name) in [("one", "ada"), ("two", "ci")] {
        let headers = format!("authorization: bEARER {token}\r\n");
        let (response, command) =
            tokio::join!(http::ask(address, ACCEPT, &headers), accepted(&mut server));
        assert_eq!((status_of(&response), body_of(&response)), ("200", "{\"accepted\":\"east\"}"));
        assert_eq!(command, accept_by(&format!("the bearer of token {name}")));
    }
    write_tokens(&path, "ada new\n");
    let old = http::ask(address, ACCEPT, &bearer("one")).await;
    assert_eq!(status_of(&old), "403", "{old}");
    let new = bearer("new");
    let (response, _) = tokio::join!(http::ask(address, ACCEPT, &new), accepted(&mut server));
    assert_eq!(status_of(&response), "200");
}

#[tokio::test]
async fn this_host_alone_is_no_reason_to_change_something() {
    let server = Server::start();
    let response = http::ask(server.address, ACCEPT, "fedns-operator: yes\r\n").await;
    assert_eq!(status_of(&response), "401", "{response}");
    let response = http::ask(server.address, ACCEPT, "authorization: Bearer x\r\n").await;
    assert_eq!(status_of(&response), "403", "{response}");
    assert!(response.contains("`admin.tokenFile` is not configured"), "{response}");
}

async fn ask_socket(path: &Path, head: &str) -> String {
    let mut stream = UnixStream::connect(path).await.expect("the listener accepts");
    let request = format!("{head}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("a response");
    response
}

#[tokio::test]
async fn who_comes_over_the_socket_may_change_something_and_is_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("admin.sock");
    let admin = Admin::bind_socket(&path).expect("a socket");
    let mut server = Server::of(admin);
    // Nobody else can be called by that name.
    for head in ["GET /livez HTTP/1.1", "GET / HTTP/1.1\r\nhost: evil.example", "GET / HTTP/1.0"] {
        assert_eq!(status_of(&ask_socket(&path, head).await), "200", "{head}");
    }
    let page = "POST /clusters/east/accept HTTP/1.1\r\nhost: x\r\norigin: http://x";
    let refused = ask_socket(&path, page).await;
    assert_eq!(status_of(&refused), "403", "as a socket that is led to a port: {refused}");
    let head = format!("{ACCEPT} HTTP/1.1");
    let (response, command) = tokio::join!(ask_socket(&path, &head), accepted(&mut server));
    assert_eq!(status_of(&response), "200");
    let user = rustix::process::getuid().as_raw();
    let Command::Accept { operator: by, .. } = command;
    assert!(by.starts_with("user ") && by.contains(&user.to_string()), "{by}");
    server.stop.cancel();
    server.run.await.expect("a clean end");
    assert!(!path.exists());
}

/// DNS rebinding: the page of a name that was made to lead here asks by that name.
#[tokio::test]
async fn who_calls_the_server_by_a_name_that_it_has_not_is_told_and_gets_nothing() {
    let (_folder, _, access) = token_file("one");
    let server = Server::with(Access { hosts: vec!["fedns.example.com".into()], ..access });
    let port = server.address.port();
    let evil = format!("evil.example:{port}");
    let paths = ["/", "/status", "/services", "/zone?federation=x", "/nowhere", "/page/app.js"];
    for path in paths {
        let response = http::ask_host(server.address, &evil, &format!("GET {path}"), "").await;
        assert_eq!(status_of(&response), "421", "{path}: {response}");
        assert!(response.contains("`admin.hosts`"), "{response}");
    }
    let token = "authorization: Bearer one\r\n";
    let response = http::ask_host(server.address, &evil, ACCEPT, token).await;
    assert_eq!(status_of(&response), "421", "{response}");
    for path in ["/livez", "/metrics"] {
        let response = http::ask_host(server.address, &evil, &format!("GET {path}"), "").await;
        assert_eq!(status_of(&response), "200", "{path}: {response}");
    }
    for host in [
        "fedns.example.com",
        &format!("FEDNS.example.com:{port}"),
        "127.0.0.1",
        &format!("127.0.0.1:{port}"),
        "localhost:8080",
    ] {
        let response = http::ask_host(server.address, host, "GET /", "").await;
        assert_eq!(status_of(&response), "200", "{host}: {response}");
    }
    let foreign = "origin: http://evil.example\r\n";
    for request in ["GET /status", ACCEPT] {
        let headers = format!("{token}{foreign}");
        let response = http::ask_host(server.address, "localhost", request, &headers).await;
        assert_eq!(status_of(&response), "403", "{request}: {response}");
        assert!(response.contains("`Origin`"), "{response}");
    }
    let own = "origin: http://localhost\r\n";
    assert_eq!(status_of(&http::ask(server.address, "GET /", own).await), "200");
    for head in ["GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nhost: localhost\r\nhost: localhost\r\n"] {
        let response = http::ask_raw(server.address, head).await;
        assert_eq!(status_of(&response), "400", "{head}: {response}");
    }
}

/// What slow clients do, each 64 times and more.
#[derive(Clone, Copy, Debug)]
enum Slow {
    /// Connects, and says nothing.
    Silent,
    /// Sends a head, octet by octet, and never all of it.
    Halting,
    /// Asks again and again on one connection, with pauses.
    Idle,
    /// Asks for much and reads nothing of it.
    Deaf,
}

#[tokio::test]
async fn probes_are_answered_beside_more_slow_clients_than_there_is_room_for() {
    for slow in [Slow::Silent, Slow::Halting, Slow::Idle, Slow::Deaf] {
        let mut server = Server::start();
        let large = serde_json::json!("x".repeat(4 << 20));
        let mut open = Vec::new();
        for _ in 0..80 {
            let stream = server.connect().await;
            let mut stream = BufReader::new(stream);
            match slow {
                Slow::Silent => {}
                Slow::Halting => stream.write_all(b"GET /status HT").await.expect("sent"),
                Slow::Idle => {
                    stream.write_all(b"GET /livez HTTP/1.1\r\n\r\n").await.expect("sent");
                    stream.read_u8().await.expect("a response");
                }
                Slow::Deaf => {
                    let request = b"GET /status HTTP/1.1\r\nhost: localhost\r\n\r\n";
                    stream.write_all(request).await.expect("sent");
                    let call = server.calls.questions.recv().await.expect("a question");
                    call.reply.send(Ok(large.clone())).expect("the client waits");
                }
            }
            open.push(stream);
        }
        for path in ["GET /livez", "GET /readyz", "GET /metrics"] {
            let asked = timeout(Duration::from_secs(1), server.ask(path)).await;
            let response = asked.unwrap_or_else(|_| panic!("{slow:?}: {path} is not answered"));
            assert!(response.starts_with("HTTP/1.1 "), "{slow:?}: {path}: {response}");
        }
        // Those that came first have gone, and the last one is there.
        let mut octets = Vec::new();
        let first = timeout(Duration::from_secs(5), open[0].read_to_end(&mut octets)).await;
        assert!(first.is_ok(), "{slow:?}: the first one is still open");
        let last = timeout(Duration::from_millis(50), open[79].read_to_end(&mut octets)).await;
        assert!(last.is_err() || matches!(slow, Slow::Deaf), "{slow:?}: the last one has gone");
    }
}

/// They come faster than they could all be heard.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_is_answered_while_connections_come_without_end() {
    let server = Server::start();
    let address = server.address;
    let storm = tokio::spawn(async move {
        let mut open = VecDeque::new();
        loop {
            open.push_back(TcpStream::connect(address).await);
            if open.len() > 200 {
                open.pop_front();
            }
            sleep(Duration::from_micros(200)).await;
        }
    });
    for _ in 0..5 {
        let asked = timeout(Duration::from_secs(5), server.ask("GET /livez")).await;
        assert_eq!(status_of(&asked.expect("an answer")), "200");
    }
    assert!(!storm.is_finished());
    storm.abort();
}
