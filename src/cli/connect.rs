//! A client of one cluster's API server, by kubeconfig and context, as kubectl finds them.
//!
//! In: a file (else `$KUBECONFIG`, then `~/.kube/config`) and a context (else the current one).
//! Out: a client that gives up in time; how the server is reached. Does not know what is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use kube::{Client, Error};
use serde_json::Value;

use crate::clusters::api::{self, Credentials, cluster, dial};

/// How long an API server may take for a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which kubeconfig and context are meant.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kubeconfig: Option<PathBuf>,
    pub(super) context: Option<String>,
}

impl Target {
    /// Makes the client; nothing is asked yet. Programs that give credentials are run, as by
    /// kubectl: it is the operator who names the file.
    ///
    /// # Errors
    /// No such file, context or credentials.
    pub(super) async fn client(&self) -> anyhow::Result<Client> {
        let client = dial(&self.credentials(), PATIENCE).await;
        client.map_err(|why| anyhow!(why)).with_context(|| self.fault())
    }

    /// How the server of the context is reached, with its authority and not the file of it: the
    /// `cluster` of a kubeconfig.
    ///
    /// # Errors
    /// No such file or context, or one that can not be used.
    pub(super) fn cluster(&self) -> anyhow::Result<Value> {
        let cluster = cluster(&self.credentials());
        cluster.map_err(|why| anyhow!(why)).with_context(|| self.fault())
    }

    fn credentials(&self) -> Credentials {
        Credentials::Files { paths: self.paths(), context: self.context.clone(), allow_exec: true }
    }

    fn paths(&self) -> Vec<PathBuf> {
        let written = std::env::var_os("KUBECONFIG").unwrap_or_default();
        let written = std::env::split_paths(&written).filter(|path| !path.as_os_str().is_empty());
        match &self.kubeconfig {
            Some(path) => vec![path.clone()],
            None => match written.collect::<Vec<_>>() {
                paths if !paths.is_empty() => paths,
                _ => vec![
                    Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".kube/config"),
                ],
            },
        }
    }

    fn fault(&self) -> String {
        let name = self.context.as_deref().unwrap_or("that is current");
        format!("the context {name} can not be used")
    }
}

/// An API server's refusal as one sentence; the error's own text tells it twice, and may repeat a
/// Secret.
pub(super) fn in_words(error: Error) -> anyhow::Error {
    anyhow!(api::in_words(&error))
}
