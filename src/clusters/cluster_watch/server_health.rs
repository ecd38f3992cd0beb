//! The health that an API server tells of itself: a hint for when to look whether watches still live.
//!
//! In: a session. Out: watches that are doubted, where no other can be begun beside them; the server's version;
//! a complaint of a server that says it is not ready. Whether the cluster is in sight is for its lists and
//! watches to show: a server may be well and show nothing, or unwell and show all. A watch on which nothing
//! comes may be one on which nothing happens; whose server hangs, that too is only found out by asking.
//! Does not know what becomes of the cluster's facts.

use std::time::Duration;

use futures::future::join_all;
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::resource::Resource;
use super::shared::ClusterWatch;
use crate::clusters::api::credentials_listener::{Finder, Unheard};
use crate::clusters::api::failure::{Failure, brief};
use crate::clusters::api::http::{Form, open_watch, small_document};
use crate::clusters::api::session::{OwnConnection, Session, present};
use crate::clusters::list_watch::sink::Abort;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::ClusterEvent;

/// How soon a server that has just failed is asked again: most are back soon.
const SOON: Duration = Duration::from_secs(1);
/// How many failures in a row are news.
const NEWS: u32 = 60;
/// After so many failures in a row somebody should know.
const TELLING: u32 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

/// What was found so far.
#[derive(Default)]
struct Probing {
    own: OwnConnection,
    /// Failures in a row: of those that say a status, or of those without an answer.
    strikes: u32,
    says_status: bool,
    is_unready: bool,
    /// When and in which session the server's version was asked for last.
    versioned: Option<(u64, Instant)>,
}

/// Asks after the health of the server of each session.
pub(super) async fn watch_health(parts: &ClusterWatch) -> Unheard {
    let mut sessions = parts.sessions.subscribe();
    let mut probing = Probing::default();
    loop {
        let session = match present(&mut sessions).await {
            Ok(session) => session,
            Err(unheard) => return unheard,
        };
        if let Err(unheard) = probing.probe(&session, parts).await {
            return unheard;
        }
        let is_news = (1..=NEWS).contains(&probing.strikes);
        let rest = if is_news { SOON.min(parts.timing.probe) } else { parts.timing.probe };
        tokio::select! {
            () = sleep(rest) => {}
            _ = sessions.changed() => {}
        }
    }
}

impl Probing {
    async fn probe(&mut self, session: &Session, parts: &ClusterWatch) -> Result<(), Unheard> {
        let connection = session.connection(&mut self.own);
        match small_document(connection, "/readyz", &parts.patience).await {
            // A server that will not say how it is, but answers, can be asked.
            Ok(_) | Err(Failure::Status { code: 403 | 404 | 429, .. }) => {
                if std::mem::take(&mut self.strikes) > 0 && !parts.sight.is_in_sight() {
                    // What was connected before may hang; what rests need not wait.
                    parts.control.reconnect();
                }
                self.tell_unready(None, parts).await?;
                self.look_closer(session, parts).await
            }
            Err(failure) => {
                parts.events.stats.count_error(failure.sort());
                let says_status = failure.code().is_some();
                if says_status != std::mem::replace(&mut self.says_status, says_status) {
                    self.strikes = 0;
                }
                self.strikes = self.strikes.saturating_add(1);
                // A server that is said to be unwell for days is not asked more and more for it.
                if self.strikes.is_power_of_two() || !parts.sight.is_in_sight() {
                    verify(session, parts).await?;
                }
                let is_told = self.strikes >= TELLING && parts.sight.is_in_sight();
                self.tell_unready(is_told.then_some(&failure), parts).await
            }
        }
    }

    /// Says that the server is not ready, by its own words, while it is in sight; or that it is.
    async fn tell_unready(
        &mut self,
        failure: Option<&Failure>,
        parts: &ClusterWatch,
    ) -> Result<(), Unheard> {
        if failure.is_none() && !self.is_unready {
            return Ok(());
        }
        self.is_unready = failure.is_some();
        let flaw = failure.map(|failure| Flaw::ServerUnready(failure.to_string().into()));
        let flaws = flaw.into_iter().collect();
        parts.events.say(ClusterEvent::Flawed(Subject::Resource("readyz"), flaws)).await
    }

    /// Now and then it is looked who answers, and with which version; a failure is the next look's.
    async fn look_closer(
        &mut self,
        session: &Session,
        parts: &ClusterWatch,
    ) -> Result<(), Unheard> {
        let ClusterWatch { events, timing, .. } = parts;
        let is_due = self
            .versioned
            .is_none_or(|(number, at)| number != session.number || at.elapsed() >= timing.identify);
        if !is_due {
            return Ok(());
        }
        self.versioned = Some((session.number, Instant::now()));
        let connection = session.connection(&mut self.own);
        let checked = parts.identity.check(connection, session, parts.watcher()).await;
        if let Err(Abort::Unheard) = checked {
            return Err(Unheard);
        }
        let text = small_document(connection, "/version", &parts.patience).await;
        let version = text.ok().and_then(|text| serde_json::from_slice::<Version>(&text).ok());
        if let Some(version) = version {
            events.stats.set_version(Some(brief(&version.git_version)));
        }
        Ok(())
    }
}

/// Looks whether watches can be begun beside those that are open. One of each kind is enough: where none can
/// be, those that are open are doubted.
async fn verify(session: &Session, parts: &ClusterWatch) -> Result<(), Unheard> {
    let open = parts.sight.open_watches();
    let kinds = Resource::ALL.into_iter();
    let first = kinds.filter_map(|kind| open.iter().find(|source| kind.has_source(**source)));
    let (was_in_sight, began) = (parts.sight.is_in_sight(), Instant::now());
    let trials = join_all(first.map(|source| {
        let (resource, position) = Resource::of_source(*source);
        try_watch(session, parts, resource, position)
    }))
    .await;
    let failures: Vec<_> = trials.iter().filter_map(|trial| trial.as_ref().err()).collect();
    if failures.len() < trials.len() {
        if !was_in_sight {
            // The server is back, and what is open may lead to where it is not.
            parts.control.reconnect();
        }
        return Ok(());
    }
    let Some(failure) = failures.last() else { return Ok(()) };
    if failure.code() == Some(401) {
        let flaw = parts.events.refused(failure);
        parts.events.judge_credentials(Finder::Server, Some(flaw)).await?;
        parts.sessions.refuse();
    }
    parts.sight.change(|feeds| feeds.doubt(began, failure.to_string().into()));
    Ok(())
}

/// Begins a watch of nothing, over a connection of its own, and leaves it.
async fn try_watch(
    session: &Session,
    parts: &ClusterWatch,
    resource: Resource,
    position: Option<usize>,
) -> Result<(), Failure> {
    let namespace = position.and_then(|position| parts.server.namespaces.get(position));
    let path = resource.objects(namespace.map(|name| name.as_str())).trial();
    let mut own = OwnConnection::default();
    let most = parts.patience.now();
    match open_watch(session.connection(&mut own), &path, Form::Whole, most).await {
        // Who is told to come later, or from another version, has been heard.
        Ok(_) | Err(Failure::Status { code: 410 | 429, .. }) => Ok(()),
        Err(failure) => {
            parts.events.stats.count_error(failure.sort());
            Err(failure)
        }
    }
}
