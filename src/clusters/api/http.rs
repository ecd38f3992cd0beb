//! Requests to an API server, each bounded in time and in what it may bring.
//!
//! In: a connection and a path. Out: a body that comes in pieces, or a [`Failure`]. Nothing here waits
//! without an end: a connection whose other end has vanished is a failure.
//! Does not know what a body says.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, ACCEPT_ENCODING, RETRY_AFTER};
use hyper::http::request::Builder;
use hyper::{HeaderMap, Request, StatusCode};
use tokio::time::{Instant, timeout, timeout_at};

use super::failure::{Failure, message};
use super::http_connection::{Body, HttpConnection};
use super::patience::Patience;

/// As much of a refusal as is read, in octets, and how long that may take.
const MAX_REFUSAL: usize = 64 << 10;
const REFUSAL: Duration = Duration::from_secs(5);

/// Longest answer that is taken whole, in octets.
const MAX_WHOLE: usize = 256 << 10;

/// Octets that are read without giving others a turn: 50 to 100 us.
const STRETCH: usize = 8 << 10;

/// What takes too long where a server does not begin to answer.
pub(in crate::clusters) const HEAD: &str = "the head of a response";

/// In what form an answer is wanted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Form {
    /// Whole objects, or a document.
    Whole,
    /// What objects are called and labelled, and nothing that they say (Kubernetes API concepts,
    /// "Metadata-only fetches"): a server that does not know that form gives whole ones.
    Metadata,
}

impl Form {
    /// What is accepted of a list.
    pub(in crate::clusters) const fn of_list(self) -> &'static str {
        match self {
            Self::Whole => "application/json",
            Self::Metadata => {
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
            }
        }
    }

    /// What is accepted of a watch.
    pub(in crate::clusters) const fn of_watch(self) -> &'static str {
        match self {
            Self::Whole => "application/json",
            Self::Metadata => {
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"
            }
        }
    }
}

/// An answer that says success, of which the head has come.
pub(in crate::clusters) struct Answer {
    pub(in crate::clusters) headers: HeaderMap,
    pub(in crate::clusters) body: Body,
}

/// Asks for a list or a document; gives the body once its head has come and says success.
pub(in crate::clusters) async fn open(
    connection: &mut HttpConnection,
    path: &str,
    form: Form,
    head: Duration,
) -> Result<Body, Failure> {
    let request = Request::get(path).header(ACCEPT, form.of_list());
    send(connection, request, head).await.map(|answer| answer.body)
}

/// Asks for a watch; gives the body once its head has come and says success.
pub(in crate::clusters) async fn open_watch(
    connection: &mut HttpConnection,
    path: &str,
    form: Form,
    head: Duration,
) -> Result<Body, Failure> {
    // Servers that compress watches do it line by line, which not every reader can undo.
    let request =
        Request::get(path).header(ACCEPT, form.of_watch()).header(ACCEPT_ENCODING, "identity");
    send(connection, request, head).await.map(|answer| answer.body)
}

/// Sends a request; gives the answer once its head has come and says success.
pub(in crate::clusters) async fn send(
    connection: &mut HttpConnection,
    request: Builder,
    head: Duration,
) -> Result<Answer, Failure> {
    let request =
        request.body(()).map_err(|error| Failure::Unreachable(error.to_string().into()))?;
    let response = timeout(head, connection.ask(request))
        .await
        .map_err(|_| Failure::TimedOut(HEAD))?
        .map_err(|error| Failure::of_connection(&*error))?;
    let (head, body) = response.into_parts();
    if head.status == StatusCode::OK {
        return Ok(Answer { headers: head.headers, body });
    }
    let text = whole(body, MAX_REFUSAL, REFUSAL).await.unwrap_or_default();
    Err(Failure::Status {
        code: head.status.as_u16(),
        message: message(&text),
        retry_after: retry_after(&head.headers),
    })
}

/// Asks for a document that is small, all within `patience`.
async fn document(
    connection: &mut HttpConnection,
    path: &str,
    patience: Duration,
) -> Result<Vec<u8>, Failure> {
    let end = Instant::now() + patience;
    let body = open(connection, path, Form::Whole, patience).await?;
    whole(body, MAX_WHOLE, end.saturating_duration_since(Instant::now())).await
}

/// Asks for a small document with the patience that its server has earned, and learns from how long it takes.
pub(in crate::clusters) async fn small_document(
    connection: &mut HttpConnection,
    path: &str,
    patience: &Patience,
) -> Result<Vec<u8>, Failure> {
    let (began, most) = (Instant::now(), patience.now());
    let outcome = document(connection, path, most).await;
    match &outcome {
        Ok(_) | Err(Failure::Status { .. }) => patience.note_answer(began.elapsed()),
        Err(Failure::TimedOut(_)) => patience.note_time_out(most),
        Err(_) => {}
    }
    outcome
}

/// The next piece of a body; `None` at its end.
pub(in crate::clusters) async fn piece(
    body: &mut Body,
    until: Instant,
    what: &'static str,
) -> Result<Option<Bytes>, Failure> {
    loop {
        let frame = timeout_at(until, body.frame()).await.map_err(|_| Failure::TimedOut(what))?;
        match frame {
            None => return Ok(None),
            Some(Ok(frame)) => {
                // Trailers say nothing here.
                if let Ok(octets) = frame.into_data() {
                    return Ok(Some(octets));
                }
            }
            Some(Err(error)) => return Err(Failure::of_connection(&*error)),
        }
    }
}

/// A piece in parts, before each of which other threads have their turn: a long body keeps its thread
/// busy, and the system takes a core from whoever is busy after milliseconds only, for an answer too. A piece
/// that is short is a line of a watch, which keeps nobody busy: on a busy machine its turn would come back after
/// milliseconds, for each line.
pub(in crate::clusters) fn stretches(octets: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_long = octets.len() >= STRETCH;
    octets.chunks(STRETCH).inspect(move |_| {
        if is_long {
            std::thread::yield_now();
        }
    })
}

/// A body as one, cut where it is longer than `most` octets.
pub(in crate::clusters) async fn whole(
    mut body: Body,
    most: usize,
    patience: Duration,
) -> Result<Vec<u8>, Failure> {
    let (until, mut text) = (Instant::now() + patience, Vec::new());
    while let Some(octets) = piece(&mut body, until, "a response").await? {
        let room = most - text.len();
        text.extend_from_slice(&octets[..octets.len().min(room)]);
        if octets.len() > room {
            break;
        }
    }
    Ok(text)
}

/// Seconds (RFC 9110, section 10.2.3); API servers give no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
