//! Reflectors: the objects of one kind, listed and then watched, on their way to a sink.
//!
//! In: sessions, and what [`ListWatch`] says to ask next. Out: objects to a [`Sink`], and how it goes to
//! an [`Observer`]. A list takes effect as a whole at its end; afterwards each line is told at once.
//! Keeps nothing of an object that was told. Does not know what objects say, nor other kinds.

mod list_start;
mod outcomes;
mod resumption;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

use super::intake::{Intake, Taken};
use super::lines::Lines;
use super::list::ListBody;
use super::list_pace::ListPace;
use super::list_turns::{ClusterTurns, Turn};
use super::revision_check;
use super::sink::{Abort, Acceptance, Observer, Sink};
use super::steps::{ListWatch, Outcome, Pauses, Step};
use super::target::{Presence, Target};
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::{open, open_watch, piece, stretches};
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
    /// When the cluster lists; `None`: whenever it likes.
    pub(in crate::clusters) turns: Option<&'r ClusterTurns>,
}

/// Reads one kind, in all namespaces or in one.
pub(in crate::clusters) struct Reflector<'r, S, O> {
    target: Target,
    link: Link<'r>,
    observer: O,
    intake: Intake<S>,
    steps: ListWatch,
    pace: ListPace,
    turn: Option<Turn>,
    /// How often it had been wished that everything be listed, when a list was begun that came in whole.
    listed: Option<u64>,
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
    /// Whether the list that comes next comes in case something was missed.
    is_resync: bool,
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
            pace: ListPace::default(),
            turn: None,
            listed: None,
            connection: OwnConnection::default(),
            failures: 0,
            is_broken: false,
            heard_over: 0,
            is_replaced: false,
            resync: Instant::now(),
            is_resync: false,
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
            let rest = match self.held_list().await? {
                Some(rest) => Rest::For(rest),
                None => tokio::select! {
                    biased;
                    () = interruption(&mut sessions, &mut orders, self.resync) => Rest::Interrupted,
                    ended = self.request(&session) => self.note(ended?, &session).await?,
                },
            };
            if !self.steps.step().is_list_rest() {
                self.end_list();
            }
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
            self.observer.ended();
            // What was connected before may hang, or lead to where it should no more.
            self.part();
            session = present(&mut sessions).await?;
            sessions.mark_unchanged();
            let relists = orders.borrow_and_update().relists;
            let streams = self.streams(&session);
            self.is_resync = Instant::now() >= self.resync;
            if relists != self.relists || self.is_resync || !self.target.resumes {
                self.steps.begin(streams);
                self.put_off_resync();
            } else {
                self.steps.resume(self.intake.version(), streams);
            }
        }
    }

    /// Gives up the connection.
    fn part(&mut self) {
        (self.connection, self.is_broken) = (OwnConnection::default(), true);
        self.end_list();
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
        let keep = timing.watch.mul_f64(1.0 + draw() / 5.0);
        let is_begin = step.is_list_begin();
        // Who answers is known before anything that it says is believed: over this very connection.
        if is_begin || matches!(step, Step::Watch(_)) {
            self.identify(session).await?;
        }
        if is_begin {
            self.take_turn(session).await?;
        }
        let objects = self.target.objects();
        let connection = session.connection(&mut self.connection);
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
            Step::Stream => objects.stream(timing.list),
            Step::Watch(version) => objects.watch(version, keep),
        };
        self.intake.begin(step);
        let (form, head) = (self.target.form, timing.head);
        let body = match step {
            Step::Page { .. } => open(connection, &path, form, head).await?,
            Step::Stream | Step::Watch(_) => open_watch(connection, &path, form, head).await?,
        };
        // A server that ends each connection behind one answer has to be believed all the same.
        let was_replaced =
            std::mem::replace(&mut self.is_replaced, connection.connections() != number);
        if self.is_replaced && !was_replaced {
            return Err(Failure::Unreachable("the server ended the connection".into()).into());
        }
        self.heard_over = number;
        if is_begin {
            self.pace.begin();
        }
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
            self.progress(list.held())?;
        }
        let metadata = list.end().map_err(garbage)?;
        if !metadata.next.is_empty() {
            return Ok(Outcome::Paged { next: metadata.next.into() });
        }
        let version: Box<str> = metadata.resource_version.into();
        Ok(match self.intake.finish(version.clone()).await? {
            Acceptance::Accepted => {
                self.note_list().await?;
                self.intake.settle().await?;
                Outcome::Listed { version }
            }
            Acceptance::Doubted => Outcome::Doubted,
        })
    }

    /// Reads a watch, which may begin with a list: that lasts for as long as it moves, and what follows
    /// for as long as other watches do, which is our wish and not the server's.
    async fn read_lines(&mut self, mut body: Body, keep: Duration) -> Result<Outcome, Abort> {
        let (mut lines, began, timing) = (Lines::default(), Instant::now(), self.link.timing);
        let is_list = self.intake.is_listing();
        let mut end = (!is_list).then(|| began + keep + timing.watch_slack);
        if !is_list {
            self.intake.sink().hear();
            self.observer.watching();
            self.observer.succeed().await?;
        }
        loop {
            let until = end.unwrap_or_else(|| Instant::now() + timing.silence);
            let octets = match self.next_of_watch(&mut body, until).await {
                Err(Abort::Failed(Failure::TimedOut(_))) if is_list && end.is_some() => {
                    self.part();
                    break;
                }
                octets => octets?,
            };
            let Some(octets) = octets else { break };
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
            self.progress(lines.rest().len())?;
            self.intake.settle().await?;
            if end.is_none() && !self.intake.is_listing() {
                end = Some(Instant::now() + keep);
            }
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
                self.note_list().await?;
                let mut streams = true;
                self.steps.note(Outcome::Listed { version }, &mut streams, self.pauses());
                self.failures = 0;
                self.observer.watching();
                self.observer.succeed().await?;
                Ok(None)
            }
        }
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
