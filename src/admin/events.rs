//! What changed: as a document, or as it happens.
//!
//! In: requests. Out: JSON; where the client wants `text/event-stream`, server-sent events, which go on until it
//! leaves, reads too slowly, or the server stops. Such a stream has a slot of those that stay, of which there are few.
//! Does not know what an event says.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::Sources;
use super::access_control;
use super::documents::{answer, bad_request, unavailable};
use crate::controller::{ControllerClient, Question};
use crate::core::history::{Event, Wanted};
use crate::core::printable;
use crate::documents::events::{EventFilter, EventRow, EventsDocument};

/// How often a line is sent where nothing happens: less than what makes a stream seem unread.
const HEARTBEAT: Duration = Duration::from_secs(3);
/// How long the controller may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Events that are asked for at a time.
const PAGE: usize = 500;
/// The type of a stream of events.
const STREAM: &str = "text/event-stream";

#[derive(Clone)]
struct Shown {
    sources: Sources,
    stop: CancellationToken,
}

/// The path of events; streams end with `stop`.
pub(super) fn router(sources: Sources, stop: CancellationToken) -> Router {
    Router::new()
        .route("/events", get(events))
        .route_layer(middleware::from_fn(take_slot))
        .with_state(Shown { sources, stop })
}

/// A response that stays open takes the slot of one.
async fn take_slot(request: Request, next: Next) -> Response {
    match is_followed(request.headers()) {
        true => access_control::stream(request, next).await,
        false => next.run(request).await,
    }
}

fn is_followed(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains(STREAM))
}

async fn events(
    State(Shown { sources, stop }): State<Shown>,
    Query(filter): Query<EventFilter>,
    headers: HeaderMap,
) -> Response {
    if !is_followed(&headers) {
        return answer(sources.controller.ask(Question::Events(filter))).await;
    }
    let last = headers.get("last-event-id").and_then(|it| it.to_str().ok()?.parse().ok());
    let after = last.or(filter.after);
    // Followed before it is asked: nothing comes in between.
    let feed = sources.controller.follow();
    let clusters = EventFilter { limit: Some(0), ..filter.clone() };
    let clusters = match ask(&sources.controller, clusters).await {
        Ok(document) => document.clusters,
        Err(Asked::Bad(bad)) => return bad_request(&bad),
        Err(Asked::Busy) => return unavailable("busy\n".to_owned()),
    };
    let is_one = |text: &str| (!text.is_empty()).then(|| text.to_lowercase().into());
    let wanted = Wanted {
        service: is_one(&filter.service),
        of_service_in: clusters.into_iter().map(Into::into).collect::<BTreeSet<_>>(),
        cluster: is_one(&filter.cluster),
        ..Wanted::default()
    };
    let stream = Stream {
        controller: sources.controller,
        feed,
        filter: EventFilter { since: String::new(), before: None, ..filter },
        wanted,
        after,
        waiting: VecDeque::new(),
        is_begun: false,
    };
    let frames = futures::stream::unfold((stream, stop), |(mut stream, stop)| async {
        let frame = stop.run_until_cancelled(stream.next()).await??;
        Some((Ok::<_, Infallible>(frame), (stream, stop)))
    });
    let kind = [(header::CONTENT_TYPE, STREAM), (header::CACHE_CONTROL, "no-cache")];
    (kind, Body::from_stream(frames)).into_response()
}

/// Why a document did not come.
enum Asked {
    Bad(String),
    Busy,
}

async fn ask(controller: &ControllerClient, filter: EventFilter) -> Result<EventsDocument, Asked> {
    let document = timeout(PATIENCE, controller.ask(Question::Events(filter))).await;
    match document {
        Ok(Some(Ok(document))) => serde_json::from_value(document).map_err(|_| Asked::Busy),
        Ok(Some(Err(bad))) => Err(Asked::Bad(bad)),
        Ok(None) | Err(_) => Err(Asked::Busy),
    }
}

/// One stream.
struct Stream {
    controller: ControllerClient,
    feed: broadcast::Receiver<Arc<Event>>,
    filter: EventFilter,
    wanted: Wanted,
    /// The last one that the client has, as long as what came behind it was not looked up.
    after: Option<u64>,
    waiting: VecDeque<EventRow>,
    is_begun: bool,
}

impl Stream {
    /// What is sent next; `None` at the end: the client comes again, and says which event it has.
    async fn next(&mut self) -> Option<Bytes> {
        if !self.is_begun {
            self.is_begun = true;
            // The head of the response goes at once, whether or not anything happens.
            return Some(Bytes::from_static(b": events\n\n"));
        }
        loop {
            if let Some(row) = self.waiting.pop_front() {
                self.wanted.after = Some(row.id);
                return frame(&row);
            }
            if let Some(after) = self.after.take() {
                self.look_behind(after).await?;
                continue;
            }
            match timeout(HEARTBEAT, self.feed.recv()).await {
                Err(_) => return Some(Bytes::from_static(b":\n\n")),
                Ok(Ok(event)) => {
                    let is_new = self.wanted.after.is_none_or(|sent| event.id > sent);
                    if is_new && self.wanted.takes(&event) {
                        return frame(&EventRow::new(&event));
                    }
                }
                Ok(Err(RecvError::Lagged(_) | RecvError::Closed)) => return None,
            }
        }
    }

    /// Looks up a page of what came behind an event.
    async fn look_behind(&mut self, after: u64) -> Option<()> {
        let filter = EventFilter { after: Some(after), limit: Some(PAGE), ..self.filter.clone() };
        let mut found = ask(&self.controller, filter).await.ok()?.events;
        found.reverse();
        if found.len() == PAGE {
            self.after = found.last().map(|row| row.id);
        }
        self.waiting = found.into();
        Some(())
    }
}

fn frame(row: &EventRow) -> Option<Bytes> {
    // Whoever prints it as it comes is to see what clusters say and not to obey it.
    let data = printable::json(&serde_json::to_string(row).ok()?);
    Some(Bytes::from(format!("id: {}\ndata: {data}\n\n", row.id)))
}
