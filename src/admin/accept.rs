//! That a cluster is another one now is accepted.
//!
//! In: a POST, and who sent it. Out: what came of it, in words.
//! Does not know what accepting means, the controller does; nor who may do it.

use axum::Router;
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use axum::routing::post;

use super::Sources;
use super::documents::{answer, bad_request};
use super::operator::Operator;
use crate::controller::Command;
use crate::core::name::Label;

/// The path of it.
pub(super) fn router(sources: Sources) -> Router {
    Router::new().route("/clusters/{name}/accept", post(accept)).with_state(sources)
}

/// Accepts a cluster.
async fn accept(
    State(sources): State<Sources>,
    Extension(operator): Extension<Operator>,
    Path(name): Path<String>,
) -> Response {
    match Label::parse(&name) {
        Ok(cluster) => {
            let command = Command::Accept { cluster, operator: operator.to_string().into() };
            answer(sources.controller.command(command)).await
        }
        Err(bad) => bad_request(&format!("{name:?} is no cluster's name: {bad}")),
    }
}
