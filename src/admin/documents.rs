//! The documents of the admin address: status, clusters, services, replies, explanations, zones.
//!
//! In: requests. Out: JSON that the controller answers with; replies as octets; a zone as text,
//! streamed from a snapshot, so that nobody waits for it but the client that reads it.
//! Does not know what a document says.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::Sources;
use crate::controller::{Document, Question};
use crate::core::name::Label;
use crate::core::printable;
use crate::core::state::ClusterState;
use crate::documents::services::{ServiceFilter, ServicesForm};
use crate::documents::zone_text;
use crate::local_query::{BadLocalQuery, LocalQuery};
use crate::panics;

/// How long the controller may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Octets of a master file in one piece.
const PIECE: usize = 64 * 1024;

/// The paths of documents that are whole at once.
pub(super) fn router(sources: Sources) -> Router {
    Router::new()
        .route("/verdict", get(verdict))
        .route("/status", get(status))
        .route("/clusters", get(clusters))
        .route("/departure", get(removal_impact))
        .route("/overrides", get(overrides))
        .route("/services", get(services))
        .route("/overview", get(overview))
        .route("/overview/services", get(service_numbers))
        .route("/overview/rows", get(service_rows))
        .route("/overview/cluster", get(cluster))
        .route("/overview/complaints", get(complaints))
        .route("/resolve", get(resolve))
        .route("/explain", get(explain))
        .route("/address", get(address))
        .with_state(sources)
}

/// The paths of documents that may take long to read.
pub(super) fn streams(sources: Sources) -> Router {
    Router::new().route("/zone", get(zone)).with_state(sources)
}

/// How things stand in one word, and why.
async fn verdict(State(sources): State<Sources>) -> Response {
    answer(sources.controller.ask(Question::Verdict)).await
}

/// How things stand.
async fn status(State(sources): State<Sources>) -> Response {
    answer(sources.controller.ask(Question::Status)).await
}

/// What is drained and pinned.
async fn overrides(State(sources): State<Sources>) -> Response {
    answer(sources.controller.ask(Question::Overrides)).await
}

/// A page of the services, with their levels.
async fn services(State(sources): State<Sources>, Query(filter): Query<ServiceFilter>) -> Response {
    answer(sources.controller.ask(Question::Services(filter, ServicesForm::Levels))).await
}

/// The same without their levels, more of them on a page.
async fn service_numbers(
    State(sources): State<Sources>,
    Query(filter): Query<ServiceFilter>,
) -> Response {
    answer(sources.controller.ask(Question::Services(filter, ServicesForm::Numbers))).await
}

/// The same in a few words each, as the status page lists them.
async fn service_rows(
    State(sources): State<Sources>,
    Query(filter): Query<ServiceFilter>,
) -> Response {
    answer(sources.controller.ask(Question::Services(filter, ServicesForm::Brief))).await
}

/// What the status page shows first.
async fn overview(State(sources): State<Sources>) -> Response {
    answer(sources.controller.ask(Question::Overview)).await
}

/// What `/overview/cluster` is asked.
#[derive(Deserialize)]
struct ClusterWanted {
    name: String,
}

/// One cluster.
async fn cluster(State(sources): State<Sources>, Query(wanted): Query<ClusterWanted>) -> Response {
    answer(sources.controller.ask(Question::Cluster(wanted.name))).await
}

/// What `/overview/complaints` is asked.
#[derive(Deserialize)]
struct ComplaintsWanted {
    kind: String,
    #[serde(default)]
    skip: usize,
}

/// A page of the complaints of a kind.
async fn complaints(
    State(sources): State<Sources>,
    Query(wanted): Query<ComplaintsWanted>,
) -> Response {
    answer(sources.controller.ask(Question::Complaints(wanted.kind, wanted.skip))).await
}

/// What `/clusters` is asked.
#[derive(Deserialize)]
struct ClustersWanted {
    state: Option<String>,
}

/// The clusters.
async fn clusters(
    State(sources): State<Sources>,
    Query(wanted): Query<ClustersWanted>,
) -> Response {
    match wanted.state.as_deref().map(|word| ClusterState::parse(word).ok_or(word)).transpose() {
        Ok(state) => answer(sources.controller.ask(Question::Clusters(state))).await,
        Err(word) => {
            let known = ClusterState::ALL.map(ClusterState::as_str).join(", ");
            bad_request(&format!("no state {word}; known states: {known}"))
        }
    }
}

/// What `/departure` is asked.
#[derive(Deserialize)]
struct RemovalImpactWanted {
    cluster: String,
    after: Option<String>,
}

