//! The admin address over a raw stream, as a probe or a scraper sees it.

use std::time::Duration;

use fedns::controller::{Question, Readiness};
use futures::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

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

const PAGE: [(&str, &str); 3] =
    [("/", "text/html"), ("/status.js", "text/javascript"), ("/status.css", "text/css")];

#[tokio::test]
async fn the_page_may_use_this_address_and_no_other() {
    let server = Server::start();
    for (path, content_type) in PAGE {
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
    for (path, _) in PAGE {
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
async fn what_the_script_looks_for_is_on_the_page() {
    let server = Server::start();
    let html = server.ask("GET /").await;
    let script = server.ask("GET /status.js").await;
    let named = |start: &str| -> Vec<String> {
        let ends = script.split(start).skip(1);
        ends.filter_map(|rest| rest.split_once('"')).map(|(id, _)| id.to_owned()).collect()
    };
    let ids = [named("by(\""), named("fill(\"")].concat();
    assert!(ids.len() > 20, "{ids:?}");
    for id in ids {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id} is not on the page");
    }
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
