//! One connection to the admin address.
//!
//! In: a stream, and the slot that it has. Out: responses, until the client leaves, the slot is
//! lost, or the server stops. Does not know what is asked for.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::connection_budget::Slot;
use super::operator::Peer;

/// How long a request's head may take to come, also the first after a pause.
const HEAD: Duration = Duration::from_secs(8);

/// Most octets of a request's head, and of a response that wait to be sent.
const BUFFER: usize = 64 * 1024;

/// How long a response that has begun may take when its connection is to end.
const FINISH: Duration = Duration::from_secs(1);

/// Serves one connection until its client leaves, its slot is lost, or the server stops.
pub(super) async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    peer: Peer,
    slot: Slot,
    stop: CancellationToken,
) {
    let slot = Arc::new(slot);
    let service = service_fn(|request| answer(router.clone(), peer, Arc::clone(&slot), request));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .max_buf_size(BUFFER)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    tokio::select! {
        // What a client does wrong is its own affair: there is nobody to tell.
        _ = connection.as_mut() => return,
        () = slot.lost() => return,
        () = stop.cancelled() => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = timeout(FINISH, connection).await;
}

/// Answers a request, and notes each step of that.
async fn answer(
    router: Router,
    peer: Peer,
    slot: Arc<Slot>,
    mut request: Request<Incoming>,
) -> Result<
    Response<impl hyper::body::Body<Data = axum::body::Bytes, Error = axum::Error>>,
    Infallible,
> {
    slot.ask();
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(Arc::clone(&slot));
    let response = router.oneshot(request).await?;
    Ok(response.map(|body| {
        body.map_frame(move |frame| {
            slot.touch();
            frame
        })
    }))
}
