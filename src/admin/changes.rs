//! What has changed, pushed to whoever looks: a small message each time that what the status page shows
//! may be another one. The page then asks for what it shows of it.
//!
//! In: figures of the controller. Out: server-sent events. Nobody is asked for them, and who reads slowly
//! gets the latest alone. Does not know what the page shows.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::Stream;
use futures::stream::unfold;
use serde::Serialize;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Sources;
use crate::controller::{ControllerStats, Readiness};
use crate::core::verdict::Grade;

/// What comes sooner after a message than this goes out with the next one.
const PACE: Duration = Duration::from_millis(250);
/// How often something is said at least: by that a reader notices that the server is gone.
const HEARTBEAT: Duration = Duration::from_secs(4);

/// The path of changes; its response stays open.
pub(super) fn router(sources: Sources) -> Router {
    Router::new().route("/overview/changes", get(changes)).with_state(sources)
}

async fn changes(State(sources): State<Sources>) -> Response {
    // A browser tells its page of events alone, and of none without data.
    let heartbeat = Event::default().event("heartbeat").data("-");
    let heartbeat = KeepAlive::new().interval(HEARTBEAT).event(heartbeat);
    let events = Sse::new(messages(sources)).keep_alive(heartbeat).into_response();
    // A proxy that gathers octets would keep messages back.
    ([(header::CACHE_CONTROL, "no-store"), (BUFFERED, "no")], events).into_response()
}

const BUFFERED: header::HeaderName = header::HeaderName::from_static("x-accel-buffering");

/// What a message tells: enough to see that something is another one.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
struct Told {
    generation: u64,
    verdict: Option<&'static str>,
    ready: bool,
    clusters: Vec<u64>,
    services: Vec<u64>,
    complaints: u64,
    reloads: u64,
    contacts: u64,
}

impl Told {
    fn new(generation: u64, readiness: &Readiness, figures: &ControllerStats) -> Self {
        let contacts = figures.counts.events().filter(|(kind, _)| *kind == "contact");
        Self {
            generation,
            verdict: figures.verdict.map(Grade::as_str),
            ready: !matches!(readiness, Readiness::NotReady(_)),
            clusters: figures.clusters.values().copied().collect(),
            services: figures.services.values().copied().collect(),
            complaints: figures.complaints.values().sum(),
            reloads: figures.counts.reloads.tried,
            contacts: contacts.map(|(_, number)| number).sum(),
        }
    }
}

/// Where a reader is.
struct Reader {
    sources: Sources,
    figures: watch::Receiver<ControllerStats>,
    told: Option<Told>,
    /// Before that nothing more is said.
    next: Instant,
}

/// How things stand, and again whenever that is another one; ends with the controller.
fn messages(sources: Sources) -> impl Stream<Item = Result<Event, Infallible>> {
    let figures = sources.figures.clone();
    let reader = Reader { sources, figures, told: None, next: Instant::now() };
    unfold(reader, |mut reader| async move {
        loop {
            if reader.told.is_some() {
                reader.figures.changed().await.ok()?;
                sleep_until(reader.next).await;
            }
            let told = {
                let (figures, readiness) =
                    (reader.figures.borrow_and_update(), reader.sources.readiness.borrow());
                Told::new(reader.sources.snapshot.load().generation, &readiness, &figures)
            };
            if reader.told.as_ref() == Some(&told) {
                continue;
            }
            let text = serde_json::to_string(&told).expect("numbers and words can be said");
            reader.told = Some(told);
            reader.next = Instant::now() + PACE;
            return Some((Ok(Event::default().data(text)), reader));
        }
    })
}
