//! The admin address over a raw stream, as a probe or a scraper sees it.

use std::time::Duration;

use fedns::controller::{Question, Readiness};
use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::admin_server::Server;
use crate::admin_server::http::{self, body_of, header_of, status_of};

#[tokio::test]
async fn liveness_and_readiness_are_two_things() {
    let server = Server::start();
    let live = server.ask("GET /livez").await;
    assert_eq!((status_of(&live), body_of(&live)), ("200", "ok\n"));

    let waiting = server.ask("GET /readyz").await;
    assert_eq!((status_of(&waiting), body_of(&waiting)), ("503", "waiting for cluster east\n"));

    server.readiness.send_replace(Readiness::Ready);
    let ready = server.ask("GET /readyz").await;
    assert_eq!((status_of(&ready), body_of(&ready)), ("200", "ok\n"));
}

#[tokio::test]
async fn metrics_are_open_metrics_for_those_who_ask() {
    let server = Server::start();
    let accept = "accept: application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.3\r\n";
    let response = http::ask(server.address, "GET /metrics", accept).await;
    assert_eq!(status_of(&response), "200");
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(header_of(&response, "content-type"), open);
    assert!(body_of(&response).contains("# TYPE fedns_dns_requests counter"), "{response}");
    assert!(body_of(&response).ends_with("# EOF\n"), "{response}");

    let response = server.ask("GET /metrics").await;
    let plain = "text/plain; version=0.0.4; charset=utf-8";
    assert_eq!(header_of(&response, "content-type"), plain);
    assert!(body_of(&response).contains("# TYPE fedns_dns_requests_total counter"), "{response}");
    assert!(!body_of(&response).contains("# EOF"), "{response}");
}

/// What a row of docs/metrics.md says: name, type, labels.
type Documented = (String, String, Vec<String>);

fn documented() -> Vec<Documented> {
    let rows = include_str!("../../docs/metrics.md").lines().filter(|line| line.starts_with("| `"));
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    rows.map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        (cells[1].trim_matches('`').to_owned(), cells[2].to_owned(), words(cells[3]))
    })
    .collect()
}

#[tokio::test]
async fn the_table_of_metrics_is_what_the_server_says() {
    let server = Server::start();
    let response = server.ask("GET /metrics").await;
    let text = body_of(&response);
    let mut table = documented();
    for (name, kind, labels) in &mut table {
        // The older text form, which is read here, has no type for infos.
        *kind = kind.replace("info", "gauge");
        let sample = |line: &&str| line.starts_with(&format!("{name}{{"));
        let Some((_, rest)) = text.lines().find(sample).and_then(|line| line.split_once('{'))
        else {
            continue;
        };
        let keys = rest.split(',').filter_map(|label| label.split_once('=')).map(|(key, _)| key);
        assert!(keys.eq(labels.iter()), "{name}: {labels:?} is not {rest}");
    }
    let mut said: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .filter(|(name, _)| cfg!(target_os = "linux") || !name.starts_with("process_"))
        .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
        .collect();
    let mut documented: Vec<_> = table.into_iter().map(|(name, kind, _)| (name, kind)).collect();
    if cfg!(not(target_os = "linux")) {
        documented.retain(|(name, _)| !name.starts_with("process_"));
    }
    said.sort();
    documented.sort();
    assert_eq!(said, documented, "docs/metrics.md on the right");
}

const SCRIPTS: [&str; 9] = [
    "address.js",
    "app.js",
    "chain.js",
    "clusters.js",
    "dom.js",
    "levels.js",
    "live.js",
    "services.js",
    "verdict.js",
];

/// Where the page's parts are, and of which type.
fn page() -> Vec<(String, &'static str)> {
    let scripts = SCRIPTS.map(|name| (format!("/page/{name}"), "text/javascript"));
    let others = [("/".to_owned(), "text/html"), ("/status.css".to_owned(), "text/css")];
    scripts.into_iter().chain(others).collect()
}

