//! What changed, as people and programs look back at it and follow it: over HTTP, on the command line, across
//! restarts.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use serde_json::Value;

use crate::process::{CONFIG, PATIENCE, Server, service, world};

/// Events that a path tells of, the newest first.
fn events(server: &Server, query: &str) -> Vec<Value> {
    let (status, body) = server.get(&format!("/events{query}"));
    assert_eq!(status, 200, "{body}");
    let document: Value = serde_json::from_str(&body).unwrap();
    document["events"].as_array().unwrap().clone()
}

fn texts(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["text"].as_str().unwrap()).collect()
}

fn set_ready(world: &Path, is_ready: bool) {
    fs::write(world.join("east/cart.yaml"), service("cart", "192.0.2.1", is_ready)).unwrap();
}

/// Events as they come.
struct Stream {
    lines: BufReader<TcpStream>,
}

impl Stream {
    fn open(server: &Server, query: &str, last: Option<u64>) -> Self {
        let mut stream = TcpStream::connect(server.admin).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let last = last.map(|last| format!("Last-Event-ID: {last}\r\n")).unwrap_or_default();
        write!(
            stream,
            "GET /events{query} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n{last}\r\n"
        )
        .unwrap();
        let mut stream = Self { lines: BufReader::new(stream) };
        let head = stream.line();
        assert!(head.contains("200"), "{head}");
        // It is followed from here on.
        while stream.line() != ": events" {}
        stream
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "the stream ended");
        line.trim_end().to_owned()
    }

    fn next(&mut self) -> Value {
        let mut id = String::new();
        loop {
            let line = self.line();
            if let Some(it) = line.strip_prefix("id: ") {
                it.clone_into(&mut id);
            }
            if let Some(data) = line.strip_prefix("data: ") {
                let event: Value = serde_json::from_str(data).unwrap();
                assert_eq!(event["id"].to_string(), id);
                return event;
            }
        }
    }

    fn is_over(&mut self) -> bool {
        let mut line = String::new();
        loop {
            line.clear();
            match self.lines.read_line(&mut line) {
                Ok(0) => return true,
                Ok(_) => {}
                Err(_) => return false,
            }
        }
    }
}

#[test]
fn what_changed_is_told_with_its_reason_and_followed_as_it_happens() {
    let world = world();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let mut stream = Stream::open(&server, "?service=shop/cart", None);
    set_ready(world.path(), false);
    let leaves = stream.next();
    assert_eq!(leaves["text"], "east leaves shop/cart: no ready endpoint");
    assert_eq!((&leaves["kind"], &leaves["subject"]), (&"service".into(), &"shop/cart".into()));
    let down = stream.next();
    let gets = "shop/cart is down: east was the last cluster that answered; clients get no address \
                (NODATA, kept for 5 s at most)";
    assert_eq!((&down["text"], &down["severity"]), (&gets.into(), &"warning".into()));
    set_ready(world.path(), true);
    assert_eq!(stream.next()["text"], "east joins shop/cart: 192.0.2.1");
    let back = stream.next();
    assert!(back["text"].as_str().unwrap().starts_with("shop/cart answers again in east; it was"));

    // The same, looked back at; of a cluster, and no further than is asked.
    let all = events(&server, "");
    assert_eq!(all[0], back);
    let told = texts(&all);
    assert!(told[4].starts_with("east is synced: read and heard, with 1 service"), "{told:?}");
    assert!(told[5].starts_with("fedns "), "{told:?}");
    assert_eq!(all.len(), 6, "{told:?}");
    assert_eq!(events(&server, "?limit=2"), all[..2]);
    assert_eq!(events(&server, "?service=shop/cart").len(), 5, "{told:?}");
    assert_eq!(events(&server, "?cluster=east&since=1h").len(), 5);
    assert_eq!(events(&server, "?service=shop/other").len(), 0);
    assert_eq!(server.get("/events?since=soon").0, 400);
    assert_eq!(server.get("/events?service=cart").0, 400);

    // A client that was cut off gets what it missed, once.
    let mut again = Stream::open(&server, "", all[3]["id"].as_u64());
    assert_eq!(
        [again.next(), again.next(), again.next()],
        [&all[2], &all[1], &all[0]].map(Value::clone)
    );
    set_ready(world.path(), false);
    assert_eq!(again.next()["text"], leaves["text"]);
}

