//! The task that watches the Secrets of a registry.
//!
//! In: how to reach the cluster that holds them, and their namespace. Out: a [`RegistryReport`] whenever
//! something changed. While they can not be read, what was read before stays. It ends when it is
//! cancelled or nobody receives any more.
//! Does not know what becomes of the clusters that Secrets tell of.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::holdings::{Found, Holdings};
use super::report::{RegistryReport, RegistryReporter, Told};
use super::secret::Secret;
use crate::clusters::api::collection::Collection;
use crate::clusters::api::credentials::Credentials;
use crate::clusters::api::event_sink::{EventSink, Finder, Unheard};
use crate::clusters::api::failure::{Failure, status};
use crate::clusters::api::http::{open, piece};
use crate::clusters::api::http_connection::Body;
use crate::clusters::api::identity;
use crate::clusters::api::session::{OwnConnection, Session, Sessions, present};
use crate::clusters::api::timing::{Timing, draw};
use crate::clusters::list_watch::lines::{Lines, TooLarge};
use crate::clusters::list_watch::list::{ListBody, ListMetadata};
use crate::clusters::list_watch::steps::{ListWatch, Outcome, Step};
use crate::clusters::watch_stats::ClusterStats;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::ClusterEvent;
use crate::core::name::Label;

/// After so many failures in a row someone should know.
const TELLING: u32 = 3;
/// Complaints about Secrets without a name that are kept.
const MAX_NAMELESS: usize = 8;

/// Where Secrets are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistryNamespace {
    /// How to reach the API server.
    pub credentials: Credentials,
    /// Their namespace.
    pub namespace: Label,
    /// Whether programs that they name may be run.
    pub allow_exec: bool,
}

/// Watches the Secrets of a namespace and tells what they say of clusters, each time all of it with
/// `number`, until `cancel` fires or the channel is closed.
pub async fn watch_secrets(
    place: RegistryNamespace,
    timing: Timing,
    number: u64,
    out: mpsc::Sender<(u64, RegistryReport)>,
    cancel: CancellationToken,
) {
    let reporter = Arc::new(RegistryReporter::new(number, out));
    let judge = Arc::clone(&reporter);
    let send = move |event| {
        let reporter = Arc::clone(&judge);
        async move {
            match event {
                ClusterEvent::Flawed(Subject::Cluster, flaws) => {
                    let is_weakness =
                        |it: &Flaw| matches!(it, Flaw::ServerUnverified | Flaw::ServerUnencrypted);
                    let (warnings, credentials) = flaws.into_iter().partition(is_weakness);
                    reporter
                        .tell(|told| (told.warnings, told.credentials) = (warnings, credentials))
                        .await
                }
                _ => Ok(()),
            }
        }
        .boxed()
    };
    let sink = EventSink::new(Box::new(send), Arc::new(ClusterStats::default()));
    let sessions = Sessions::new();
    let reading = Reading {
        timing: &timing,
        namespace: &place.namespace,
        sessions: &sessions,
        sink: &sink,
        reporter: &reporter,
        connection: None,
        uid: None,
        holdings: Holdings::new(place.allow_exec),
        has_listed: false,
        listing: None,
        version: None,
        is_news: false,
        failures: 0,
        is_polling: false,
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        Unheard = sessions.keep(&place.credentials, &sink, &timing) => {}
        _ = reading.go_on() => {}
    }
}

/// Lists and watches.
struct Reading<'r> {
    timing: &'r Timing,
    namespace: &'r Label,
    sessions: &'r Sessions,
    sink: &'r EventSink,
    reporter: &'r RegistryReporter,
    connection: OwnConnection,
    /// Which cluster it is, where it lets us look.
    uid: Option<Box<str>>,
    holdings: Holdings,
    /// Whether all were listed once.
    has_listed: bool,
    /// What has come of a list that is not whole yet, and when that began.
    listing: Option<(Listing, Instant)>,
    /// How far the watch has come.
    version: Option<Box<str>>,
    /// Whether the present watch said anything.
    is_news: bool,
    /// Failures in a row.
    failures: u32,
    /// Whether they may be listed and not watched.
    is_polling: bool,
}

