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

use super::access_control::{self, Gate};
use super::documents::unavailable;
use super::metrics::{Form, Metrics};
use super::{Sources, accept, documents, events, page};
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
/clusters/NAME/accept (POST; by the unix socket, or with a token): that the cluster is another one now
/services ?federation=&search=&namespace=&cluster=&state=&limit=&after=: services and their levels, as JSON
/overview/services, asked the same: services without their levels, one row each, as JSON
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
    let documents = documents::router(sources.clone());
    let streams = documents::streams(sources.clone()).route_layer(from_fn(access_control::stream));
    let authorize = from_fn_with_state(gate.clone(), access_control::authorize);
    let events = events::router(sources.clone(), stop);
    let changes = changes(sources.clone()).route_layer(authorize);
    Router::new()
        .route("/", get(page::html))
        .route("/status.js", get(page::script))
        .route("/status.css", get(page::style))
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics_text))
        .with_state(Arc::new(Shown { sources, metrics }))
        .merge(documents)
        .merge(streams)
        .merge(events)
        .merge(changes)
        .fallback(unknown_path)
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn_with_state(gate, access_control::check))
}

/// All paths that change something: to stand here is what asks for authorization.
fn changes(sources: Sources) -> Router {
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
