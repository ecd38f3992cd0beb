//! The paths of the admin address.
//!
//! In: requests. Out: text, metrics, JSON.
//! Does not know sockets or connections.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio_util::sync::CancellationToken;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use super::access_control::{self, Gate};
use super::documents::unavailable;
use super::metrics::{Form, Metrics};
use super::{Sources, accept, changes, documents, events, page};
use crate::controller::Readiness;

/// What unknown paths are answered with.
const PATHS: &str = "\
known paths:
/         the status page
/livez    the process runs
/readyz   whether answers wait for clusters
/metrics  numbers for Prometheus
/verdict  how things stand in one word, and why, as JSON
/status   how things stand, as JSON
/clusters [?state=STATE]: the clusters, as JSON
/overrides what is drained and pinned, until when and why, as JSON
/clusters/NAME/accept (POST; by the unix socket, or with a token): that the cluster is another one now
/services ?federation=&search=&namespace=&name=&cluster=&state=&order=&limit=&after=: services and their levels, as JSON
/overview/services, asked the same: services without their levels, one row each, as JSON
/overview/rows, asked the same: services in a few words each, as JSON
/overview what the status page shows first, as JSON
/overview/cluster ?name=NAME: one cluster, as JSON
/overview/complaints ?kind=KIND[&skip=NUMBER]: the complaints of a kind, as JSON
/overview/changes: that something has changed, as server-sent events
/events   ?service=&cluster=&since=&limit=&before=&after=: what changed, as JSON; with Accept: text/event-stream as it happens
/resolve  ?name=NAME&type=TYPE[&from=ADDRESS][&cluster=NAME]: what is answered, as a DNS message
/explain  ?name=NAME&type=TYPE[&from=ADDRESS][&cluster=NAME]: why that is answered, as JSON
/address  ?address=ADDRESS: whose it is, who answers with it and who does not, as JSON
/zone     ?federation=FEDERATION: its zone, as a master file
";

/// What handlers read.
struct Shown {
    sources: Sources,
    metrics: Metrics,
}

/// The paths, over what they show, behind a gate.
pub(super) fn router(sources: Sources, gate: Gate, stop: CancellationToken) -> Router {
    let metrics = Metrics::new(sources.clone());
    // Some 10 times less for who takes it so; streams are not held back for it.
    let compress = || CompressionLayer::new().quality(CompressionLevel::Fastest);
    let documents = documents::router(sources.clone()).layer(compress());
    let streams = documents::streams(sources.clone()).merge(changes::router(sources.clone()));
    let streams = streams.route_layer(from_fn(access_control::stream));
    let authorize = from_fn_with_state(gate.clone(), access_control::authorize);
    let changing = changing(sources.clone()).route_layer(authorize);
    let events = events::router(sources.clone(), stop);
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_text))
        .with_state(Arc::new(Shown { sources, metrics }))
        .merge(page::router().layer(compress()))
        .merge(documents)
        .merge(streams)
        .merge(changing)
        .merge(events)
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn_with_state(gate, access_control::check))
}

/// All paths that change something: to stand here is what asks for authorization.
fn changing(sources: Sources) -> Router {
    Router::new().merge(accept::router(sources))
}

async fn ready(State(shown): State<Arc<Shown>>) -> Response {
    let readiness = shown.sources.readiness.borrow().clone();
    match readiness {
        Readiness::Ready => "ok\n".into_response(),
        Readiness::Incomplete(reason) => format!("ok; {reason}\n").into_response(),
        Readiness::NotReady(reason) => unavailable(format!("{reason}\n")),
    }
}

async fn metrics_text(State(shown): State<Arc<Shown>>, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let form = Form::wanted(accept.unwrap_or_default());
    ([(header::CONTENT_TYPE, form.content_type())], shown.metrics.text(form)).into_response()
}

async fn unknown_path(uri: Uri) -> Response {
    let text = format!("nothing is known at {}; {PATHS}", uri.path());
    (StatusCode::NOT_FOUND, text).into_response()
}

async fn unknown_method(method: Method) -> Response {
    let text = format!("{method} is not answered here; use GET or HEAD\n");
    (StatusCode::METHOD_NOT_ALLOWED, text).into_response()
}