#[test]
fn a_reload_that_fails_and_one_that_is_taken_are_told() {
    let world = world();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let mut stream = Stream::open(&server, "", None);
    let path = world.path().join("fedns.yaml");
    fs::write(&path, CONFIG.replace("domain: example.com", "domain: -")).unwrap();
    let failed = stream.next();
    let text = failed["text"].as_str().unwrap();
    assert!(
        text.starts_with("the configuration could not be read again, and the one before"),
        "{text}"
    );
    assert_eq!(
        (&failed["kind"], &failed["severity"]),
        (&"configuration".into(), &"warning".into())
    );
    // The verdict says it in the same words.
    assert!(server.get("/verdict").1.contains(text), "{text}");
    let another =
        CONFIG.replace("  - name: east", "  - { name: west, manifests: ./west }\n  - name: east");
    fs::write(&path, another).unwrap();
    assert_eq!(stream.next()["text"], "the configuration was read again, and is in effect");
    let west = stream.next();
    assert_eq!((&west["text"], &west["subject"]), (&"west is registered".into(), &"west".into()));
}

#[test]
fn history_is_kept_and_a_broken_file_of_it_disturbs_nothing() {
    let world = world();
    let path = world.path().join("fedns.yaml");
    fs::write(&path, format!("{CONFIG}stateDir: ./state\n")).unwrap();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let before = events(&server, "");
    server.signal("TERM");
    assert!(server.ended().success());
    let mut server = Server::start(world.path());
    // It may have been read before the last door was open.
    server.get_until("/verdict", &["\"synced\":1"]);
    let after = events(&server, "");
    let kept = &after[after.len() - before.len()..];
    assert_eq!(kept, before);
    assert_eq!(after[after.len() - before.len() - 1]["text"], "fedns was told to stop");
    let ids: Vec<_> = after.iter().map(|event| event["id"].as_u64().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a > b), "{ids:?}");
    server.signal("TERM");
    assert!(server.ended().success());
    // Both the file and the one before it.
    for name in ["events.state", "events.state.previous"] {
        let path = world.path().join("state").join(name);
        let octets = fs::read(&path).unwrap();
        fs::write(&path, &octets[..octets.len() - 3]).unwrap();
    }
    let server = Server::start(world.path());
    // It is told, and replaced.
    let end = Instant::now() + PATIENCE;
    while !server.log().contains("/state/events.state: ") {
        assert!(Instant::now() < end, "{}", server.log());
        thread::yield_now();
    }
    assert_eq!(server.ask("cart.shop.myfed.svc.a.us.example.com.").answers.len(), 1);
    assert!(texts(&events(&server, "")).iter().any(|text| text.starts_with("fedns ")));
}

#[test]
fn who_follows_has_few_slots_and_ends_with_the_server() {
    let world = world();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let mut streams: Vec<_> = (0..16).map(|_| Stream::open(&server, "", None)).collect();
    let mut stream = TcpStream::connect(server.admin).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(stream, "GET /events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n")
        .unwrap();
    let mut head = String::new();
    BufReader::new(stream).read_line(&mut head).unwrap();
    assert!(head.contains("503"), "{head}");
    // Documents are not streams.
    assert!(!events(&server, "").is_empty());
    let began = Instant::now();
    server.signal("TERM");
    assert!(server.ended().success());
    assert!(streams.iter_mut().all(Stream::is_over));
    assert!(began.elapsed() < PATIENCE / 4, "{:?}", began.elapsed());
}

fn fedns(world: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.current_dir(world).args(arguments);
    ["FEDNS_CONFIG", "FEDNS_servicesER", "COLUMNS"]
        .iter()
        .for_each(|key| _ = command.env_remove(key));
    command
}

