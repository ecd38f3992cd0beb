//! A reflector: the objects of one kind, listed and then watched.
//!
//! In: a session, and what [`ListWatch`] says to ask next. Out: what came, as events. A list takes
//! effect as a whole at its end; afterwards each line is an event at once.
//! Keeps nothing of an object that was told. Does not know other kinds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::delta::Delta;
use super::parts::ClusterWatch;
use super::resource::Resource;
use super::watch_event::{self, WatchEvent};
use crate::clusters::api::event_sink::{Finder, Unheard};
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::{open, piece, stretches};
use crate::clusters::api::http_connection::Body;
use crate::clusters::api::session::{OwnConnection, Session, present};
use crate::clusters::api::timing::draw;
use crate::clusters::list_watch::lines::Lines;
use crate::clusters::list_watch::list::ListBody;
use crate::clusters::list_watch::revision_check;
use crate::clusters::list_watch::steps::{ListWatch, Outcome, Step};
use crate::clusters::watch_control::Orders;
use crate::core::complaint::Flaw;
use crate::core::service::SourceId;

/// After so many failures in a row someone should know.
const TELLING: u32 = 3;

/// Why a reflector ended.
pub(in crate::clusters) enum End {
    /// It may not list all namespaces at once, and may be parted.
    Forbidden(Resource),
    /// Nobody listens.
    Unheard,
}

/// One kind, in all namespaces or in one.
pub(in crate::clusters) struct Reflector {
    resource: Resource,
    namespace: Option<Box<str>>,
    source: SourceId,
}

/// A reflector while it runs.
struct Run<'p> {
    reflector: Reflector,
    parts: &'p ClusterWatch,
    list_watch: ListWatch,
    delta: Delta,
    connection: OwnConnection,
    failures: u32,
    /// Whether the connection over which it watched was lost or given up.
    is_broken: bool,
    /// The number of the connection over which it heard something last.
    heard_over: u64,
    /// Whether another connection was needed than the one over which it was looked who answers.
    is_replaced: bool,
    /// What is wrong with the requests.
    flaw: Option<Flaw>,
    resync: Instant,
    /// How often it had been wished that everything be listed, when a list was begun last.
    lists: u64,
}

impl Reflector {
    /// The objects of a resource: all, or those in the namespace at that position of the entry's.
    pub(in crate::clusters) fn new(
        resource: Resource,
        namespace: Option<(usize, Box<str>)>,
    ) -> Self {
        let source = resource.source(namespace.as_ref().map(|(position, _)| *position));
        Self { resource, namespace: namespace.map(|(_, name)| name), source }
    }

    /// The source of its objects.
    pub(in crate::clusters) fn source(&self) -> SourceId {
        self.source
    }

    /// Lists and watches until nobody listens.
    pub(in crate::clusters) async fn run(self, parts: &ClusterWatch) -> End {
        let delta = Delta::new(self.resource, self.source, Arc::clone(&parts.sink.stats));
        let list_watch = ListWatch::new(true);
        let resync = Instant::now();
        let mut run = Run {
            reflector: self,
            parts,
            list_watch,
            delta,
            connection: None,
            failures: 0,
            is_broken: false,
            heard_over: 0,
            is_replaced: false,
            flaw: None,
            resync,
            lists: 0,
        };
        match run.go_on().await {
            Ok(end) => end,
            Err(Unheard) => End::Unheard,
        }
    }
}

