//! The status page: one document, its scripts and its style, all in the binary.
//!
//! In: nothing. Out: responses that a browser may keep only while it shows them.
//! Does not know what the page shows: its scripts ask the other paths.

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Only what this address serves is loaded, run or asked, so that data of clusters, which is not
/// to be trusted, can make the page do nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The scripts, by name: the document loads the first, which imports the others.
const SCRIPTS: [Script; 9] = [
    Script { name: "address.js", text: include_str!("page/address.js") },
    Script { name: "app.js", text: include_str!("page/app.js") },
    Script { name: "chain.js", text: include_str!("page/chain.js") },
    Script { name: "clusters.js", text: include_str!("page/clusters.js") },
    Script { name: "dom.js", text: include_str!("page/dom.js") },
    Script { name: "levels.js", text: include_str!("page/levels.js") },
    Script { name: "live.js", text: include_str!("page/live.js") },
    Script { name: "services.js", text: include_str!("page/services.js") },
    Script { name: "verdict.js", text: include_str!("page/verdict.js") },
];

struct Script {
    name: &'static str,
    text: &'static str,
}

/// The paths of the page.
pub(super) fn router() -> Router {
    Router::new()
        .route("/", get(html))
        .route("/status.css", get(style))
        .route("/page/{script}", get(script))
}

async fn html() -> impl IntoResponse {
    file("text/html; charset=utf-8", include_str!("page/page.html"))
}

async fn script(Path(name): Path<String>) -> Response {
    match SCRIPTS.iter().find(|script| script.name == name) {
        Some(script) => file("text/javascript; charset=utf-8", script.text).into_response(),
        None => (StatusCode::NOT_FOUND, "the page has no such script\n").into_response(),
    }
}

async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("page/status.css"))
}

type Headers = [(HeaderName, &'static str); 5];

fn file(content_type: &'static str, text: &'static str) -> (Headers, &'static str) {
    let headers = [
        (header::CONTENT_TYPE, content_type),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // After an upgrade a browser must not run the old script against the new server.
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text)
}