fn printed(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn the_command_line_says_what_changed_and_goes_on() {
    let world = world();
    let server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    let all = fedns(world.path(), &["events"]).output().unwrap();
    let text = printed(&all);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].contains("   fedns ") && lines[0].contains("started"), "{text}");
    assert!(lines[1].contains("Z   east is synced: "), "{text}");
    let none = fedns(world.path(), &["events", "shop/none"]).output().unwrap();
    assert_eq!(printed(&none), "nothing has changed within 1h\n");
    let wrong = fedns(world.path(), &["events", "--since", "soon"]).output().unwrap();
    assert_eq!(wrong.status.code(), Some(2));

    let mut follow = fedns(world.path(), &["events", "shop/cart", "--follow", "-o", "json"]);
    let mut follow = follow.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    // The cluster that has it, before that.
    let mut next = || serde_json::from_str::<Value>(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(next()["subject"], "east");
    set_ready(world.path(), false);
    assert_eq!(next()["text"], "east leaves shop/cart: no ready endpoint");
    assert_eq!(next()["severity"], "warning");
    follow.kill().unwrap();
    follow.wait().unwrap();
    drop(server);
    let nobody = fedns(world.path(), &["events"]).output().unwrap();
    assert_eq!(nobody.status.code(), Some(3));
}

#[test]
fn wait_waits_for_what_is_expected_and_says_what_is_so_else() {
    let world = world();
    let wait = |arguments: &[&str]| {
        let output = fedns(world.path(), &[&["wait"], arguments].concat()).output().unwrap();
        let said = String::from_utf8(output.stderr.clone()).unwrap();
        (output.status.code().unwrap(), printed(&output), said)
    };
    // Nobody is there yet.
    assert_eq!(wait(&["--timeout", "100ms"]).0, 3);
    let server = Server::start(world.path());
    assert_eq!(wait(&[]), (0, String::new(), String::new()));
    assert_eq!(wait(&["shop/cart", "--for", "east"]).0, 0);
    assert_eq!(wait(&["shop/cart"]).0, 0);
    set_ready(world.path(), false);
    assert_eq!(wait(&["shop/cart", "--without", "east"]).0, 0);
    assert!(server.ask("cart.shop.myfed.svc.example.com.").answers.is_empty());
    let (code, _, said) = wait(&["shop/cart", "--for", "east", "--timeout", "200ms"]);
    assert_eq!((code, &*said), (1, "fedns: not within 200ms: no cluster answers for shop/cart\n"));
    set_ready(world.path(), true);
    assert_eq!(wait(&["cart.shop.myfed.svc.a.us.example.com", "--for", "east"]).0, 0);
    assert_eq!(server.ask("cart.shop.myfed.svc.a.us.example.com.").answers.len(), 1);
    let (code, _, said) = wait(&["shop/cart", "--for", "west", "--timeout", "200ms"]);
    assert_eq!((code, &*said), (1, "fedns: not within 200ms: shop/cart is answered by east\n"));
    let (code, _, said) = wait(&["shop/nothing", "--timeout", "200ms"]);
    assert!(code == 1 && said.contains("shop/nothing: "), "{said}");
    assert_eq!(wait(&["--for", "east"]).0, 2);
}

#[test]
fn a_lame_duck_says_so_and_goes_on_answering() {
    let world = world();
    let path = world.path().join("fedns.yaml");
    fs::write(&path, format!("{CONFIG}lameduck: 1h\n")).unwrap();
    let mut server = Server::start(world.path());
    server.wait_for("ready: answers are complete");
    assert_eq!(server.get("/readyz").0, 200);
    server.signal("TERM");
    server.wait_for("told to stop: not ready any more; answers go on for 3600s");
    server.get_until("/readyz", &["told to stop"]);
    assert_eq!(server.get("/readyz").0, 503);
    assert_eq!(server.get("/livez").0, 200);
    // News are followed too.
    let name = "cart.shop.myfed.svc.a.us.example.com.";
    assert_eq!(server.ask(name).answers.len(), 1);
    set_ready(world.path(), false);
    server.ask_until(name, 2);
    assert_eq!(server.get("/readyz").0, 503);
    // Told twice it ends at once.
    server.signal("TERM");
    assert!(server.ended().success());
}
