//! The health of an API server: whether it can be asked now.
//!
//! In: a session. Out: contact found or lost, with the reason. Watches do not say: a silent one
//! may be one on which nothing happens. Two failures in a row are a loss: one may be chance.
//! Does not know what becomes of the cluster's facts.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, sleep};

use super::shared::ClusterWatch;
use crate::clusters::api::credentials_listener::{Finder, Unheard};
use crate::clusters::api::failure::{Failure, brief};
use crate::clusters::api::http::document;
use crate::clusters::api::session::{OwnConnection, Session, present};
use crate::clusters::list_watch::sink::Abort;
use crate::core::event::Contact;

/// How soon a server that has just failed is looked at again: most are back soon.
const SOON: Duration = Duration::from_secs(1);
/// How many failures in a row are news.
const NEWS: u32 = 60;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    git_version: String,
}

/// Looks after the server of each session.
pub(super) async fn watch_health(parts: &ClusterWatch) -> Unheard {
    let mut sessions = parts.sessions.subscribe();
    let mut strikes = 0_u32;
    let mut was_lost = false;
    let mut versioned = None;
    let mut own = OwnConnection::default();
    loop {
        let session = match present(&mut sessions).await {
            Ok(session) => session,
            Err(unheard) => return unheard,
        };
        let failure = look(&session, &mut own, parts).await;
        let told = match &failure {
            None => {
                if std::mem::take(&mut was_lost) {
                    // What was connected before may hang; what rests need not wait.
                    parts.control.reconnect();
                }
                strikes = 0;
                reached(&session, &mut own, parts, &mut versioned).await
            }
            Some(failure) => {
                strikes = strikes.saturating_add(1);
                was_lost |= strikes > 1;
                lost(failure, strikes, parts).await
            }
        };
        if let Err(unheard) = told {
            return unheard;
        }
        let is_news = (1..=NEWS).contains(&strikes);
        let rest = if is_news { SOON.min(parts.timing.probe) } else { parts.timing.probe };
        tokio::select! {
            () = sleep(rest) => {}
            _ = sessions.changed() => {}
        }
    }
}

/// Why the server can not be asked; `None` where it can. A server that will not say how it is, but
/// answers, can be asked.
async fn look(session: &Session, own: &mut OwnConnection, parts: &ClusterWatch) -> Option<Failure> {
    let looked =
        async { document(session.connection(own), "/readyz", parts.timing.probe_patience).await };
    match looked.await {
        Ok(_) | Err(Failure::Status { code: 403 | 404 | 429, .. }) => None,
        Err(failure) => {
            parts.events.stats.count_error(failure.sort());
            Some(failure)
        }
    }
}

/// `versioned`: when and in which session the server's version was asked for last.
async fn reached(
    session: &Session,
    own: &mut OwnConnection,
    parts: &ClusterWatch,
    versioned: &mut Option<(u64, Instant)>,
) -> Result<(), Unheard> {
    let ClusterWatch { events, timing, .. } = parts;
    parts.sessions.accept();
    events.judge_credentials(Finder::Server, None).await?;
    events.contact(Contact::Reached).await?;
    let is_due = versioned
        .is_none_or(|(number, at)| number != session.number || at.elapsed() >= timing.identify);
    if is_due {
        *versioned = Some((session.number, Instant::now()));
        let connection = session.connection(own);
        // Who it is that answers is looked at again now and then; a failure is the next look's.
        let checked = parts.identity.check(connection, session, parts.watcher()).await;
        if let Err(Abort::Unheard) = checked {
            return Err(Unheard);
        }
        let text = document(connection, "/version", timing.probe_patience).await;
        let version = text.ok().and_then(|text| serde_json::from_slice::<Version>(&text).ok());
        if let Some(version) = version {
            events.stats.set_version(Some(brief(&version.git_version)));
        }
    }
    Ok(())
}

async fn lost(failure: &Failure, strikes: u32, parts: &ClusterWatch) -> Result<(), Unheard> {
    let is_refused = failure.code() == Some(401);
    if is_refused {
        let flaw = parts.events.refused(failure);
        parts.events.judge_credentials(Finder::Server, Some(flaw)).await?;
        parts.sessions.refuse();
    }
    if strikes > 1 || is_refused {
        parts.events.contact(Contact::Lost(failure.to_string().into())).await?;
    }
    Ok(())
}
