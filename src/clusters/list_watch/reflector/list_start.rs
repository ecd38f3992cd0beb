//! When a list begins, and that it is over.
//!
//! In: what a reflector is about to ask. Out: how long a list waits that follows others too soon.
//! Does not know what comes of it.

use std::time::Duration;

use tokio::time::Instant;

use super::Reflector;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::list_watch::list_pace::Haste;
use crate::clusters::list_watch::sink::{HeldList, Observer, Sink};

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

    /// Fails where a list does not move, of whose next object so many octets have come.
    pub(super) fn progress(&mut self, held: usize) -> Result<(), Failure> {
        self.intake.has_moved();
        self.intake.excess(held, self.link.timing.progress).map_or(Ok(()), Err)
    }

    /// A list is whole, and has taken effect.
    pub(super) async fn note_list(&mut self) -> Result<(), Unheard> {
        self.listed = Some(self.relists);
        self.end_list();
        self.observer.listed(self.relists).await
    }

    /// The list is over, whole or not, if there was one.
    pub(super) fn end_list(&mut self) {
        self.pace.end(Instant::now(), self.pauses());
    }
}
