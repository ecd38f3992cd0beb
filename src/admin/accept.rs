//! The one request that changes something: that a cluster is another one now is accepted.
//!
//! In: a POST from this host. Out: what came of it, in words. A page in a browser can not send it:
//! it asks for a header that pages of other origins may not set, and for a host that is an address.
//! Does not know what accepting means: the controller does.

use std::net::{IpAddr, SocketAddr};

use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;

use super::Sources;
use super::documents::{answer, bad_request};
use crate::controller::Question;
use crate::core::name::Label;

/// The header that such a request carries.
pub const OPERATOR: &str = "fedns-operator";

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// The path of it.
pub(super) fn router(sources: Sources) -> Router {
    Router::new().route("/clusters/{name}/accept", post(accept)).with_state(sources)
}

/// Accepts a cluster.
async fn accept(
    State(sources): State<Sources>,
    Extension(Peer(peer)): Extension<Peer>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    if !peer.to_canonical().is_loopback() {
        let why = format!("only this host may do that, and {peer} is not it\n");
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !headers.contains_key(OPERATOR) || !is_address(host) {
        let why =
            format!("send the header {OPERATOR}, to an address: `fedns clusters accept` does\n");
        return (StatusCode::FORBIDDEN, why).into_response();
    }
    match Label::parse(&name) {
        Ok(name) => answer(&sources, Question::Accept(name)).await,
        Err(bad) => bad_request(&format!("{name:?} is no cluster's name: {bad}")),
    }
}

/// Names can be made to point here by others; addresses can not.
fn is_address(host: &str) -> bool {
    let without_port = host.rsplit_once(':').map_or(host, |(address, _)| address);
    host.parse::<SocketAddr>().is_ok() || without_port.parse::<IpAddr>().is_ok()
}