impl Run<'_> {
    async fn go_on(&mut self) -> Result<End, Unheard> {
        let mut sessions = self.parts.sessions.subscribe();
        let mut nudges = self.parts.control.subscribe();
        let mut session = present(&mut sessions).await?;
        self.list_watch.begin(session.streams.load(Ordering::Relaxed));
        self.put_off_resync();
        loop {
            let rest = tokio::select! {
                biased;
                () = interruption(&mut sessions, &mut nudges, self.resync) => Rest::Interrupted,
                ended = self.request(&session) => self.note(ended?, &session).await?,
            };
            match rest {
                Rest::Interrupted => {}
                Rest::Parted => return Ok(End::Forbidden(self.reflector.resource)),
                Rest::For(Duration::ZERO) => continue,
                Rest::For(rest) => tokio::select! {
                    biased;
                    () = interruption(&mut sessions, &mut nudges, self.resync) => {}
                    () = sleep(rest) => continue,
                },
            }
            // What was connected before may hang, or lead to where it should no more.
            self.connection = None;
            self.is_broken = true;
            session = present(&mut sessions).await?;
            sessions.mark_unchanged();
            let nudge = *nudges.borrow_and_update();
            let streams = session.streams.load(Ordering::Relaxed);
            if nudge.relists != self.lists || Instant::now() >= self.resync {
                self.list_watch.begin(streams);
                self.put_off_resync();
            } else {
                self.list_watch.resume(self.delta.version(), streams);
            }
        }
    }

    fn put_off_resync(&mut self) {
        let timing = &self.parts.timing;
        self.resync = Instant::now() + timing.resync.mul_f64(1.0 + draw() / 2.0);
    }

    /// Asks for what the order of requests says; `None` where that is no longer what is wanted.
    async fn request(&mut self, session: &Session) -> Result<Option<Outcome>, Unheard> {
        let step = self.list_watch.step().clone();
        match self.try_request(session, &step).await? {
            Ok(outcome) => Ok(outcome),
            Err(failure) => {
                let (version, is_news) = match self.list_watch.step() {
                    Step::Watch(_) => (self.delta.version(), self.delta.is_news()),
                    Step::Page { .. } | Step::Stream => (None, false),
                };
                Ok(Some(Outcome::Failed { failure, version, is_news }))
            }
        }
    }

    async fn try_request(
        &mut self,
        session: &Session,
        step: &Step,
    ) -> Result<Result<Option<Outcome>, Failure>, Unheard> {
        let ClusterWatch { identity, timing, .. } = self.parts;
        let nudges = &self.parts.control;
        let objects = self.reflector.resource.objects(self.reflector.namespace.as_deref());
        let keep = timing.watch.mul_f64(1.0 + draw() / 5.0);
        let connection = session.connection(&mut self.connection);
        let is_begin = matches!(step, Step::Stream | Step::Page { next: None, .. });
        // Who answers is known before anything that it says is believed: over this very connection.
        if (is_begin || matches!(step, Step::Watch(_)))
            && let Err(failure) = identity.check(connection, session, self.parts.watcher()).await?
        {
            return Ok(Err(failure));
        }
        let lists = nudges.subscribe().borrow().relists;
        if is_begin {
            self.lists = lists;
        } else if lists != self.lists {
            return Ok(Ok(None));
        }
        // The server may have ended a connection on which nothing was asked, as it does when it is
        // started anew: that is no failure, and another server may answer on the next one.
        let number = connection.connections();
        if let Step::Watch(version) = step
            && (self.is_broken || number != self.heard_over)
        {
            if let Err(failure) = revision_check::check(connection, objects, version, timing).await
            {
                return Ok(Err(failure));
            }
            self.is_broken = false;
        }
        let path = match step {
            Step::Page { next, is_whole } => objects.page(next.as_deref(), *is_whole),
            Step::Stream => objects.stream(keep),
            Step::Watch(version) => objects.watch(version, keep),
        };
        self.delta.begin(step);
        let is_watch = !matches!(step, Step::Page { .. });
        let body = match open(connection, &path, is_watch, timing.head).await {
            Ok(body) => body,
            Err(failure) => return Ok(Err(failure)),
        };
        // A server that ends each connection behind one answer has to be believed all the same.
        let was_replaced =
            std::mem::replace(&mut self.is_replaced, connection.connections() != number);
        if self.is_replaced && !was_replaced {
            return Ok(Err(Failure::Unreachable("the server ended the connection".into())));
        }
        self.heard_over = number;
        match step {
            Step::Page { .. } => self.read_page(body).await,
            Step::Stream | Step::Watch(_) => self.read_lines(body, keep).await,
        }
    }

    async fn read_page(
        &mut self,
        mut body: Body,
    ) -> Result<Result<Option<Outcome>, Failure>, Unheard> {
        let mut list = ListBody::new();
        loop {
            let until = Instant::now() + self.parts.timing.silence;
            let octets = match piece(&mut body, until, "a list").await {
                Ok(Some(octets)) => octets,
                Ok(None) => break,
                Err(failure) => return Ok(Err(failure)),
            };
            let (kind, delta) = (self.reflector.resource.kind, &mut self.delta);
            let taken = stretches(&octets).try_for_each(|octets| {
                list.take(octets, |item| {
                    delta.collect(item.map(|item| watch_event::item(kind, item)))
                })
            });
            if let Err(why) = taken {
                return Ok(Err(Failure::Garbage(why.into())));
            }
            if let Some(failure) = self.delta.excess(self.parts.timing.list) {
                return Ok(Err(failure));
            }
        }
        let metadata = match list.end() {
            Ok(metadata) => metadata,
            Err(why) => return Ok(Err(Failure::Garbage(why.into()))),
        };
        if !metadata.next.is_empty() {
            return Ok(Ok(Some(Outcome::Paged { next: metadata.next.into() })));
        }
        let version: Box<str> = metadata.resource_version.into();
        self.finish(version.clone()).await?;
        Ok(Ok(Some(Outcome::Listed { version })))
    }

    /// Reads a watch, which may begin with a list.
    async fn read_lines(
        &mut self,
        mut body: Body,
        keep: Duration,
    ) -> Result<Result<Option<Outcome>, Failure>, Unheard> {
        let (mut lines, began) = (Lines::default(), Instant::now());
        let (kind, timing) = (self.reflector.resource.kind, self.parts.timing);
        let end = began + keep + timing.watch_slack;
        if !self.delta.is_listing() {
            self.delta.hear();
            self.set_flaw(None).await?;
        }
        loop {
            let until = match self.delta.is_listing() {
                true => end.min(Instant::now() + timing.silence),
                false => end,
            };
            let octets = match piece(&mut body, until, "a watch").await {
                Ok(Some(octets)) => octets,
                Ok(None) => break,
                Err(failure) => return Ok(Err(failure)),
            };
            // Made anew for each piece: what a list needs, a watch would hold for ever.
            let mut batch = Vec::new();
            for octets in stretches(&octets) {
                lines.take(octets, |line| {
                    batch.push(line.map(|line| watch_event::line(kind, line)))
                });
            }
            drop(octets);
            for line in batch {
                match line {
                    Ok(WatchEvent::Ended(failure)) => return Ok(Err(failure)),
                    Ok(WatchEvent::Bookmark { version, is_list_end: true })
                        if self.delta.is_listing() =>
                    {
                        self.finish(version.clone()).await?;
                        let mut streams = true;
                        let listed = Outcome::Listed { version };
                        self.list_watch.note(listed, &mut streams, &timing, 0.0);
                        self.failures = 0;
                        self.set_flaw(None).await?;
                    }
                    line => self.delta.take(line, &self.parts.sink).await?,
                }
            }
            if let Some(failure) = self.delta.excess(timing.list) {
                return Ok(Err(failure));
            }
            self.tell_flaws().await?;
        }
        // Some servers do not end their last line; else it is one that was cut off.
        match watch_event::line(kind, lines.rest()) {
            WatchEvent::Ended(failure) => return Ok(Err(failure)),
            WatchEvent::Nonsense(_) => {}
            line => self.delta.take(Ok(line), &self.parts.sink).await?,
        }
        if self.delta.is_listing() {
            return Ok(Err(Failure::TimedOut("a list by watch")));
        }
        let version = self.delta.version().unwrap_or_default();
        let lasted = began.elapsed();
        let is_news =
            (self.delta.is_news() && lasted >= timing.first_pause) || lasted * 2 >= timing.watch;
        Ok(Ok(Some(Outcome::Ended { version, is_news })))
    }

    /// All objects have come: they take effect.
    async fn finish(&mut self, version: Box<str>) -> Result<(), Unheard> {
        self.delta.finish(version, &self.parts.sink).await?;
        self.parts.sink.known(self.reflector.source, true, self.lists).await?;
        self.tell_flaws().await
    }

    /// Takes note of how a request was over.
    async fn note(&mut self, outcome: Option<Outcome>, session: &Session) -> Result<Rest, Unheard> {
        let Some(outcome) = outcome else { return Ok(Rest::Interrupted) };
        let step = self.list_watch.step().clone();
        match &outcome {
            Outcome::Failed { failure, .. } => {
                tracing::debug!("{}: {failure}", self.reflector.resource.plural);
                self.is_broken |= failure.code().is_none();
                if self.fail(&step, failure).await? {
                    return Ok(Rest::Parted);
                }
            }
            Outcome::Listed { .. } => {
                (self.failures, self.is_broken) = (0, false);
                if !self.list_watch.is_polling() {
                    self.set_flaw(None).await?;
                }
            }
            Outcome::Ended { .. } => self.failures = 0,
            Outcome::Paged { .. } => {}
        }
        let before = session.streams.load(Ordering::Relaxed);
        let mut streams = before;
        let rest = self.list_watch.note(outcome, &mut streams, &self.parts.timing, draw());
        if streams != before {
            session.streams.store(streams, Ordering::Relaxed);
        }
        Ok(Rest::For(rest))
    }

    /// Says what follows from a failure; whether the reflector is to be parted.
    async fn fail(&mut self, step: &Step, failure: &Failure) -> Result<bool, Unheard> {
        let ClusterWatch { sink, entry, sessions, .. } = self.parts;
        let resource = self.reflector.resource;
        // That a word is not known is in the order of things.
        if failure.code().is_some_and(|code| step.is_refused_by(code)) {
            return Ok(false);
        }
        sink.stats.count_error(failure.sort());
        self.failures = self.failures.saturating_add(1);
        match failure.code() {
            Some(401) => {
                let flaw = sink.refused(failure);
                sink.judge_credentials(Finder::Server, Some(flaw)).await?;
                sessions.refuse();
            }
            Some(403) => {
                let is_watch = matches!(step, Step::Watch(_));
                let may_part = resource.is_namespaced() && self.reflector.namespace.is_none();
                if !is_watch && may_part && !entry.namespaces.is_empty() {
                    return Ok(true);
                }
                let is_needless = !resource.is_namespaced() && entry.has_places;
                if !is_needless {
                    self.set_flaw(Some(self.forbidden(is_watch))).await?;
                }
                if !resource.is_namespaced() && !is_watch {
                    sink.known(self.reflector.source, is_needless, self.lists).await?;
                }
            }
            Some(410) => {}
            // Where nothing can be reached at all, the probe says so once for all.
            None if !matches!(failure, Failure::Garbage(_)) => {}
            _ if self.failures >= TELLING => {
                let flaw = Flaw::ReadingFails(failure.to_string().into());
                self.set_flaw(Some(flaw)).await?;
            }
            _ => {}
        }
        Ok(false)
    }

    fn forbidden(&self, is_watch: bool) -> Flaw {
        Flaw::Forbidden {
            verb: if is_watch { "watch" } else { "list" },
            resource: self.reflector.resource.plural,
            group: self.reflector.resource.group,
            namespace: self.reflector.namespace.clone(),
        }
    }

    async fn set_flaw(&mut self, flaw: Option<Flaw>) -> Result<(), Unheard> {
        self.flaw = flaw;
        self.tell_flaws().await
    }

    async fn tell_flaws(&self) -> Result<(), Unheard> {
        let flaws = self.flaw.iter().cloned().chain(self.delta.flaws()).collect();
        self.parts.sink.complain(self.reflector.resource.plural, self.reflector.source, flaws).await
    }
}

/// What comes before the next request.
enum Rest {
    For(Duration),
    /// Something else is wanted now.
    Interrupted,
    /// Nothing: others go on in place of this reflector.
    Parted,
}

/// Waits for another session, a nudge, or the time to list again.
async fn interruption(
    sessions: &mut watch::Receiver<Option<Arc<Session>>>,
    nudges: &mut watch::Receiver<Orders>,
    resync: Instant,
) {
    tokio::select! {
        _ = sessions.changed() => {}
        _ = nudges.changed() => {}
        () = sleep_until(resync) => {}
    }
}
