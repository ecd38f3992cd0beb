//! Reflectors: the objects of one kind, listed and then watched, on their way to a sink.
//!
//! In: sessions, and what [`ListWatch`] says to ask next. Out: objects to a [`Sink`], and how it goes to
//! an [`Observer`]. A list takes effect as a whole at its end; afterwards each line is told at once.
//! Keeps nothing of an object that was told. Does not know what objects say, nor other kinds.

mod resumption;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::intake::{Intake, Taken};
use super::lines::Lines;
use super::list::ListBody;
use super::revision_check;
use super::sink::{Abort, Acceptance, Observer, Sink, Trouble, Verb, Verdict};
use super::steps::{ListWatch, Outcome, Pauses, Step};
use super::target::{Presence, Target};
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::{open, piece, stretches};
use crate::clusters::api::http_connection::Body;
use crate::clusters::api::session::{OwnConnection, Session, Sessions, present};
use crate::clusters::api::timing::{Timing, draw};
use crate::clusters::watch_control::{Orders, WatchControl};

/// Why a reflector ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum End {
    /// Its observer wants others to read in its place.
    GivenUp,
    /// Nobody listens.
    Unheard,
}

/// How the server is reached, when, and what steers that.
#[derive(Clone, Copy)]
pub(in crate::clusters) struct Link<'r> {
    pub(in crate::clusters) sessions: &'r Sessions,
    pub(in crate::clusters) control: &'r WatchControl,
    pub(in crate::clusters) timing: &'r Timing,
}

/// Reads one kind, in all namespaces or in one.
pub(in crate::clusters) struct Reflector<'r, S, O> {
    target: Target,
    link: Link<'r>,
    observer: O,
    intake: Intake<S>,
    steps: ListWatch,
    connection: OwnConnection,
    /// Failures in a row.
    failures: u32,
    /// Whether the connection over which it watched was lost or given up.
    is_broken: bool,
    /// The number of the connection over which it heard something last.
    heard_over: u64,
    /// Whether another connection was needed than the one over which it was looked who answers.
    is_replaced: bool,
    resync: Instant,
    /// How often it had been wished that everything be listed, when a list was begun last.
    relists: u64,
    /// Where an earlier run stopped, until a server takes that or everything is listed.
    resumed: Option<Box<str>>,
}

impl<'r, S: Sink, O: Observer> Reflector<'r, S, O> {
    /// A reflector that has asked for nothing yet.
    pub(in crate::clusters) fn new(target: Target, link: Link<'r>, sink: S, observer: O) -> Self {
        let steps = ListWatch::new(target.streams);
        Self {
            target,
            link,
            observer,
            intake: Intake::new(sink),
            steps,
            connection: OwnConnection::default(),
            failures: 0,
            is_broken: false,
            heard_over: 0,
            is_replaced: false,
            resync: Instant::now(),
            relists: 0,
            resumed: None,
        }
    }

    /// Lists and watches until nobody listens, or others are to do that.
    pub(in crate::clusters) async fn run(mut self) -> End {
        match self.go_on().await {
            Ok(()) => End::GivenUp,
            Err(Unheard) => End::Unheard,
        }
    }

    async fn go_on(&mut self) -> Result<(), Unheard> {
        let mut sessions = self.link.sessions.subscribe();
        let mut orders = self.link.control.subscribe();
        let mut session = present(&mut sessions).await?;
        self.begin(self.streams(&session));
        self.put_off_resync();
        loop {
            let rest = tokio::select! {
                biased;
                () = interruption(&mut sessions, &mut orders, self.resync) => Rest::Interrupted,
                ended = self.request(&session) => self.note(ended?, &session).await?,
            };
            match rest {
                Rest::Interrupted => {}
                Rest::GivenUp => return Ok(()),
                Rest::For(Duration::ZERO) => continue,
                Rest::For(rest) => tokio::select! {
                    biased;
                    () = interruption(&mut sessions, &mut orders, self.resync) => {}
                    () = sleep(rest) => continue,
                },
            }
            // What was connected before may hang, or lead to where it should no more.
            self.connection = OwnConnection::default();
            self.is_broken = true;
            session = present(&mut sessions).await?;
            sessions.mark_unchanged();
            let relists = orders.borrow_and_update().relists;
            let streams = self.streams(&session);
            let is_due = relists != self.relists || Instant::now() >= self.resync;
            if is_due || !self.target.resumes {
                self.steps.begin(streams);
                self.put_off_resync();
            } else {
                self.steps.resume(self.intake.version(), streams);
            }
        }
    }

    /// Whether this server is asked for lists by watch.
    fn streams(&self, session: &Session) -> bool {
        self.target.streams && session.streams.load(Ordering::Relaxed)
    }