#[tokio::test]
async fn the_page_may_use_this_address_and_no_other() {
    let server = Server::start();
    for (path, content_type) in page() {
        let response = server.ask(&format!("GET {path}")).await;
        assert_eq!(status_of(&response), "200", "{path}");
        assert_eq!(header_of(&response, "content-type"), format!("{content_type}; charset=utf-8"));
        assert_eq!(header_of(&response, "x-content-type-options"), "nosniff");
        assert_eq!(
            header_of(&response, "content-security-policy"),
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
    }
}

#[tokio::test]
async fn the_page_names_nothing_outside_and_makes_no_markup_of_data() {
    let server = Server::start();
    let mut all = String::new();
    for (path, _) in page() {
        all.push_str(body_of(&server.ask(&format!("GET {path}")).await));
    }
    let scheme_relative = |quote: &str| all.contains(&format!("{quote}//"));
    assert!(!["\"", "'", "(", "=", "`"].into_iter().any(scheme_relative));
    for banned in [
        "http:",
        "https:",
        "data:",
        "@import",
        "url(",
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "Function(",
        "style=",
        " onclick",
        " onload",
        "<style",
    ] {
        assert!(!all.contains(banned), "{banned} is on the page");
    }
    assert_eq!(all.matches("<script").count(), 1);
    assert!(all.contains("<noscript>") && all.contains("href=\"/status\""), "{all}");
}

#[tokio::test]
async fn what_the_scripts_look_for_is_on_the_page() {
    let server = Server::start();
    let html = server.ask("GET /").await;
    let mut scripts = String::new();
    for name in SCRIPTS {
        assert!(html.contains(&format!("\"/page/{name}\"")), "{name} is not loaded at once");
        scripts.push_str(body_of(&server.ask(&format!("GET /page/{name}")).await));
    }
    assert_eq!(status_of(&server.ask("GET /page/other.js").await), "404");
    let ids = scripts.split("by(\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let ids: Vec<_> = ids.map(|(id, _)| id).collect();
    assert!(ids.len() > 20, "{ids:?}");
    for id in ids {
        let is_made = scripts.contains(&format!("id: \"{id}\""));
        assert!(is_made || html.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
    }
}

#[tokio::test]
async fn who_takes_it_so_gets_the_page_compressed() {
    let server = Server::start();
    let asked = "GET /page/verdict.js HTTP/1.1\r\nhost: localhost\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n";
    let mut stream = server.connect().await;
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await.unwrap();
    let head = String::from_utf8_lossy(&response).to_lowercase();
    assert!(head.contains("content-encoding: gzip"), "{head}");
    let plain = server.ask("GET /page/verdict.js").await;
    assert!(response.len() * 2 < plain.len(), "{} of {}", response.len(), plain.len());
}

/// Reads a stream until so many messages have come, or it says no more for a moment.
async fn messages(stream: &mut TcpStream, number: usize) -> Vec<String> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let found: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("data: {")).collect();
        let all: Vec<String> = found.into_iter().map(str::to_owned).collect();
        let wait = if all.len() < number { 60_000 } else { 1500 };
        match timeout(Duration::from_millis(wait), stream.read(&mut buffer)).await {
            Ok(Ok(length)) if length > 0 => {
                text.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
            }
            _ => return all,
        }
    }
}

const CHANGES: &[u8] = b"GET /overview/changes HTTP/1.1\r\nhost: localhost\r\n\r\n";

