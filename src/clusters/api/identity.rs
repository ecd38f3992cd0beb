//! Identity: which cluster it is that answers.
//!
//! In: a connection. Out: the UID of its namespace `kube-system`, told before anything is believed that
//! comes over it: an address may lead to another cluster with each connection. Where
//! another one answers than before, versions mean nothing: everything is listed anew.
//! Does not know what follows for the facts.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::event_sink::{EventSink, Unheard};
use super::failure::Failure;
use super::http::document;
use super::http_connection::HttpConnection;
use super::session::Session;
use super::timing::Timing;
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
pub(in crate::clusters) struct Identity {
    known: Mutex<Known>,
}

#[derive(Deserialize)]
struct Namespace {
    metadata: NamespaceMetadata,
}

#[derive(Deserialize)]
struct NamespaceMetadata {
    uid: Box<str>,
}

/// Who looks: whom it is told, what has everything listed anew, and how long looking may take.
#[derive(Clone, Copy)]
pub(in crate::clusters) struct Watcher<'w> {
    pub(in crate::clusters) sink: &'w EventSink,
    pub(in crate::clusters) control: &'w WatchControl,
    pub(in crate::clusters) timing: &'w Timing,
}

impl Identity {
    /// Looks which cluster answers over a connection.
    /// A server that does not let us look is taken for the cluster that its address stands for.
    pub(in crate::clusters) async fn check(
        &self,
        connection: &mut HttpConnection,
        session: &Session,
        watcher: Watcher<'_>,
    ) -> Result<Result<(), Failure>, Unheard> {
        let Watcher { sink, control, timing } = watcher;
        let uid = match look(connection, timing).await {
            Ok(uid) => uid,
            Err(failure) => return Ok(Err(failure)),
        };
        let mut known = self.known.lock().await;
        let is_other = match (&known.uid, &uid) {
            (Some(before), Some(now)) => before != now,
            _ => !known.server.is_empty() && known.server != session.server,
        };
        // An address behind which there are two clusters would have everything listed in a loop.
        if is_other && known.changed.is_some_and(|at| at.elapsed() < SETTLED) {
            let why = "clusters with different UIDs of kube-system answer in turn";
            return Ok(Err(Failure::Garbage(why.into())));
        }
        if let Some(uid) = uid.filter(|uid| known.uid.as_ref() != Some(uid)) {
            sink.say(ClusterEvent::Identified(uid.clone())).await?;
            known.uid = Some(uid);
        }
        known.server.clone_from(&session.server);
        if is_other {
            known.changed = Some(Instant::now());
            control.relist();
        }
        Ok(Ok(()))
    }
}

/// The UID of the cluster that answers over a connection; `None` where the server does not let us look.
pub(in crate::clusters) async fn look(
    connection: &mut HttpConnection,
    timing: &Timing,
) -> Result<Option<Box<str>>, Failure> {
    let path = "/api/v1/namespaces/kube-system";
    match document(connection, path, timing.probe_patience).await {
        Ok(text) => match serde_json::from_slice::<Namespace>(&text) {
            Ok(namespace) => Ok(Some(namespace.metadata.uid)),
            Err(error) => Err(Failure::Garbage(error.to_string().into())),
        },
        Err(Failure::Status { code: 400 | 403..=409, .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}