    fn pauses(&self) -> Pauses<'r> {
        Pauses { timing: self.link.timing, draw: draw() }
    }

    fn put_off_resync(&mut self) {
        self.resync = Instant::now() + self.link.timing.resync.mul_f64(1.0 + draw() / 2.0);
    }

    /// Asks for what comes next; `None` where that is no longer what is wanted.
    async fn request(&mut self, session: &Session) -> Result<Option<Outcome>, Unheard> {
        let step = self.steps.step().clone();
        let failure = match self.try_request(session, &step).await {
            Ok(outcome) => return Ok(outcome),
            Err(Abort::Unheard) => return Err(Unheard),
            Err(Abort::Failed(failure)) => failure,
        };
        if self.target.presence == Presence::Optional && failure.code() == Some(404) {
            return Ok(Some(Outcome::NotServed));
        }
        // A list by watch may have become a watch meanwhile.
        let (version, is_news) = match self.steps.step() {
            Step::Watch(_) => (self.intake.version(), self.intake.is_news()),
            Step::Page { .. } | Step::Stream => (None, false),
        };
        Ok(Some(Outcome::Failed { failure, version, is_news }))
    }

    async fn try_request(
        &mut self,
        session: &Session,
        step: &Step,
    ) -> Result<Option<Outcome>, Abort> {
        let Link { control, timing, .. } = self.link;
        let objects = self.target.objects();
        let keep = timing.watch.mul_f64(1.0 + draw() / 5.0);
        let connection = session.connection(&mut self.connection);
        let is_begin = matches!(step, Step::Stream | Step::Page { next: None, .. });
        // Who answers is known before anything that it says is believed: over this very connection.
        if is_begin || matches!(step, Step::Watch(_)) {
            self.observer.identify(connection, session).await?;
        }
        let relists = control.subscribe().borrow().relists;
        if is_begin {
            (self.relists, self.resumed) = (relists, None);
        } else if relists != self.relists {
            return Ok(None);
        }
        // The server may have ended a connection on which nothing was asked, as it does when it is
        // started anew: that is no failure, and another server may answer on the next one.
        let number = connection.connections();
        if let Step::Watch(version) = step
            && (self.is_broken || number != self.heard_over)
        {
            revision_check::check(connection, objects, version, timing).await?;
            self.is_broken = false;
        }
        let path = match step {
            Step::Page { next, is_whole } => objects.page(next.as_deref(), *is_whole),
            Step::Stream => objects.stream(keep),
            Step::Watch(version) => objects.watch(version, keep),
        };
        self.intake.begin(step);
        let is_watch = !matches!(step, Step::Page { .. });
        let body = open(connection, &path, is_watch, timing.head).await?;
        // A server that ends each connection behind one answer has to be believed all the same.
        let was_replaced =
            std::mem::replace(&mut self.is_replaced, connection.connections() != number);
        if self.is_replaced && !was_replaced {
            return Err(Failure::Unreachable("the server ended the connection".into()).into());
        }
        self.heard_over = number;
        let outcome = match step {
            Step::Page { .. } => self.read_page(body).await?,
            Step::Stream | Step::Watch(_) => self.read_lines(body, keep).await?,
        };
        Ok(Some(outcome))
    }

    async fn read_page(&mut self, mut body: Body) -> Result<Outcome, Abort> {
        let (mut list, timing) = (ListBody::new(), self.link.timing);
        let garbage = |why: &str| Failure::Garbage(why.into());
        loop {
            let until = Instant::now() + timing.silence;
            let Some(octets) = piece(&mut body, until, "a list").await? else { break };
            let intake = &mut self.intake;
            let taken = stretches(&octets)
                .try_for_each(|octets| list.take(octets, |item| intake.collect(item)));
            taken.map_err(garbage)?;
            self.intake.excess(timing.list).map_or(Ok(()), Err)?;
        }
        let metadata = list.end().map_err(garbage)?;
        if !metadata.next.is_empty() {
            return Ok(Outcome::Paged { next: metadata.next.into() });
        }
        let version: Box<str> = metadata.resource_version.into();
        Ok(match self.intake.finish(version.clone()).await? {
            Acceptance::Accepted => {
                self.observer.listed(self.relists).await?;
                self.intake.settle().await?;
                Outcome::Listed { version }
            }
            Acceptance::Doubted => Outcome::Doubted,
        })
    }

    /// Reads a watch, which may begin with a list.
    async fn read_lines(&mut self, mut body: Body, keep: Duration) -> Result<Outcome, Abort> {
        let (mut lines, began, timing) = (Lines::default(), Instant::now(), self.link.timing);
        let end = began + keep + timing.watch_slack;
        if !self.intake.is_listing() {
            self.intake.sink().hear();
            self.observer.succeed().await?;
        }
        loop {
            let until = match self.intake.is_listing() {
                true => end.min(Instant::now() + timing.silence),
                false => end,
            };
            let Some(octets) = self.next_of_watch(&mut body, until).await? else { break };
            // Made anew for each piece: what a list needs, a watch would hold for ever.
            let mut batch = Vec::new();
            for octets in stretches(&octets) {
                self.intake.lines(&mut lines, octets, &mut batch);
            }
            drop(octets);
            for line in batch {
                self.hear_resumed(&line).await?;
                let taken = self.intake.take(line).await?;
                if let Some(outcome) = self.follow(taken).await? {
                    return Ok(outcome);
                }
            }
            self.intake.excess(timing.list).map_or(Ok(()), Err)?;
            self.intake.settle().await?;
        }
        if let Some(line) = self.intake.last_line(&lines) {
            self.hear_resumed(&line).await?;
            let taken = self.intake.take(line).await?;
            if let Some(outcome) = self.follow(taken).await? {
                return Ok(outcome);
            }
            self.intake.settle().await?;
        }
        if self.intake.is_listing() {
            return Err(Failure::TimedOut("a list by watch").into());
        }
        self.accept().await?;
        let version = self.intake.version().unwrap_or_default();
        let lasted = began.elapsed();
        let is_news =
            (self.intake.is_news() && lasted >= timing.first_pause) || lasted * 2 >= timing.watch;
        Ok(Outcome::Ended { version, is_news })
    }

    /// What follows from a line: how the watch ended, if it did.
    async fn follow(&mut self, taken: Taken) -> Result<Option<Outcome>, Abort> {
        match taken {
            Taken::Told => Ok(None),
            Taken::Ended(failure) => Err(failure.into()),
            Taken::Doubted => Ok(Some(Outcome::Doubted)),
            Taken::Listed(version) => {
                self.observer.listed(self.relists).await?;
                let mut streams = true;
                self.steps.note(Outcome::Listed { version }, &mut streams, self.pauses());
                self.failures = 0;
                self.observer.succeed().await?;
                Ok(None)
            }
        }
    }

    /// Takes note of how a request was over.
    async fn note(&mut self, outcome: Option<Outcome>, session: &Session) -> Result<Rest, Unheard> {
        let Some(outcome) = outcome else { return Ok(Rest::Interrupted) };
        let step = self.steps.step().clone();
        let mut is_lost = false;
        match &outcome {
            Outcome::Failed { failure, .. } => {
                tracing::debug!("{}: {failure}", self.target.plural);
                is_lost = failure.code().is_none();
                if self.fail(&step, failure).await? == Verdict::GiveUp {
                    return Ok(Rest::GivenUp);
                }
            }
            Outcome::Listed { .. } => {
                (self.failures, self.is_broken) = (0, false);
                // A list that can be read does not mend that it can not be watched.
                if !self.steps.is_polling() {
                    self.observer.succeed().await?;
                }
            }
            Outcome::NotServed => {
                self.failures = 0;
                self.observer.not_served(self.relists).await?;
            }
            Outcome::Ended { .. } => self.failures = 0,
            Outcome::Doubted | Outcome::Paged { .. } => {}
        }
        self.is_broken |= is_lost;
        let before = self.streams(session);
        let mut streams = before;
        let rest = self.steps.note(outcome, &mut streams, self.pauses());
        if streams != before {
            session.streams.store(streams, Ordering::Relaxed);
        }
        if is_lost && !self.target.resumes {
            self.steps.begin(streams);
        }
        Ok(Rest::For(rest))
    }

    /// Says what follows from a failure.
    async fn fail(&mut self, step: &Step, failure: &Failure) -> Result<Verdict, Unheard> {
        // That a server knows no lists by watch is in the order of things.
        if failure.code().is_some_and(|code| step.is_refused_by(code)) {
            return Ok(Verdict::GoOn);
        }
        self.observer.count(failure);
        self.failures = self.failures.saturating_add(1);
        let verb = if matches!(step, Step::Watch(_)) { Verb::Watch } else { Verb::List };
        let Some(trouble) = Trouble::of(failure, verb, self.failures) else {
            return Ok(Verdict::GoOn);
        };
        let verdict = self.observer.trouble(trouble, self.relists).await?;
        if matches!(trouble, Trouble::Unauthorized(_)) {
            self.link.sessions.refuse();
        }
        Ok(verdict)
    }
}

/// What comes before the next request.
enum Rest {
    For(Duration),
    /// Something else is wanted now.
    Interrupted,
    /// Nothing: others go on in place of this reflector.
    GivenUp,
}

/// Waits for another session, an order, or the time to list again.
async fn interruption(
    sessions: &mut watch::Receiver<Option<Arc<Session>>>,
    orders: &mut watch::Receiver<Orders>,
    resync: Instant,
) {
    tokio::select! {
        _ = sessions.changed() => {}
        _ = orders.changed() => {}
        () = sleep_until(resync) => {}
    }
}

#[cfg(test)]
mod tests;