#[tokio::test]
async fn changes_are_pushed_and_come_together_in_a_storm() {
    let server = Server::start();
    let mut stream = server.connect().await;
    stream.write_all(CHANGES).await.unwrap();
    let first = messages(&mut stream, 1).await;
    assert_eq!(first.len(), 1, "how things stand comes at once, and nothing more: {first:?}");
    assert!(first[0].contains("\"verdict\":\"fine\""), "{first:?}");

    let begun = Instant::now();
    for number in 1..=200 {
        server.figures.send_modify(|figures| _ = figures.complaints.insert("no_place", number));
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let storm = messages(&mut stream, 1).await;
    let most = begun.elapsed().as_secs() as usize * 4 + 4;
    assert!((2..=most).contains(&storm.len()), "{} messages: {storm:?}", storm.len());
    assert!(storm.last().unwrap().contains("\"complaints\":200"), "the last counts: {storm:?}");

    // What says the same is not said again.
    server.figures.send_modify(|_| ());
    assert_eq!(messages(&mut stream, 0).await, [""; 0]);
}

#[tokio::test]
async fn streams_of_changes_are_bounded() {
    let server = Server::start();
    let mut open = Vec::new();
    for _ in 0..8 {
        let mut stream = server.connect().await;
        stream.write_all(CHANGES).await.unwrap();
        assert_eq!(messages(&mut stream, 1).await.len(), 1);
        open.push(stream);
    }
    assert_eq!(status_of(&server.ask("GET /overview/changes").await), "503");
    assert_eq!(status_of(&server.ask("GET /livez").await), "200");
    drop(open.pop());
    let mut stream = server.connect().await;
    stream.write_all(CHANGES).await.unwrap();
    assert_eq!(messages(&mut stream, 1).await.len(), 1, "its place is free again");
}

#[tokio::test]
async fn the_status_is_what_the_controller_says() {
    let mut server = Server::start();
    let (response, ()) = tokio::join!(
        async {
            let mut stream = TcpStream::connect(server.address).await.expect("accepted");
            let request = "GET /status HTTP/1.0\r\n\r\n";
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut response = String::new();
            stream.read_to_string(&mut response).await.expect("a response");
            response
        },
        async {
            let call = server.calls.questions.recv().await.expect("a question");
            assert_eq!(call.request, Question::Status);
            call.reply.send(Ok(serde_json::json!({ "generation": 7 }))).expect("the client waits");
        }
    );
    assert!(response.contains("content-type: application/json"), "{response}");
    assert_eq!(body_of(&response), "{\"generation\":7}");
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_does_not_answer_is_busy() {
    let server = Server::start();
    // The first fill the channel and wait for their answers, the last wait for the channel.
    for response in join_all((0..6).map(|_| server.ask("GET /status"))).await {
        assert_eq!((status_of(&response), body_of(&response)), ("503", "busy\n"));
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_told_what_is_known() {
    let server = Server::start();
    let unknown = server.ask("GET /health").await;
    assert_eq!(status_of(&unknown), "404");
    for path in ["/livez", "/readyz", "/metrics", "/status", "/services"] {
        assert!(body_of(&unknown).contains(path), "{unknown}");
    }
    assert_eq!(status_of(&server.ask("POST /livez").await), "405");
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let server = Server::start();
    let response = server.ask("HEAD /livez").await;
    assert_eq!((status_of(&response), body_of(&response)), ("200", ""));
    assert!(response.contains("content-length: 3"), "{response}");
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_cut() {
    let server = Server::start();
    let mut stream = server.connect().await;
    let start = Instant::now();
    stream.write_all(b"GET /livez HTTP/1.1\r\nhost:").await.expect("sent");
    let mut response = Vec::new();
    let _ = stream.read_to_end(&mut response).await;
    let elapsed = start.elapsed();
    assert!(elapsed >= Duration::from_secs(5), "{elapsed:?}");
    assert!(elapsed <= Duration::from_secs(10), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn the_end_waits_for_no_idle_client() {
    let server = Server::start();
    let mut idle = server.connect().await;
    idle.write_all(b"GET /livez HTTP/1.1\r\nhost: here\r\n\r\n").await.expect("sent");
    idle.read_u8().await.expect("a response");
    let start = Instant::now();
    server.stop.cancel();
    server.run.await.expect("a clean end");
    assert!(start.elapsed() <= Duration::from_secs(1), "{:?}", start.elapsed());
}
