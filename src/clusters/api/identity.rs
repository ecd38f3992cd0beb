//! Identity: which cluster it is that answers.
//!
//! In: a session. Out: the UID of its namespace `kube-system`, told before anything is listed from
//! a cluster. Where another cluster answers than before, versions mean nothing: everything is
//! listed anew. Does not know what follows for the facts.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::failure::Failure;
use super::http::document;
use super::pace::Pace;
use super::session::Session;
use super::voice::{Unheard, Voice};
use crate::clusters::nudges::Nudges;
use crate::core::event::ClusterEvent;

/// What was seen last.
#[derive(Debug, Default)]
struct Known {
    session: u64,
    server: String,
    uid: Option<Box<str>>,
    at: Option<Instant>,
}

/// Which cluster answers.
#[derive(Debug, Default)]
pub(super) struct Identity {
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

impl Identity {
    /// Looks which cluster answers, unless that was done in this session less than `age` ago.
    /// A server that does not let us look is taken for the cluster that its address stands for.
    pub(super) async fn check(
        &self,
        session: &Session,
        age: Duration,
        voice: &Voice,
        nudges: &Nudges,
        pace: &Pace,
    ) -> Result<Result<(), Failure>, Unheard> {
        let mut known = self.known.lock().await;
        let is_fresh = known.at.is_some_and(|at| at.elapsed() < age);
        if is_fresh && known.session == session.number {
            return Ok(Ok(()));
        }
        let path = "/api/v1/namespaces/kube-system";
        let uid = match document(&session.client, path, pace.probe_patience).await {
            Ok(text) => match serde_json::from_slice::<Namespace>(&text) {
                Ok(namespace) => Some(namespace.metadata.uid),
                Err(error) => return Ok(Err(Failure::Garbage(error.to_string().into()))),
            },
            Err(Failure::Status { code: 400 | 403..=409, .. }) => None,
            Err(failure) => return Ok(Err(failure)),
        };
        let is_other = match (&known.uid, &uid) {
            (Some(before), Some(now)) => before != now,
            _ => !known.server.is_empty() && known.server != session.server,
        };
        if let Some(uid) = uid.filter(|uid| known.uid.as_ref() != Some(uid)) {
            voice.say(ClusterEvent::Identified(uid.clone())).await?;
            known.uid = Some(uid);
        }
        known.session = session.number;
        known.server.clone_from(&session.server);
        known.at = Some(Instant::now());
        if is_other {
            nudges.relist();
        }
        Ok(Ok(()))
    }
}
