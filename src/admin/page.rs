//! The status page: one document, its script and its style, all in the binary.
//!
//! In: nothing. Out: responses that a browser may keep only while it shows them.
//! Does not know what the page shows: its script asks the other paths.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

/// Only what this address serves is loaded, run or asked, so that data of clusters, which is not
/// to be trusted, can make the page do nothing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub(super) async fn html() -> impl IntoResponse {
    file("text/html; charset=utf-8", include_str!("status.html"))
}

pub(super) async fn script() -> impl IntoResponse {
    file("text/javascript; charset=utf-8", include_str!("status.js"))
}

pub(super) async fn style() -> impl IntoResponse {
    file("text/css; charset=utf-8", include_str!("status.css"))
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