/// What would go with a cluster.
async fn removal_impact(
    State(sources): State<Sources>,
    Query(wanted): Query<RemovalImpactWanted>,
) -> Response {
    match Label::parse(&wanted.cluster) {
        Ok(cluster) => {
            answer(sources.controller.ask(Question::RemovalImpact(cluster, wanted.after))).await
        }
        Err(bad) => bad_request(&bad),
    }
}

/// What `/resolve` and `/explain` are asked.
#[derive(Deserialize)]
struct Asked {
    name: String,
    #[serde(rename = "type", default = "type_a")]
    record_type: String,
    from: Option<IpAddr>,
    cluster: Option<String>,
}

impl Asked {
    fn query(&self) -> Result<LocalQuery, BadLocalQuery> {
        let client = self.from.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        LocalQuery::parse(&self.name, &self.record_type, client)?
            .at_cluster(self.cluster.as_deref())
    }
}

fn type_a() -> String {
    "A".to_owned()
}

/// The reply of the query path itself, in the form of RFC 8484, section 6.
async fn resolve(State(sources): State<Sources>, Query(asked): Query<Asked>) -> Response {
    match asked.query() {
        Ok(query) => {
            let Sources { snapshot, clock, .. } = &sources;
            let octets = query.ask(&snapshot.load(), clock.now());
            ([(header::CONTENT_TYPE, "application/dns-message")], octets).into_response()
        }
        Err(bad) => bad_request(&bad),
    }
}

/// Why an answer is what it is.
async fn explain(State(sources): State<Sources>, Query(asked): Query<Asked>) -> Response {
    match asked.query() {
        Ok(query) => answer(sources.controller.ask(Question::Explain(query))).await,
        Err(bad) => bad_request(&bad),
    }
}

/// What `/address` is asked.
#[derive(Deserialize)]
struct AddressWanted {
    address: IpAddr,
}

/// Whose an address is.
async fn address(State(sources): State<Sources>, Query(wanted): Query<AddressWanted>) -> Response {
    answer(sources.controller.ask(Question::Address(wanted.address))).await
}

/// What `/zone` is asked.
#[derive(Deserialize)]
struct ZoneWanted {
    federation: String,
}

/// A zone as a master file.
async fn zone(State(sources): State<Sources>, Query(wanted): Query<ZoneWanted>) -> Response {
    let snapshot = sources.snapshot.load_full();
    let zone = match zone_text::find(&snapshot, &wanted.federation) {
        Ok(zone) => zone,
        Err(bad) => return bad_request(&bad),
    };
    let (pieces, pieces_in) = mpsc::channel(2);
    let writing = spawn_blocking(move || {
        let mut out = io::BufWriter::with_capacity(PIECE, Pieces(pieces));
        // A client that has gone ends the writing; there is nobody to tell.
        _ = zone_text::write(&snapshot, zone, &mut out).and_then(|()| io::Write::flush(&mut out));
    });
    // A zone that was not written in whole is not to look like one.
    let state = (pieces_in, Some(writing));
    let pieces = futures::stream::unfold(state, |(mut pieces, mut writing)| async {
        if let Some(piece) = pieces.recv().await {
            return Some((Ok(piece), (pieces, writing)));
        }
        let error = writing.take()?.await.err()?;
        Some((Err(io::Error::other(panics::words(&error))), (pieces, None)))
    });
    ([(header::CONTENT_TYPE, "text/dns")], Body::from_stream(pieces)).into_response()
}

/// Hands what is written to a response's body, as fast as that is read.
struct Pieces(mpsc::Sender<Bytes>);

impl io::Write for Pieces {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let sent = self.0.blocking_send(Bytes::copy_from_slice(octets));
        sent.map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the controller answers, as a response.
pub(super) async fn answer(document: impl Future<Output = Option<Document>>) -> Response {
    match timeout(PATIENCE, document).await {
        // Whoever prints it as it comes is to see what clusters say and not to obey it.
        Ok(Some(Ok(document))) => {
            let text = printable::json(&document.to_string());
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Ok(Some(Err(bad))) => bad_request(&bad),
        Ok(None) => unavailable("the controller has ended\n".to_owned()),
        Err(_) => unavailable("busy\n".to_owned()),
    }
}

pub(super) fn bad_request(bad: &dyn std::fmt::Display) -> Response {
    (StatusCode::BAD_REQUEST, format!("{bad}\n")).into_response()
}

pub(super) fn unavailable(text: String) -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, text).into_response()
}
