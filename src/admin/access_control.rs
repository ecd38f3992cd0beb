//! The gate before the paths: who is let in, and who may change something.
//!
//! In: requests, with where their connection came from. Out: the same, those that may change
//! something with their [`Operator`]; refusals, before anything else is looked at.
//! Does not know what is asked for.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::task::spawn_blocking;

use super::connection_budget::Slot;
use super::hosts::{Names, check_origin};
use super::operator::{Operator, Peer};
use super::tokens::Tokens;

/// What anybody may ask under any name: probes and scrapers call a server whatever they like.
const OPEN: [&str; 3] = ["/livez", "/readyz", "/metrics"];

/// Who is let in at a listener.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    /// What the listener is called; `None` for a socket, which has no name that others could take.
    pub(super) names: Option<Names>,
    /// Whose tokens let in.
    pub(super) tokens: Option<Arc<Tokens>>,
}

/// Refuses what is meant for another server, or comes from a page of another site.
pub(super) async fn check(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    if OPEN.contains(&request.uri().path()) {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let named = gate.names.as_ref().map_or(Ok(()), |names| names.check(&head));
    match named.and_then(|()| check_origin(&head.headers, gate.names.is_some())) {
        Ok(()) => next.run(Request::from_parts(head, body)).await,
        Err(refusal) => refusal.into_response(),
    }
}

/// Lets those alone pass who may change something, and says who they are.
pub(super) async fn authorize(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    // What only reads is not answered there, and told so.
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let operator = match request.extensions().get::<Peer>() {
        Some(&Peer::User(user)) => user_of(user).await,
        Some(Peer::Address(_)) | None => bearer(&gate, request.headers()).await,
    };
    match operator {
        Ok(operator) => {
            let (mut head, body) = request.into_parts();
            head.extensions.insert(operator);
            next.run(Request::from_parts(head, body)).await
        }
        Err(refusal) => refusal,
    }
}

async fn user_of(user: u32) -> Result<Operator, Response> {
    let looked_up = spawn_blocking(move || Operator::of_user(user)).await;
    Ok(looked_up.unwrap_or(Operator::User(user, None)))
}

/// Whose token the request bears (RFC 6750, section 2.1).
async fn bearer(gate: &Gate, headers: &HeaderMap) -> Result<Operator, Response> {
    let given: Vec<_> = headers.get_all(header::AUTHORIZATION).iter().collect();
    let token = match given.as_slice() {
        [given] => bearer_token(given),
        _ => None,
    };
    let Some(token) = token.map(<[u8]>::to_vec) else {
        let why = "this changes something: it takes the unix socket, which `fedns` uses by itself on \
                   the server's host, or `Authorization: Bearer TOKEN` with a token of \
                   `admin.tokenFile`\n";
        let scheme = [(header::WWW_AUTHENTICATE, "Bearer realm=\"fedns\"")];
        return Err((StatusCode::UNAUTHORIZED, scheme, why).into_response());
    };
    let forbidden = |why: &'static str| (StatusCode::FORBIDDEN, why).into_response();
    let Some(tokens) = gate.tokens.clone() else {
        return Err(forbidden("no token is good here: `admin.tokenFile` is not configured\n"));
    };
    // The file may be read again.
    match spawn_blocking(move || tokens.bearer(&token)).await {
        Ok(Some(name)) => Ok(Operator::Bearer(name)),
        _ => Err(forbidden("this token is not in `admin.tokenFile`\n")),
    }
}

fn bearer_token(given: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = given.as_bytes().split_at_checked(b"bearer ".len())?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(b"bearer ") && !token.is_empty()).then_some(token)
}

/// Gives a response that may take long the slot of a stream; where all are taken it is refused.
pub(super) async fn stream(request: Request, next: Next) -> Response {
    let may_stay = request.extensions().get::<Arc<Slot>>().is_none_or(|slot| slot.stay());
    if !may_stay {
        let why = "as many long responses as there may be are being read; try again\n";
        let later = [(header::RETRY_AFTER, "5")];
        return (StatusCode::SERVICE_UNAVAILABLE, later, why).into_response();
    }
    let mut response: Response<Body> = next.run(request).await;
    // Its slot goes with the connection.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}