#[derive(Default)]
struct Listing {
    found: BTreeMap<Box<str>, Found>,
    nameless: Vec<String>,
}

impl Listing {
    fn take(&mut self, item: Result<&[u8], TooLarge>, holdings: &Holdings) {
        match read(item) {
            Ok(secret) if !Holdings::is_full(self.found.len()) => {
                if let Some(found) = holdings.read(&secret) {
                    self.found.insert(secret.name().into(), found);
                }
            }
            Ok(_) => note(&mut self.nameless, "too many Secrets tell of clusters".into()),
            Err(why) => note(&mut self.nameless, why),
        }
    }
}

fn read(octets: Result<&[u8], TooLarge>) -> Result<Secret, String> {
    let octets = octets.map_err(|TooLarge| "a Secret is too large and is left out".to_owned())?;
    Secret::read(octets)
}

fn note(nameless: &mut Vec<String>, why: String) {
    if nameless.len() < MAX_NAMELESS && !nameless.contains(&why) {
        nameless.push(why);
    }
}

/// A line of a watch.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    event_type: Box<str>,
    object: Secret,
}

impl Reading<'_> {
    async fn go_on(mut self) -> Result<(), Unheard> {
        let mut sessions = self.sessions.subscribe();
        let mut session = present(&mut sessions).await?;
        let mut list_watch = ListWatch::new(false);
        let mut resync = Instant::now() + self.timing.resync;
        loop {
            let rest = tokio::select! {
                biased;
                () = interruption(&mut sessions, resync) => None,
                ended = self.request(&session, list_watch.step()) => {
                    Some(self.note(ended?, &mut list_watch).await?)
                }
            };
            match rest {
                Some(Duration::ZERO) => continue,
                Some(rest) => tokio::select! {
                    biased;
                    () = interruption(&mut sessions, resync) => {}
                    () = sleep(rest) => continue,
                },
                None => {}
            }
            self.connection = None;
            // Secrets are few: all are listed over a new session, and nothing is missed.
            session = present(&mut sessions).await?;
            sessions.mark_unchanged();
            list_watch.begin(false);
            resync = Instant::now() + self.timing.resync;
        }
    }

    /// Takes note of how a request was over; gives the pause before the next one.
    async fn note(
        &mut self,
        outcome: Option<Outcome>,
        list_watch: &mut ListWatch,
    ) -> Result<Duration, Unheard> {
        let Some(outcome) = outcome else {
            list_watch.begin(false);
            return Ok(Duration::ZERO);
        };
        let mut is_broken = false;
        if let Outcome::Failed { failure, .. } = &outcome {
            let is_watch = matches!(list_watch.step(), Step::Watch(_));
            is_broken = failure.code().is_none();
            self.fail(failure, if is_watch { "watch" } else { "list" }).await?;
        }
        let rest = list_watch.note(outcome, &mut false, self.timing, draw());
        if is_broken {
            // They are few, and a server that was restored from a backup has other versions.
            list_watch.begin(false);
        }
        self.is_polling = list_watch.is_polling();
        Ok(rest)
    }

    /// Asks for what the order of requests says; `None` where all are to be listed once more.
    async fn request(
        &mut self,
        session: &Session,
        step: &Step,
    ) -> Result<Option<Outcome>, Unheard> {
        let keep = self.timing.watch.mul_f64(1.0 + draw() / 5.0);
        let (group, plural) = ("", "secrets");
        let namespace = Some(self.namespace.as_str());
        let secrets = Collection { group, plural, namespace };
        self.is_news = false;
        let path = match step {
            Step::Watch(version) => {
                self.version = Some(version.clone());
                secrets.watch(version, keep)
            }
            Step::Page { next, is_whole } => {
                if next.is_none() {
                    self.listing = Some((Listing::default(), Instant::now()));
                }
                secrets.page(next.as_deref(), *is_whole)
            }
            // Not asked for by an order that was begun without.
            Step::Stream => secrets.page(None, true),
        };
        let is_watch = matches!(step, Step::Watch(_));
        let ended = match self.ask(session, &path, is_watch).await {
            Ok(body) if is_watch => self.read_lines(body, keep).await?,
            Ok(body) => self.read_page(body).await?,
            Err(failure) => Err(failure),
        };
        let version = self.version.clone().filter(|_| is_watch);
        let is_news = is_watch && self.is_news;
        let failed = |failure| Some(Outcome::Failed { failure, version, is_news });
        Ok(ended.unwrap_or_else(failed))
    }

    /// Asks for a path, once it is known that it is the cluster of before who answers.
    async fn ask(
        &mut self,
        session: &Session,
        path: &str,
        is_watch: bool,
    ) -> Result<Body, Failure> {
        let connection = session.connection(&mut self.connection);
        let uid = identity::look(connection, self.timing).await?;
        match (&self.uid, uid) {
            (Some(before), Some(now)) if *before != now => {
                return Err(Failure::AnotherCluster { before: before.clone(), now });
            }
            (_, Some(now)) => self.uid = Some(now),
            (_, None) => {}
        }
        open(connection, path, is_watch, self.timing.head).await
    }

    async fn read_page(
        &mut self,
        mut body: Body,
    ) -> Result<Result<Option<Outcome>, Failure>, Unheard> {
        let metadata = match self.collect(&mut body).await {
            Ok(metadata) => metadata,
            Err(failure) => return Ok(Err(failure)),
        };
        if !metadata.next.is_empty() {
            return Ok(Ok(Some(Outcome::Paged { next: metadata.next.into() })));
        }
        let (listing, _) = self.listing.take().unwrap_or((Listing::default(), Instant::now()));
        if !self.holdings.replace(listing.found) {
            tracing::warn!("many Secrets are absent at once: they are listed once more");
            return Ok(Ok(None));
        }
        self.has_listed = true;
        self.succeed(Some(listing.nameless)).await?;
        Ok(Ok(Some(Outcome::Listed { version: metadata.resource_version.into() })))
    }

    async fn collect(&mut self, body: &mut Body) -> Result<ListMetadata, Failure> {
        let garbage = |why: &str| Failure::Garbage(why.into());
        let mut list = ListBody::new();
        let (Some((listing, began)), holdings) = (&mut self.listing, &self.holdings) else {
            return Err(garbage("a page of a list that was not begun"));
        };
        let end = *began + self.timing.list;
        loop {
            let until = end.min(Instant::now() + self.timing.silence);
            let Some(octets) = piece(body, until, "a list").await? else {
                return list.end().map_err(garbage);
            };
            list.take(&octets, |item| listing.take(item, holdings)).map_err(garbage)?;
        }
    }

    async fn read_lines(
        &mut self,
        mut body: Body,
        keep: Duration,
    ) -> Result<Result<Option<Outcome>, Failure>, Unheard> {
        let (mut lines, began) = (Lines::default(), Instant::now());
        let end = began + keep + self.timing.watch_slack;
        self.succeed(None).await?;
        loop {
            let octets = match piece(&mut body, end, "a watch").await {
                Ok(Some(octets)) => octets,
                Ok(None) => break,
                Err(failure) => return Ok(Err(failure)),
            };
            let (mut failure, mut nameless) = (None, Vec::new());
            lines.take(&octets, |line| match self.take_line(line) {
                Ok(()) => {}
                Err(Wrong::Line(why)) => nameless.push(why),
                Err(Wrong::Watch(why)) => failure = Some(why),
            });
            self.tell(|told| nameless.into_iter().for_each(|why| note(&mut told.nameless, why)))
                .await?;
            if let Some(failure) = failure {
                return Ok(Err(failure));
            }
        }
        // Some servers do not end their last line; else it is one that was cut off.
        if !lines.rest().is_empty() {
            if let Err(Wrong::Watch(failure)) = self.take_line(Ok(lines.rest())) {
                return Ok(Err(failure));
            }
            self.tell(|_| {}).await?;
        }
        let version = self.version.clone().unwrap_or_default();
        let lasted = began.elapsed();
        let is_news =
            (self.is_news && lasted >= self.timing.first_pause) || lasted * 2 >= self.timing.watch;
        Ok(Ok(Some(Outcome::Ended { version, is_news })))
    }

    fn take_line(&mut self, line: Result<&[u8], TooLarge>) -> Result<(), Wrong> {
        let octets = line.map_err(|TooLarge| Wrong::Line("a line is too large".into()))?;
        // The reader's own words would repeat what stands there.
        let line: Line = serde_json::from_slice(octets)
            .map_err(|_| Wrong::Line("a line of the watch can not be read".into()))?;
        let secret = line.object;
        match &*line.event_type {
            "ERROR" => return Err(Wrong::Watch(status(octets))),
            "ADDED" | "MODIFIED" => self.holdings.put(&secret),
            "DELETED" => self.holdings.remove(secret.name()),
            _ => {}
        }
        self.is_news = true;
        if !secret.version().is_empty() {
            self.version = Some(secret.version().into());
        }
        Ok(())
    }

    /// Something was read. `nameless`: what is wrong with Secrets that a list could not name.
    async fn succeed(&mut self, nameless: Option<Vec<String>>) -> Result<(), Unheard> {
        self.failures = 0;
        self.sessions.accept();
        self.sink.judge_credentials(Finder::Server, None).await?;
        // A list that can be read does not mend that it can not be watched.
        let is_polling = self.is_polling && nameless.is_some();
        self.tell(|told| {
            told.reading = told.reading.take().filter(|_| is_polling);
            if let Some(nameless) = nameless {
                told.nameless = nameless;
            }
        })
        .await
    }

    async fn fail(&mut self, failure: &Failure, verb: &'static str) -> Result<(), Unheard> {
        self.failures = self.failures.saturating_add(1);
        let why = match failure.code() {
            Some(401) => {
                let flaw = Flaw::CredentialsRefused(failure.to_string().into());
                self.sink.judge_credentials(Finder::Server, Some(flaw)).await?;
                self.sessions.refuse();
                return Ok(());
            }
            Some(403) => Flaw::Forbidden {
                verb,
                resource: "secrets",
                group: "",
                namespace: Some(self.namespace.as_str().into()),
            },
            Some(410) => return Ok(()),
            None if matches!(failure, Failure::AnotherCluster { .. }) => {
                Flaw::ReadingFails(failure.to_string().into())
            }
            _ if self.failures < TELLING => return Ok(()),
            _ => Flaw::ReadingFails(failure.to_string().into()),
        };
        self.tell(|told| told.reading = Some(format!("secrets: {why}"))).await
    }

    /// Tells what there is now, and what `change` makes of the rest.
    async fn tell(&self, change: impl FnOnce(&mut Told)) -> Result<(), Unheard> {
        let reporter = self.reporter;
        let found = self.holdings.found();
        let has_listed = self.has_listed;
        reporter
            .tell(|told| {
                if has_listed {
                    told.found = Some(found.clone());
                }
                change(told);
            })
            .await
    }
}

/// What is wrong.
enum Wrong {
    /// With a line of a watch.
    Line(String),
    /// With the watch, which is over.
    Watch(Failure),
}

/// Waits for another session, or the time to list again.
async fn interruption(sessions: &mut watch::Receiver<Option<Arc<Session>>>, resync: Instant) {
    tokio::select! {
        _ = sessions.changed() => {}
        () = sleep_until(resync) => {}
    }
}
