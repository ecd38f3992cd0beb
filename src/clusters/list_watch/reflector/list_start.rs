//! When a list begins, and that it is over.
//!
//! In: what a reflector is about to ask. Out: how long a list waits that follows others too soon, and the
//! turn that it takes among all clusters. Does not know what comes of it.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Reflector;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::session::Session;
use crate::clusters::list_watch::list_pace::Haste;
use crate::clusters::list_watch::list_queue::Rank;
use crate::clusters::list_watch::sink::{Abort, HeldList, Observer, Part, Sink};

/// A turn that comes so soon is no wait.
const SOON: Duration = Duration::from_millis(500);
/// After so long a server may have ended a connection on which nothing was asked.
const IDLE: Duration = Duration::from_secs(5);

impl<S: Sink, O: Observer> Reflector<'_, S, O> {
    /// How long the list that comes next has to wait; `None` where none does, or it may begin.
    pub(super) async fn held_list(&mut self) -> Result<Option<Duration>, Unheard> {
        // Where watching is forbidden lists have a pace of their own; few objects are soon listed.
        let is_paced = self.target.resumes && !self.steps.is_polling();
        if !is_paced || !self.steps.step().is_list_begin() {
            return Ok(None);
        }
        let haste = match self.listed {
            None => Haste::First,
            Some(listed) if self.is_wished(listed) => Haste::Wished,
            Some(_) => Haste::Usual,
        };
        let now = Instant::now();
        let Some(wait) = self.pace.wait(now, haste, self.pauses()) else { return Ok(None) };
        let pause = wait.until - now;
        if let Some(lists) = wait.told {
            self.observer.hold_lists(Some(HeldList { lists, pause })).await?;
        }
        Ok(Some(pause))
    }

    /// Whether somebody wishes a list who did not yet when the last one began that came in whole.
    fn is_wished(&self, listed: u64) -> bool {
        self.link.control.subscribe().borrow().relists != listed
    }

    /// Looks who answers.
    pub(super) async fn identify(&mut self, session: &Session) -> Result<(), Abort> {
        let connection = session.connection(&mut self.connection);
        self.observer.identify(connection, session).await
    }

    /// Waits until it is this cluster's turn to list. Whose server does not answer asks for none, so that
    /// nobody waits for it; one that ceases to answer meanwhile has failed, and waits no more.
    pub(super) async fn take_turn(&mut self, session: &Session) -> Result<(), Abort> {
        let (Some(turns), None) = (self.link.turns, &self.turn) else { return Ok(()) };
        let rank = match self.listed {
            None => turns.first(self.observer.missing()),
            Some(listed) if self.is_wished(listed) => Rank::Wished,
            Some(_) if self.is_resync || self.steps.is_polling() => Rank::Resync,
            Some(_) => Rank::Stale,
        };
        let mut looked = Instant::now();
        let mut taking = pin!(turns.take(rank));
        self.turn = Some(match timeout(SOON, &mut taking).await {
            Ok(turn) => turn,
            Err(_) => loop {
                self.observer.waiting();
                if let Ok(turn) = timeout(self.link.timing.probe, &mut taking).await {
                    break turn;
                }
                // Whose server answers no more waits no more.
                self.identify(session).await?;
                looked = Instant::now();
            },
        });
        match looked.elapsed() < IDLE {
            true => Ok(()),
            false => self.identify(session).await,
        }
    }

    /// Notices how a list moves, of whose next object so many octets have come; fails where it does not.
    pub(super) fn progress(&mut self, held: usize) -> Result<(), Failure> {
        if self.intake.has_moved() {
            self.observer.heard(Part::List);
            self.turn.iter().for_each(|turn| turn.move_on());
        } else if !self.intake.is_listing() && self.intake.is_news() {
            self.observer.heard(Part::Watch);
        }
        self.intake.excess(held, self.link.timing.progress).map_or(Ok(()), Err)
    }

    /// A list is whole, and has taken effect.
    pub(super) async fn note_list(&mut self) -> Result<(), Unheard> {
        (self.listed, self.is_resync) = (Some(self.relists), false);
        self.end_list();
        self.observer.listed(self.relists).await
    }

    /// The list is over, whole or not, if there was one.
    pub(super) fn end_list(&mut self) {
        self.turn = None;
        self.pace.end(Instant::now(), self.pauses());
    }
}
