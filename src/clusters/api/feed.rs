//! A feed: the objects of one kind, listed and then watched.
//!
//! In: a session, and what [`Course`] says to ask next. Out: what came, as events. A list takes
//! effect as a whole at its end; afterwards each line is an event at once.
//! Keeps nothing of an object that was told. Does not know other kinds.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::course::{Course, Outcome, Step};
use super::failure::Failure;
use super::http::{open, piece, stretches};
use super::lines::Lines;
use super::list::ListBody;
use super::pace::draw;
use super::parts::Parts;
use super::resource::Resource;
use super::rewind;
use super::seen::{self, Seen};
use super::session::{OwnWire, Session, present};
use super::tally::Tally;
use super::voice::{Finder, Unheard};
use super::wire::Body;
use crate::clusters::nudges::Nudge;
use crate::core::complaint::Flaw;
use crate::core::service::SourceId;

/// After so many failures in a row someone should know.
const TELLING: u32 = 3;

/// Why a feed ended.
pub(super) enum End {
    /// It may not list all namespaces at once, and may be parted.
    Forbidden(Resource),
    /// Nobody listens.
    Unheard,
}

/// One kind, in all namespaces or in one.
pub(super) struct Feed {
    resource: Resource,
    namespace: Option<Box<str>>,
    source: SourceId,
}

/// A feed while it runs.
struct Run<'p> {
    feed: Feed,
    parts: &'p Parts,
    course: Course,
    tally: Tally,
    wire: OwnWire,
    failures: u32,
    /// Whether the connection over which it watched was lost or given up.
    is_broken: bool,
    /// The number of the connection over which it heard something last.
    connection: u64,
    /// Whether another connection was needed than the one over which it was looked who answers.
    is_replaced: bool,
    /// What is wrong with the requests.
    flaw: Option<Flaw>,
    resync: Instant,
    /// How often it had been wished that everything be listed, when a list was begun last.
    lists: u64,
}

impl Feed {
    /// The objects of a resource: all, or those in the namespace at that position of the entry's.
    pub(super) fn new(resource: Resource, namespace: Option<(usize, Box<str>)>) -> Self {
        let source = resource.source(namespace.as_ref().map(|(position, _)| *position));
        Self { resource, namespace: namespace.map(|(_, name)| name), source }
    }

    /// The source of its objects.
    pub(super) fn source(&self) -> SourceId {
        self.source
    }

