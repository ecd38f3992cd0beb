//! What follows from how a request was over.
//!
//! In: outcomes and failures of a reflector's requests. Out: how long it rests before the next one, and
//! what its observer is told. Does not know bodies.

use std::sync::atomic::Ordering;

use tokio::time::Instant;

use super::{Reflector, Rest};
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::session::Session;
use crate::clusters::list_watch::sink::{Observer, Sink, Trouble, Verb, Verdict};
use crate::clusters::list_watch::steps::{Outcome, Step};

impl<S: Sink, O: Observer> Reflector<'_, S, O> {
    /// Takes note of how a request was over.
    pub(super) async fn note(
        &mut self,
        outcome: Option<Outcome>,
        session: &Session,
    ) -> Result<Rest, Unheard> {
        let Some(outcome) = outcome else { return Ok(Rest::Interrupted) };
        if !matches!(outcome, Outcome::Failed { .. }) {
            self.observer.ended();
        }
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
        if self.pace.is_quiet(Instant::now(), self.pauses()) {
            self.observer.hold_lists(None).await?;
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
