//! Resumptions: watches that go on where an earlier run of this program stopped.
//!
//! In: the version that the earlier run kept with its facts. Out: that a server has taken it, told before
//! anything that came since; where it has forgotten it everything is listed, as ever.
//! Does not know what was kept.

use std::time::Duration;

use hyper::body::Bytes;
use tokio::time::Instant;

use super::Reflector;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::piece;
use crate::clusters::api::http_connection::Body;
use crate::clusters::list_watch::intake::Line;
use crate::clusters::list_watch::sink::{Abort, Observer, Sink};
use crate::clusters::list_watch::watch_event::WatchEvent;

/// A server that has forgotten a version says so at once, but behind the head of its response: one that
/// has said nothing for so long has taken it.
const REFUSAL: Duration = Duration::from_secs(2);

impl<S: Sink, O: Observer> Reflector<'_, S, O> {
    /// The same, which goes on where an earlier run stopped, if that is known.
    pub(in crate::clusters) fn resuming(self, version: Option<Box<str>>) -> Self {
        Self { resumed: version, ..self }
    }

    /// What is asked first: everything, or what comes behind where an earlier run stopped.
    pub(super) fn begin(&mut self, streams: bool) {
        match self.resumed.clone() {
            Some(version) => self.steps.go_on(version),
            None => self.steps.begin(streams),
        }
    }

    /// The next piece of a watch; `None` at its end.
    pub(super) async fn next_of_watch(
        &mut self,
        body: &mut Body,
        until: Instant,
    ) -> Result<Option<Bytes>, Abort> {
        if self.resumed.is_some() {
            match piece(body, until.min(Instant::now() + REFUSAL), "a watch").await {
                Err(Failure::TimedOut(_)) => self.accept().await?,
                // At the end there may be a line without one of its own, which says why.
                octets => return Ok(octets?),
            }
        }
        Ok(piece(body, until, "a watch").await?)
    }

    /// A line has come, by which a server may have taken the version.
    pub(super) async fn hear_resumed(&mut self, line: &Line<S>) -> Result<(), Unheard> {
        match line {
            Ok(WatchEvent::Ended(_)) => Ok(()),
            _ => self.accept().await,
        }
    }

    /// The server has taken the version, if there is one.
    pub(super) async fn accept(&mut self) -> Result<(), Unheard> {
        if self.resumed.take().is_none() {
            return Ok(());
        }
        self.observer.resumed(self.relists).await?;
        self.intake.settle().await
    }
}
