//! Identity: which cluster it is that answers.
//!
//! In: a connection. Out: the UID of its namespace `kube-system`, told before anything is believed that
//! comes over it: an address may lead to another cluster with each connection. Where
//! another one answers than before, versions mean nothing: everything is listed anew.
//! Does not know what follows for the facts.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::event_sink::EventSink;
use crate::clusters::api::cluster_uid::cluster_uid;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::api::patience::Patience;
use crate::clusters::api::session::Session;
use crate::clusters::list_watch::sink::Abort;
use crate::clusters::watch_control::WatchControl;
use crate::core::event::ClusterEvent;

/// Least time between two clusters that are believed to have taken each other's place.
const SETTLED: Duration = Duration::from_secs(2);

/// What was seen last.
#[derive(Debug, Default)]
struct Known {
    server: String,
    uid: Option<Box<str>>,
    /// When another cluster answered than before.
    changed: Option<Instant>,
}

/// Which cluster answers.
#[derive(Debug, Default)]
pub(super) struct Identity {
    known: Mutex<Known>,
}

/// Who looks: whom it is told, what has everything listed anew, and how patient it is.
#[derive(Clone, Copy)]
pub(super) struct Watcher<'w> {
    pub(super) events: &'w EventSink,
    pub(super) control: &'w WatchControl,
    pub(super) patience: &'w Patience,
}

impl Identity {
    /// That of a cluster that an earlier run knew by this UID, if it did.
    pub(super) fn known(uid: Option<Box<str>>) -> Self {
        Self { known: Mutex::new(Known { uid, ..Known::default() }) }
    }

    /// Looks which cluster answers over a connection.
    /// A server that does not let us look is taken for the cluster that its address stands for.
    pub(super) async fn check(
        &self,
        connection: &mut HttpConnection,
        session: &Session,
        watcher: Watcher<'_>,
    ) -> Result<(), Abort> {
        let Watcher { events, control, patience } = watcher;
        let uid = cluster_uid(connection, patience).await?;
        let mut known = self.known.lock().await;
        let is_other = match (&known.uid, &uid) {
            (Some(before), Some(now)) => before != now,
            // Whether it is still the one that an earlier run knew can not be told.
            (Some(_), None) if known.server.is_empty() => true,
            _ => !known.server.is_empty() && known.server != session.server,
        };
        // An address behind which there are two clusters would have everything listed in a loop.
        if is_other && known.changed.is_some_and(|at| at.elapsed() < SETTLED) {
            let why = "clusters with different UIDs of kube-system answer in turn";
            return Err(Failure::Garbage(why.into()).into());
        }
        if let Some(uid) = uid.filter(|uid| known.uid.as_ref() != Some(uid)) {
            events.say(ClusterEvent::Identified(uid.clone())).await?;
            known.uid = Some(uid);
        }
        known.server.clone_from(&session.server);
        if is_other {
            known.changed = Some(Instant::now());
            control.relist();
        }
        Ok(())
    }
}