    /// Lists and watches until nobody listens.
    pub(super) async fn run(self, parts: &Parts) -> End {
        let tally = Tally::new(self.resource, self.source, Arc::clone(&parts.voice.vital));
        let course = Course::new(true);
        let resync = Instant::now();
        let mut run = Run {
            feed: self,
            parts,
            course,
            tally,
            wire: None,
            failures: 0,
            is_broken: false,
            connection: 0,
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
        let mut nudges = self.parts.vital().nudges.subscribe();
        let mut session = present(&mut sessions).await?;
        self.course.begin(session.streams.load(Ordering::Relaxed));
        self.put_off_resync();
        loop {
            let rest = tokio::select! {
                biased;
                () = interruption(&mut sessions, &mut nudges, self.resync) => Rest::Interrupted,
                ended = self.request(&session) => self.note(ended?, &session).await?,
            };
            match rest {
                Rest::Interrupted => {}
                Rest::Parted => return Ok(End::Forbidden(self.feed.resource)),
                Rest::For(Duration::ZERO) => continue,
                Rest::For(rest) => tokio::select! {
                    biased;
                    () = interruption(&mut sessions, &mut nudges, self.resync) => {}
                    () = sleep(rest) => continue,
                },
            }
            // What was connected before may hang, or lead to where it should no more.
            self.wire = None;
            self.is_broken = true;
            session = present(&mut sessions).await?;
            sessions.mark_unchanged();
            let nudge = *nudges.borrow_and_update();
            let streams = session.streams.load(Ordering::Relaxed);
            if nudge.lists != self.lists || Instant::now() >= self.resync {
                self.course.begin(streams);
                self.put_off_resync();
            } else {
                self.course.resume(self.tally.version(), streams);
            }
        }
    }

    fn put_off_resync(&mut self) {
        let pace = &self.parts.pace;
        self.resync = Instant::now() + pace.resync.mul_f64(1.0 + draw() / 2.0);
    }

    /// Asks for what the course says; `None` where that is no longer what is wanted.
    async fn request(&mut self, session: &Session) -> Result<Option<Outcome>, Unheard> {
        let step = self.course.step().clone();
        match self.try_request(session, &step).await? {
            Ok(outcome) => Ok(outcome),
            Err(failure) => {
                let (version, is_news) = match self.course.step() {
                    Step::Watch(_) => (self.tally.version(), self.tally.is_news()),
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
        let Parts { voice, identity, pace, .. } = self.parts;
        let nudges = &self.parts.vital().nudges;
        let objects = self.feed.resource.objects(self.feed.namespace.as_deref());
        let keep = pace.watch.mul_f64(1.0 + draw() / 5.0);
        let wire = session.wire(&mut self.wire);
        let is_begin = matches!(step, Step::Stream | Step::Page { next: None, .. });
        // Who answers is known before anything that it says is believed: over this very connection.
        if (is_begin || matches!(step, Step::Watch(_)))
            && let Err(failure) = identity.check(wire, session, voice, pace).await?
        {
            return Ok(Err(failure));
        }
        let lists = nudges.subscribe().borrow().lists;
        if is_begin {
            self.lists = lists;
        } else if lists != self.lists {
            return Ok(Ok(None));
        }
        // The server may have ended a connection on which nothing was asked, as it does when it is
        // started anew: that is no failure, and another server may answer on the next one.
        let connection = wire.connections();
        if let Step::Watch(version) = step
            && (self.is_broken || connection != self.connection)
        {
            if let Err(failure) = rewind::check(wire, objects, version, pace).await {
                return Ok(Err(failure));
            }
            self.is_broken = false;
        }
        let path = match step {
            Step::Page { next, is_whole } => objects.page(next.as_deref(), *is_whole),
            Step::Stream => objects.stream(keep),
            Step::Watch(version) => objects.watch(version, keep),
        };
        self.tally.begin(step);
        let is_watch = !matches!(step, Step::Page { .. });
        let body = match open(wire, &path, is_watch, pace.head).await {
            Ok(body) => body,
            Err(failure) => return Ok(Err(failure)),
        };
        // A server that ends each connection behind one answer has to be believed all the same.
        let was_replaced =
            std::mem::replace(&mut self.is_replaced, wire.connections() != connection);
        if self.is_replaced && !was_replaced {
            return Ok(Err(Failure::Unreachable("the server ended the connection".into())));
        }
        self.connection = connection;
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
            let until = Instant::now() + self.parts.pace.silence;
            let octets = match piece(&mut body, until, "a list").await {
                Ok(Some(octets)) => octets,
                Ok(None) => break,
                Err(failure) => return Ok(Err(failure)),
            };
            let (kind, tally) = (self.feed.resource.kind, &mut self.tally);
            let taken = stretches(&octets).try_for_each(|octets| {
                list.take(octets, |item| tally.collect(item.map(|item| seen::item(kind, item))))
            });
            if let Err(why) = taken {
                return Ok(Err(Failure::Garbage(why.into())));
            }
            if let Some(failure) = self.tally.excess(self.parts.pace.list) {
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
        let (kind, pace) = (self.feed.resource.kind, self.parts.pace);
        let end = began + keep + pace.watch_slack;
        if !self.tally.is_listing() {
            self.tally.hear();
            self.set_flaw(None).await?;
        }
        loop {
            let until = match self.tally.is_listing() {
                true => end.min(Instant::now() + pace.silence),
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
                lines.take(octets, |line| batch.push(line.map(|line| seen::line(kind, line))));
            }
            drop(octets);
            for line in batch {
                match line {
                    Ok(Seen::Ended(failure)) => return Ok(Err(failure)),
                    Ok(Seen::Bookmark { version, is_list_end: true })
                        if self.tally.is_listing() =>
                    {
                        self.finish(version.clone()).await?;
                        let mut streams = true;
                        let listed = Outcome::Listed { version };
                        self.course.note(listed, &mut streams, &pace, 0.0);
                        self.failures = 0;
                        self.set_flaw(None).await?;
                    }
                    line => self.tally.take(line, &self.parts.voice).await?,
                }
            }
            if let Some(failure) = self.tally.excess(pace.list) {
                return Ok(Err(failure));
            }
            self.tell_flaws().await?;
        }
        // Some servers do not end their last line; else it is one that was cut off.
        match seen::line(kind, lines.rest()) {
            Seen::Ended(failure) => return Ok(Err(failure)),
            Seen::Nonsense(_) => {}
            line => self.tally.take(Ok(line), &self.parts.voice).await?,
        }
        if self.tally.is_listing() {
            return Ok(Err(Failure::TimedOut("a list by watch")));
        }
        let version = self.tally.version().unwrap_or_default();
        let lasted = began.elapsed();
        let is_news =
            (self.tally.is_news() && lasted >= pace.first_pause) || lasted * 2 >= pace.watch;
        Ok(Ok(Some(Outcome::Ended { version, is_news })))
    }

    /// All objects have come: they take effect.
    async fn finish(&mut self, version: Box<str>) -> Result<(), Unheard> {
        self.tally.finish(version, &self.parts.voice).await?;
        self.parts.voice.known(self.feed.source, true, self.lists).await?;
        self.tell_flaws().await
    }

    /// Takes note of how a request was over.
    async fn note(&mut self, outcome: Option<Outcome>, session: &Session) -> Result<Rest, Unheard> {
        let Some(outcome) = outcome else { return Ok(Rest::Interrupted) };
        let step = self.course.step().clone();
        match &outcome {
            Outcome::Failed { failure, .. } => {
                tracing::debug!("{}: {failure}", self.feed.resource.plural);
                self.is_broken |= failure.code().is_none();
                if self.fail(&step, failure).await? {
                    return Ok(Rest::Parted);
                }
            }
            Outcome::Listed { .. } => {
                (self.failures, self.is_broken) = (0, false);
                if !self.course.is_polling() {
                    self.set_flaw(None).await?;
                }
            }
            Outcome::Ended { .. } => self.failures = 0,
            Outcome::Paged { .. } => {}
        }
        let before = session.streams.load(Ordering::Relaxed);
        let mut streams = before;
        let rest = self.course.note(outcome, &mut streams, &self.parts.pace, draw());
        if streams != before {
            session.streams.store(streams, Ordering::Relaxed);
        }
        Ok(Rest::For(rest))
    }

    /// Says what follows from a failure; whether the feed is to be parted.
    async fn fail(&mut self, step: &Step, failure: &Failure) -> Result<bool, Unheard> {
        let Parts { voice, entry, sessions, .. } = self.parts;
        let resource = self.feed.resource;
        // That a word is not known is in the order of things.
        if failure.code().is_some_and(|code| step.is_refused_by(code)) {
            return Ok(false);
        }
        voice.count_error(failure.kind());
        self.failures = self.failures.saturating_add(1);
        match failure.code() {
            Some(401) => {
                let flaw = voice.refused(failure);
                voice.judge_credentials(Finder::Server, Some(flaw)).await?;
                sessions.refuse();
            }
            Some(403) => {
                let is_watch = matches!(step, Step::Watch(_));
                let may_part = resource.is_namespaced() && self.feed.namespace.is_none();
                if !is_watch && may_part && !entry.namespaces.is_empty() {
                    return Ok(true);
                }
                let is_needless = !resource.is_namespaced() && entry.has_places;
                if !is_needless {
                    self.set_flaw(Some(self.forbidden(is_watch))).await?;
                }
                if !resource.is_namespaced() && !is_watch {
                    voice.known(self.feed.source, is_needless, self.lists).await?;
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
            resource: self.feed.resource.plural,
            group: self.feed.resource.group,
            namespace: self.feed.namespace.clone(),
        }
    }

    async fn set_flaw(&mut self, flaw: Option<Flaw>) -> Result<(), Unheard> {
        self.flaw = flaw;
        self.tell_flaws().await
    }

    async fn tell_flaws(&self) -> Result<(), Unheard> {
        let flaws = self.flaw.iter().cloned().chain(self.tally.flaws()).collect();
        self.parts.voice.complain(self.feed.resource, self.feed.source, flaws).await
    }
}

/// What comes before the next request.
enum Rest {
    For(Duration),
    /// Something else is wanted now.
    Interrupted,
    /// Nothing: others go on in place of this feed.
    Parted,
}

/// Waits for another session, a nudge, or the time to list again.
async fn interruption(
    sessions: &mut watch::Receiver<Option<Arc<Session>>>,
    nudges: &mut watch::Receiver<Nudge>,
    resync: Instant,
) {
    tokio::select! {
        _ = sessions.changed() => {}
        _ = nudges.changed() => {}
        () = sleep_until(resync) => {}
    }
}
